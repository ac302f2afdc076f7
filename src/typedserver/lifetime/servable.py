"""The contract between a Lifetime and what it serves: a server's requests, a group's members, a Prefork's workers.

Typing only.
"""

from collections.abc import Callable
from typing import Protocol, Self

from typedserver.events import DrainReport
from typedserver.lifetime.attachment import Attachment
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.shared_port import SharedPort
from typedserver.protocols.servers import AnyServer


class Servable(Protocol):
    """What a Lifetime opens, starts in a loop, drains, stops and closes.

    Unless said otherwise, the loop's thread calls; whoever closes the server when the loop has ended counts as that.
    """

    @property
    def members(self) -> tuple[AnyServer, ...]:
        """The servers in it, none of a plain server."""
        ...

    @property
    def needs_loop(self) -> str | None:
        """What in it can serve in no loop but one of its own kind; None: it serves in any loop."""
        ...

    # Opening and closing

    def share_port(self, port: SharedPort, /) -> int:
        """Have its listeners share a port, if they leave theirs to the kernel; returns how many do. Before ``open``."""
        ...

    def open(self) -> None:
        """Open what is not open yet; if that fails, nothing is left open that was not before."""
        ...

    def retract(self) -> None:
        """Close what ``open`` opened, so that it may be opened again."""
        ...

    def close(self) -> None:
        """Close what is open, and wait for workers; again, if that was interrupted."""
        ...

    # In a loop

    def start(self, attachment: Attachment, poll_interval: float, /) -> None:
        """Begin to serve in the attachment's loop; what ends that by itself calls ``attachment.end``."""
        ...

    def call_when_ready(self, callback: Callable[[], object], /) -> None:
        """Call back once when requests are served: now, unless other processes must be ready first."""
        ...

    def halt(self) -> None:
        """Begin nothing more, because ``stop`` follows; from any thread or signal handler, so without a lock."""
        ...

    def stop(self) -> None:
        """Leave the loop; again, if that was interrupted."""
        ...

    def is_worker(self) -> bool:
        """Whether the calling thread serves one of its requests; from any thread."""
        ...

    def serves_in_this_thread(self) -> bool:
        """Whether the calling thread runs a loop of its own for a part of it; from any thread."""
        ...

    # Accepting or not

    def pass_on_suspension(self, *, suspended: bool) -> None:
        """Pass on to its members that they accept or not; from any thread, in a loop or not."""
        ...

    def suspend(self, *, suspended: bool) -> None:
        """Stop or start accepting."""
        ...

    # Draining

    @property
    def drain_seconds(self) -> float | None:
        """How long running requests have when it drains, as configured; None: any time."""
        ...

    @property
    def is_drained(self) -> bool:
        """Whether a drain has come to its end, so that nothing is left to be served."""
        ...

    def warn(self, until: float, deadline: float | None, /) -> None:
        """Note that a drain was asked for, and cut everything if its time is over; from any thread, and again.

        until: when it must be over, by the monotonic clock. deadline: the seconds asked for; None: as configured.
        """
        ...

    def drain(self, attachment: Attachment, until: float, /) -> None:
        """Begin to drain, and detach when that is over; again, with an earlier end."""
        ...

    def report(self) -> DrainReport | None:
        """Return what the drain has come to, so far or in the end; None if none has begun. From any thread."""
        ...

    # Other processes

    def share(self) -> None:
        """Note that another process has the same listening sockets and goes on serving them; from any thread."""
        ...

    def before_fork(self) -> None:
        """Prepare to share what is open with a process that the program forks next."""
        ...

    def after_fork(self) -> None:
        """Go on, in the parent."""
        ...

    def enter_child(self) -> None:
        """In a process that the program has forked: give up what the parent serves, and have a share in the rest."""
        ...

    def in_child(self, drain_request: DrainRequest, /) -> Self:
        """Return what serves the same listeners in a process that the program has forked, if the parent did not."""
        ...

    def for_worker(self, drain_request: DrainRequest, /) -> Self:
        """Return what serves the same listeners in a forked worker process: what is the parent's is not in it."""
        ...

    def reload(self) -> None:
        """Take over what has changed outside; from any thread."""
        ...
