"""A server as a handler sees it, which serves nothing: for handlers and streams that a test makes itself."""

from collections.abc import Callable

from typedserver import Deadlines, ServerContext
from typedserver.config import DEFAULT_DEADLINES, DEFAULT_QUIET


class Context:
    """Every member of ServerContext; it drains as soon as it is asked to stop."""

    server_address: str = "/served"
    deadlines: Deadlines = DEFAULT_DEADLINES
    quiet: float = DEFAULT_QUIET

    def __init__(self) -> None:
        self.draining = False
        self.callbacks: dict[int, Callable[[], object]] = {}

    def request_stop(self) -> None:
        self.draining = True
        for callback in list(self.callbacks.values()):
            callback()

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        self.callbacks[id(about)] = callback
        if self.draining:
            callback()

    def forget_when_draining(self, about: object) -> None:
        self.callbacks.pop(id(about), None)


_conforms: type[ServerContext] = Context
