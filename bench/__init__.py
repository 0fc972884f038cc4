"""Figures beside their baselines: what this machine does, and what the same machine does without us. `python -m bench --help`."""
