"""A request's way from the listener to the handler and back. Knows no concrete endpoint, handler or strategy."""
