"""What an endpoint and its listener promise. Typing only."""

from collections.abc import Coroutine
from typing import Any, Literal, Protocol, TypeAlias

from typedserver.protocols.requests import Address_co, Request_co


class Listener(Protocol[Request_co, Address_co]):
    """A bound, live source of requests. The server that opened it closes it.

    It may have more: ``withdraw() -> Withdrawal`` has the kernel take nothing new for good, while what waits can still
    be accepted; ``share()`` says that another process has its socket too, and serves on; ``cut_request(request)`` ends
    a connection at once, from any thread; ``answers_requests`` says that requests are answered through it, so that it
    must outlive them. One that wraps another passes these on.

    Requests pass through it as ``Any``: between ``get_request`` and ``establish`` they are the listener's own affair,
    and only what ``establish`` returns reaches a handler.
    """

    @property
    def server_address(self) -> Any:
        """The address it is bound to, as the kernel tells it (a port 0 is resolved)."""
        ...

    def fileno(self) -> int:
        """The descriptor that a reactor watches; it is readable when a request waits."""
        ...

    def get_request(self) -> tuple[Any, Any]:
        """Take one waiting request, with its client's address; called in the loop's thread, so it must be quick.

        Raises BlockingIOError when none waits, any other OSError when the kernel refuses.
        """
        ...

    def establish(
        self, request: Any, client_address: Any, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Make of a raw request what the handler gets; called in the worker, where it may do I/O.

        It owns the raw request: where it raises, it has closed it.
        """
        ...

    def shutdown_request(self, request: Any, /) -> None:
        """Tell the peer that no more will be sent, then close the request."""
        ...

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of the request, telling the peer nothing."""
        ...

    def leave_in_child(self, request: Any, /) -> None:
        """In a forked child: close the listener's own descriptor, unless ``request`` is answered through it.

        It never unlinks or shuts down anything: those would reach the parent.
        """
        ...

    def close(self) -> None:
        """Close for good; a second call does nothing."""
        ...


# What becomes of new clients when a listener is withdrawn. "refusing": the kernel refuses them from now on, and what
# waits is to be accepted. "leaking": the same, but some may still come in. "shared": another process serves them.
Withdrawal: TypeAlias = Literal["refusing", "leaking", "shared"]


class Endpoint(Protocol[Request_co, Address_co]):
    """Where requests come from, as a frozen recipe: nothing is opened until ``listen``."""

    def listen(self) -> Listener[Request_co, Address_co]:
        """Open a listener of one's own for each call; raises ListenError, which names the remedy."""
        ...
