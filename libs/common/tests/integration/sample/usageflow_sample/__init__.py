"""A service as small as one can be: what the shared library needs of a service, for its own tests."""
