"""One server's life: state, loop, stop, drain. Knows a reactor, nothing of requests."""
