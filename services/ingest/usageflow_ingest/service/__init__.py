"""The use cases of ingest."""
