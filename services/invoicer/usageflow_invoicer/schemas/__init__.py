"""The public shapes of what the invoicer answers and takes, one file per resource."""
