"""Ingest: accepts usage events and answers once Kafka has them."""
