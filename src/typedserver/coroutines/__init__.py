"""What a handler's coroutine waits for, and the driver that waits for it in place. Knows no strategy and no server."""
