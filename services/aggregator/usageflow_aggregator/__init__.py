"""The aggregator: counts every event exactly once and folds it into windows."""
