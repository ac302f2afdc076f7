"""Group: many servers as one, with one loop and one stop.

It knows the contracts of servers alone. A server that can be attached to a loop shares the group's; one of a foreign
class (http.server's, say) serves in a thread of its own.
"""

import functools
import operator
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol, runtime_checkable

from typing_extensions import override

from typedserver.config import DEFAULT_DRAIN
from typedserver.errors import CompositionError, LifecycleError, ListenError, RecipeError
from typedserver.events import DrainReport
from typedserver.lifetime.attachment import Attachment, Ended
from typedserver.lifetime.lifecycle import State
from typedserver.lifetime.serving import Serving
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import has_methods


@runtime_checkable
class _Attachable(Protocol):
    """A server that is opened apart from serving, and serves in a loop that is not its own."""

    def open(self) -> object: ...
    def attach(self, reactor: Reactor, *, ended: Ended, poll_interval: float) -> Attachment: ...
    def server_close(self) -> None: ...


class Group(Serving):
    """Serves with many servers at once: in one loop, until one stop.

    servers: of this library (groups included), which share the group's loop, or of any class with serve_forever,
    shutdown and server_close, each of which gets a thread.
    reactor_factory: makes the loop; with a member that serves by Asyncio(), ``asyncio.new_event_loop`` or
    ``uvloop.new_event_loop``. What makes the members' own loops is not used.

    The group owns its servers: opening, stopping and closing it opens, stops and closes them. It stops by itself when
    all of them have stopped, and when one fails, whose exception is then raised from ``serve_forever``. A handler that
    runs Inline holds up all servers of the group.

    Raises RecipeError for an empty group or what is no server, CompositionError where a member needs another loop.
    """

    def __init__(
        self, servers: Iterable[AnyServer], *, reactor_factory: Callable[[], Reactor] = SelectorReactor
    ) -> None:
        super().__init__(reactor_factory)
        self._servers: Final = tuple(servers)
        self._places: list[Attachment | _ForeignServing] = []
        _check_servers(self._servers)
        if reactor_factory is SelectorReactor:
            _check_loops(self._servers)

    def __repr__(self) -> str:
        return f"Group([{', '.join(map(repr, self._servers))}])"

    @property
    def servers(self) -> tuple[AnyServer, ...]:
        """The servers, in the order given."""
        return self._servers

    @property
    @override
    def members(self) -> tuple[AnyServer, ...]:
        """The servers, in the order given."""
        return self._servers

    def _open_parts(self) -> None:
        opened: list[_Attachable] = []
        for server in self._servers:
            if not isinstance(server, _Attachable):
                continue
            was_open = isinstance(server, Serving) and server.state is not State.NEW
            try:
                server.open()
            except OSError as error:
                _retract_all(opened)
                number = error.errno
                raise ListenError(f"the group did not open, because of {server!r}: {error}", number) from error
            except BaseException:
                _retract_all(opened)
                raise
            if not was_open:
                opened.append(server)

    def _retract_parts(self) -> None:
        _retract_all(server for server in self._servers if isinstance(server, _Attachable))

    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        self._places = []

        def ended(error: BaseException | None) -> None:
            if error is not None:
                attachment.end(error)
            else:
                self._end_if_all_have(attachment)

        for server in self._servers:
            if isinstance(server, _Attachable):
                member = server.attach(attachment.reactor, ended=ended, poll_interval=poll_interval)
                self._places.append(member)
            else:
                self._places.append(_ForeignServing(server, attachment.reactor, ended, poll_interval))
        self._end_if_all_have(attachment)

    def _end_if_all_have(self, attachment: Attachment) -> None:
        if len(self._places) == len(self._servers) and not any(member.attached for member in self._places):
            attachment.detach()

    def _in_worker(self) -> bool:
        # Of a member: closing the group waits for that as well.
        return super()._in_worker() or any(
            isinstance(server, Serving) and server._in_worker()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, asked of another
            for server in self._servers
        )

    def shutdown(self) -> None:
        """Stop serving and wait until the loop has ended; running requests go on.

        As for a server; raises LifecycleError also in the thread of a foreign member, which would wait for itself.
        """
        if any(isinstance(member, _ForeignServing) and member.is_this_thread() for member in list(self._places)):
            raise LifecycleError(f"shutdown() in a serving thread of {self!r} would wait for itself: request_stop()")
        super().shutdown()

    def _stop_parts(self) -> None:
        # Forgotten afterwards: where this is interrupted, the rest of them is still to leave.
        for member in self._places:
            member.detach()
        self._places = []

    def _close_parts(self) -> None:
        _close_all(self._servers)

    def _drain_seconds(self) -> float | None:
        seconds = [server._drain_seconds() for server in self._members_of_ours()]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, asked of another
        return None if None in seconds else max((each for each in seconds if each is not None), default=DEFAULT_DRAIN)

    def _tell_parts_to_drain(self, until: float) -> None:
        for server in self._members_of_ours():
            server.request_drain(max(0.0, until - time.monotonic()))

    def _drain_parts(self, _attachment: Attachment, _until: float, /) -> None:
        # Its own servers have been told, and leave the loop when they are through: the last one ends the group.
        for member in self._places:
            if isinstance(member, _ForeignServing):
                member.begin_to_detach()

    def _report_of_parts(self) -> DrainReport | None:
        reports = [report for server in self._members_of_ours() if (report := server.drain_report) is not None]
        return functools.reduce(operator.add, reports) if reports else None

    def _accept_or_not(self, *, suspended: bool) -> None:
        # Each by itself: also where none is in a loop by now.
        for server in self._members_of_ours():
            if suspended:
                server.suspend()
            else:
                server.resume()
        super()._accept_or_not(suspended=suspended)

    def _suspend_parts(self, *, suspended: bool) -> None:
        """Its servers know."""

    def _is_drained(self) -> bool:
        return all(server._is_drained() for server in self._members_of_ours())  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, asked of another

    def request_drain(self, deadline: float | None = None) -> None:
        """Have all its servers drain, each within ``deadline`` seconds or as it is configured; as for a server."""
        for server in self._members_of_ours():
            server.request_drain(deadline)
        super().request_drain(deadline)

    def reload(self) -> None:
        """Have each server take over what has changed outside."""
        for server in self._members_of_ours():
            server.reload()

    def share_listener(self) -> None:
        """Take note that another process has the same listening sockets, and serves on; as for a Server."""
        for server in self._servers:
            if isinstance(server, Serving):
                server.share_listener()

    def _members_of_ours(self) -> list[Serving]:
        return [server for server in self._servers if isinstance(server, Serving)]


