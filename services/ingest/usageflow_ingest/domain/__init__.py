"""What ingest decides: which events are good, what they are called, and what they feed. Pure."""
