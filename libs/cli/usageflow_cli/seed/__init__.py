"""`usageflow seed demo`: a lifelike organization, made through the public API alone."""
