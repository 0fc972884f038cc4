"""What the aggregator decides, without any input or output."""
