"""The event loop. Knows descriptors, timers and callbacks, nothing of requests or servers."""
