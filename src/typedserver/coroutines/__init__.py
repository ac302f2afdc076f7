"""What a handler's coroutine waits for, and who waits for it in place. Knows no strategy and no server."""
