"""The event loop. It knows descriptors, timers and callbacks, nothing of requests or servers."""
