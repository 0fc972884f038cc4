"""The gateway's use cases; the only place that opens transactions."""
