"""What the gateway decides, as pure functions: keys, scopes, routes, headers, fingerprints and the chain of the audit log."""
