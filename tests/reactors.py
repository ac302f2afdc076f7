"""The loops that every server test runs on: ours, asyncio's and uvloop's, the latter two unchanged."""

import asyncio
from collections.abc import Callable
from typing import Final

import uvloop

from typedserver import Reactor, SelectorReactor

REACTORS: Final[dict[str, Callable[[], Reactor]]] = {
    "ours": SelectorReactor,
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
