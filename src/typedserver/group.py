"""Group: many servers as one, with one loop and one stop.

It knows the contracts of servers alone. A server that can be attached to a loop shares the group's; one of a foreign
class (http.server's, say) serves in a thread of its own.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Final, Protocol, runtime_checkable

from typedserver.errors import LifecycleError, ListenError, RecipeError
from typedserver.protocols import AnyServer, Reactor
from typedserver.reactor import SelectorReactor
from typedserver.serving import Attachment, Ended, Serving


@runtime_checkable
class _Attachable(Protocol):
    """A server that is opened apart from serving, and serves in a loop that is not its own."""

    def open(self) -> object: ...
    def attach(self, reactor: Reactor, *, ended: Ended) -> Attachment: ...
    def server_close(self) -> None: ...


class Group(Serving):
    """Serves with many servers at once: in one loop, until one stop.

    servers: of this library (groups included), which share the group's loop, or of any class with serve_forever,
    shutdown and server_close, each of which gets a thread.
    reactor_factory: makes the loop.

    The group owns its servers: opening, stopping and closing it opens, stops and closes them. It stops by itself when
    all of them have stopped, and when one fails, whose exception is then raised from ``serve_forever``. A handler that
    runs Inline holds up all servers of the group.

    Raises RecipeError for an empty group or what is no server.
    """

    def __init__(
        self, servers: Iterable[AnyServer], *, reactor_factory: Callable[[], Reactor] = SelectorReactor
    ) -> None:
        super().__init__(reactor_factory)
        self._servers: Final = tuple(servers)
        self._members: list[Attachment | _ForeignServing] = []
        _check_servers(self._servers)

    def __repr__(self) -> str:
        return f"Group([{', '.join(map(repr, self._servers))}])"

    @property
    def servers(self) -> tuple[AnyServer, ...]:
        """The servers, in the order given."""
        return self._servers

    def _open_parts(self) -> None:
        opened: list[_Attachable] = []
        for server in self._servers:
            if not isinstance(server, _Attachable):
                continue
            try:
                server.open()
            except OSError as error:
                _close_all(opened)
                raise ListenError(f"the group did not open, because of {server!r}: {error}", error.errno) from error
            except BaseException:
                _close_all(opened)
                raise
            opened.append(server)

    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        self._members = []
        for server in self._servers:
            if isinstance(server, _Attachable):
                self._members.append(self._attach_member(server, attachment))
            else:
                self._members.append(_ForeignServing(server, attachment, poll_interval))
        self._end_if_all_have(attachment)

    def _attach_member(self, server: _Attachable, attachment: Attachment) -> Attachment:
        def ended(error: BaseException | None) -> None:
            if error is not None:
                attachment.end(error)
            else:
                self._end_if_all_have(attachment)

        return server.attach(attachment.reactor, ended=ended)

    def _end_if_all_have(self, attachment: Attachment) -> None:
        if len(self._members) == len(self._servers) and not any(member.attached for member in self._members):
            attachment.detach()

    def _stop_parts(self) -> None:
        members, self._members = self._members, []
        for member in members:
            member.detach()

    def _close_parts(self) -> None:
        _close_all(self._servers)


def _check_servers(servers: tuple[object, ...]) -> None:
    if not servers:
        raise RecipeError("Group([]) has nothing to serve: give it at least one server")
    for server in servers:
        if not all(callable(getattr(server, name, None)) for name in ("serve_forever", "shutdown", "server_close")):
            raise RecipeError(f"Group can not serve {server!r}: it lacks serve_forever, shutdown or server_close")


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

    def __init__(self, server: AnyServer, group: Attachment, poll_interval: float) -> None:
        self._server = server
        self._group = group
        self._poll_interval = poll_interval
        self.attached = True
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
            self.attached = False
            self._group.reactor.call_soon_threadsafe(lambda: self._group.end(failure))

    def detach(self) -> None:
        """Shut the server down and wait for its thread."""
        if threading.current_thread() is self._thread:
            raise LifecycleError("a foreign server can not be stopped in its own thread")
        self.attached = False
        self._server.shutdown()
        self._thread.join()
