"""Every SQL statement of ingest."""
