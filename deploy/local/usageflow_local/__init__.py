"""A real PostgreSQL and a real Kafka on this machine, and every part of UsageFlow on top of them."""
