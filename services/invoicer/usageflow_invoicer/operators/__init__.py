"""What operators do without the API: each command prints one JSON object a line."""
