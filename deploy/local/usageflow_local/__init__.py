"""A real PostgreSQL and a real Kafka on this machine, and every part of UsageFlow on top of them.

Tests take `LocalPostgres`, `LocalKafka` and `System`; people take `python -m usageflow_local`.
"""
