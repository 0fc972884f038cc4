"""`usageflow events`: events from files."""
