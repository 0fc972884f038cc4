"""The usageflow command: operators' and developers' tools."""
