"""What whatever serves promises: a server of ours, a Group, one of the standard library's. Typing only."""

from typing import Any, Protocol, runtime_checkable


class AnyServer(Protocol):
    """Whatever serves: ours, a Group, the standard library's."""

    def serve_forever(self, poll_interval: float = ..., /) -> None:
        """Serve until ``shutdown``."""
        ...

    def shutdown(self) -> None:
        """End ``serve_forever`` and wait until it has ended."""
        ...

    def server_close(self) -> None:
        """Give up all that is open."""
        ...


class ListeningServer(AnyServer, Protocol):
    """A server that has one address."""

    @property
    def server_address(self) -> Any:  # noqa: ANN401 - a server of another kind has addresses of another type
        """The address it is bound to."""
        ...

    def fileno(self) -> int:
        """Its listening descriptor."""
        ...

    def handle_request(self) -> None:
        """Serve one request."""
        ...


@runtime_checkable
class HasDescriptor(Protocol):
    """A server that listens on a descriptor of its own."""

    def fileno(self) -> int:
        """Its listening descriptor."""
        ...
