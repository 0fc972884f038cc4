"""A queue on the disk: what was tracked outlives the process that tracked it."""

from usageflow.spool.queue import SpoolQueue

__all__ = ["SpoolQueue"]
