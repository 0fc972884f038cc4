"""The use cases of the webhooks service: claim, load, decide, save, enqueue. The only place that opens transactions."""
