"""Every SQL statement of the aggregator, one file for each thing that it keeps."""
