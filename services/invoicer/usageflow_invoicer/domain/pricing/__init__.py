"""One file per price model; rating.py dispatches."""
