"""Webhooks: one fact, one dispatch for each endpoint, every attempt logged."""
