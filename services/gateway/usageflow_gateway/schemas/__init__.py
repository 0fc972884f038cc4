"""The public JSON of the gateway's own resources."""