def _check_loops(servers: tuple[AnyServer, ...]) -> None:
    for server in servers:
        needs = server.needs_loop if isinstance(server, Serving) else None
        if needs is not None:
            raise CompositionError(
                f"{needs} needs a loop of another kind, and a group has one for all: give it that, as in "
                "Group(..., reactor_factory=asyncio.new_event_loop)"
            )


def _check_servers(servers: tuple[object, ...]) -> None:
    if not servers:
        raise RecipeError("Group([]) has nothing to serve: give it at least one server")
    if len({id(server) for server in servers}) < len(servers):
        raise RecipeError("Group was given one server twice: make two of the same recipe")
    for server in servers:
        if not has_methods(server, "serve_forever", "shutdown", "server_close"):
            raise RecipeError(f"Group can not serve {server!r}: it lacks serve_forever, shutdown or server_close")


def _retract_all(servers: Iterable[_Attachable]) -> None:
    """Close what was opened, to be opened again where the class knows how."""
    for server in servers:
        if isinstance(server, Serving):
            server.retract()
        else:
            server.server_close()


def _close_all(servers: Iterable[AnyServer | _Attachable]) -> None:
    """Close every server, also when one of them fails to close; the first failure is then raised."""
    failures: list[BaseException] = []
    for server in servers:
        try:
            server.server_close()
        except BaseException as error:  # noqa: BLE001 - raised below, when all had their turn
            failures.append(error)
    if failures:
        raise failures[0]


class _ForeignServing:
    """A server of a class that knows no attach, serving in a thread of its own."""

    def __init__(self, server: AnyServer, reactor: Reactor, ended: Ended, poll_interval: float) -> None:
        self._server = server
        self._reactor = reactor
        self._ended = ended
        self._poll_interval = poll_interval
        self.attached = True
        # Whether it needs no shutdown() any more.
        self._ends = False
        # A daemon: a foreign server that does not stop must not keep the interpreter from its end.
        self._thread = threading.Thread(target=self._serve, name=f"serving {type(server).__name__}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        failure: BaseException | None = None
        try:
            self._server.serve_forever(self._poll_interval)
        except BaseException as error:  # noqa: BLE001 - it ends the group, whose serve_forever raises it
            failure = error
        if self.attached:
            self._ends = True
            self.attached = False
            self._reactor.call_soon_threadsafe(lambda: self._ended(failure))

    def is_this_thread(self) -> bool:
        """Whether the caller runs in this server's loop."""
        return threading.current_thread() is self._thread

    def begin_to_detach(self) -> None:
        """Shut the server down, if it still serves; it leaves the group when its loop has ended."""
        if not self._ends:
            # In a thread of its own: a foreign shutdown() waits for its loop, and one that has failed before it was in
            # its loop would make it wait for ever.
            threading.Thread(target=self._server.shutdown, name="stopping a foreign server", daemon=True).start()
            self._ends = True

    def detach(self) -> None:
        """Shut the server down, if it still serves, and wait for its thread."""
        self.attached = False
        self.begin_to_detach()
        self._thread.join()
