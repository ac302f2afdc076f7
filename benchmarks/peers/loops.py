"""Which loop runs asyncio's code: its own, or uvloop's, which is imported only where it is asked for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

LOOPS = ("asyncio", "uvloop")


def run(loop: str, main: Coroutine[Any, Any, None]) -> None:
    """Run to the end on the loop of that name."""
    if loop == "uvloop":
        import uvloop  # noqa: PLC0415 - asyncio's own is measured where it is not installed

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)
    else:
        asyncio.run(main)
