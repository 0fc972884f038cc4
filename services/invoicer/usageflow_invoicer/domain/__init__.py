"""What is decided, not done: periods, prices, lines, hashes and the chain of applied records. Pure functions over frozen values."""
