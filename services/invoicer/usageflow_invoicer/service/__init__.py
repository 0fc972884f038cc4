"""Use cases, one file per family: claim, load, decide, save, enqueue. The only place that opens transactions."""
