"""Every test may use the fixtures over a real PostgreSQL and a real Kafka."""

pytest_plugins = ["usageflow_common.testing.plugin"]
