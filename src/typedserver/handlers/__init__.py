"""What answers a request. Handlers know no endpoint and no strategy."""
