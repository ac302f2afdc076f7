"""One server in many worker processes."""
