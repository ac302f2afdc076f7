"""The process itself: its stack, its signals, its children, and what a fork must not keep. It knows no server."""
