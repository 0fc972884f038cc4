"""The use cases of the aggregator: the only place that opens transactions."""
