"""Group: many servers as one, with one loop and one stop.

It knows the contracts of servers alone. A server of this library shares the group's loop; one of a foreign class
(http.server's, say) serves in a thread of its own.
"""

import functools
import operator
from collections.abc import Callable, Iterable
from typing import Final, Protocol, cast, runtime_checkable

from typedserver.config import DEFAULT_DRAIN
from typedserver.errors import CompositionError, ListenError, RecipeError
from typedserver.events import DrainReport
from typedserver.lifecycle import State
from typedserver.lifetime.attachment import Attachment, Ended
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.foreign import ForeignServing
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.servable import Servable
from typedserver.lifetime.serving import Fact, Serving
from typedserver.lifetime.shared_port import SharedPort
from typedserver.lifetime.tree import is_ours
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_callable, check_flags, has_methods, shown

# A port is the same as another one.
_PAIR: Final = 2


@runtime_checkable
class _Attachable(Protocol):
    """A server that is opened apart from serving, and serves in a loop that is not its own."""

    def open(self) -> object: ...
    def attach(self, reactor: Reactor, *, ended: Ended, poll_interval: float) -> Attachment: ...
    def server_close(self) -> None: ...


class Members:
    """What a group serves: its servers, each with its place in the loop.

    servers: the group's own. port: what their listeners have in common; None: nothing.
    beside: what serves beside them, as long as they do, and says how they are: a suspension and a drain do not concern
    it, and nobody waits for its end.
    """

    __slots__ = ("_places", "_port", "_servers", "beside", "members")

    def __init__(
        self,
        servers: tuple[AnyServer, ...],
        port: SharedPort | None = None,
        *,
        beside: tuple[Serving, ...] = (),
    ) -> None:
        self.members: tuple[AnyServer, ...] = (*servers, *beside)
        self._servers = servers
        self.beside: tuple[Serving, ...] = beside
        self._port = port
        # One for each server while the group serves.
        self._places: list[Attachment | ForeignServing] = []

    def _ours(self) -> list[Serving]:
        return [server for server in self._servers if is_ours(server)]

    def _all_ours(self) -> list[Serving]:
        return [*self._ours(), *self.beside]

    @property
    def needs_loop(self) -> str | None:
        """The first of its members' strategies that serves in no loop but one of its own kind."""
        needs = (server.__lifetime__.servable.needs_loop for server in self._all_ours())
        return next((need for need in needs if need is not None), None)

    def share_port(self, port: SharedPort, /) -> int:
        """Have the listeners of all its servers share a port."""
        return sum(server.__lifetime__.servable.share_port(port) for server in self._ours())

    def open(self) -> None:
        """Open every server; if one cannot be opened, those that were opened here are closed again."""
        if self._port is None:
            self._open_each()
        else:
            self._port.opened_by(self._open_each)

    def _open_each(self) -> None:
        opened: list[_Attachable] = []
        for server in self.members:
            if not isinstance(server, _Attachable) or (is_ours(server) and server.__lifetime__.is_over()):
                # One that was stopped or drained by itself leaves the others alone.
                continue
            was_open = is_ours(server) and server.__lifetime__.state is not State.NEW
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

    def retract(self) -> None:
        """Close every server, so that it may be opened again."""
        _retract_all(server for server in self.members if isinstance(server, _Attachable))

    def close(self) -> None:
        """Close every server; each waits for its own workers."""
        _close_all(self.members)

    def start(self, attachment: Attachment, poll_interval: float, /) -> None:
        """Begin to serve with every server."""
        self._places = []

        def ended(error: BaseException | None) -> None:
            if error is not None:
                attachment.end(error)
            else:
                self._end_if_all_have(attachment)

        for server in self.members:
            if isinstance(server, _Attachable):
                place = server.attach(attachment.reactor, ended=ended, poll_interval=poll_interval)
                self._places.append(place)
            else:
                self._places.append(ForeignServing(server, attachment.reactor, ended, poll_interval))
        self._end_if_all_have(attachment)

    def _end_if_all_have(self, attachment: Attachment) -> None:
        own = self._places[: len(self._servers)]
        if len(self._places) == len(self.members) and not any(place.attached for place in own):
            attachment.detach()

    def call_when_ready(self, callback: Callable[[], object], /) -> None:
        """Call back when all of its members are ready; foreign ones are not waited for."""
        ours = self._ours()
        left = len(ours)

        def one_is_ready() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                callback()

        if not ours:
            callback()
        for server in ours:
            server.__lifetime__.servable.call_when_ready(one_is_ready)

    def halt(self) -> None:
        """Do nothing: ``stop`` has each server leave the loop."""

    def stop(self) -> None:
        """Have every server leave the loop."""
        # Forgotten afterwards: if this is interrupted, the rest of them is still to leave.
        for place in self._places:
            place.detach()
        self._places = []

    def is_worker(self) -> bool:
        """Whether the calling thread serves a request of a member: closing the group waits for that as well."""
        return any(server.__lifetime__.is_worker() for server in self._all_ours())

    def serves_in_this_thread(self) -> bool:
        """Whether the calling thread is a foreign member's, or serves a part of one."""
        return any(isinstance(place, ForeignServing) and place.is_this_thread() for place in list(self._places))

    def pass_on_suspension(self, *, suspended: bool) -> None:
        """Suspend or resume each server by itself: also if none is in a loop by now."""
        for server in self._ours():
            if suspended:
                server.suspend()
            else:
                server.resume()

    def suspend(self, *, suspended: bool) -> None:
        """Do nothing: each server has been asked."""

    @property
    def drain_seconds(self) -> float | None:
        """The longest that one of its servers has."""
        seconds = [server.__lifetime__.servable.drain_seconds for server in self._ours()]
        return None if None in seconds else max((each for each in seconds if each is not None), default=DEFAULT_DRAIN)

    @property
    def is_drained(self) -> bool:
        """Whether all of its servers are drained."""
        return all(server.__lifetime__.servable.is_drained for server in self._ours())

    def warn(self, _until: float, deadline: float | None, /) -> None:
        """Have each server drain, within ``deadline`` seconds or as it is configured."""
        for server in self._ours():
            server.request_drain(deadline)

    def drain(self, _attachment: Attachment, _until: float, /) -> None:
        """Have foreign servers stop; its own have been asked, and the last one that leaves the loop ends the group."""
        for place in self._places:
            if isinstance(place, ForeignServing):
                place.begin_to_detach()

    def report(self) -> DrainReport | None:
        """Return the sum of what its servers report."""
        found = [report for server in self._ours() if (report := server.__lifetime__.servable.report()) is not None]
        return functools.reduce(operator.add, found) if found else None

    def share(self) -> None:
        """Note that another process has the same listening sockets, and goes on serving them."""
        for server in self._all_ours():
            server.__lifetime__.servable.share()

    def reload(self) -> None:
        """Have each server take over what has changed outside."""
        for server in self._all_ours():
            server.reload()

    def before_fork(self) -> None:
        """Do nothing: each server is called by itself."""

    def after_fork(self) -> None:
        """Do nothing, as before."""

    def enter_child(self) -> None:
        """Do nothing, as before."""

    def in_child(self, _drain_request: DrainRequest, /) -> "Members":
        """Return the same servers, none of which is in a loop of this process."""
        return Members(self._servers, self._port, beside=self.beside)

    def for_worker(self, _drain_request: DrainRequest, /) -> "Members":
        """Return the same servers, none of which is in a loop of this process."""
        return Members(self._servers, self._port, beside=self.beside)


_conforms: type[Servable] = Members


class Group(Serving[Members]):
    """Serves with many servers at once: in one loop, until one stop.

    servers: of this library (groups included), which share the group's loop, or of any class with serve_forever,
    shutdown and server_close, each of which gets a thread.
    same_port: give those that leave their port to the kernel (``port=0``) one and the same, as DNS and SIP need it for
    TCP and UDP: ``Group([Server(TCP(port=0), ...), Server(UDP(port=0), ...)], same_port=True)``. Servers in members
    that hold servers share it too, and each worker of a Prefork has the same. For a hot restart, each endpoint needs a
    name of its own, as for any port 0.
    reactor_factory: makes the loop; with a member that serves by Asyncio(), ``asyncio.new_event_loop`` or
    ``uvloop.new_event_loop``. What makes the members' own loops is not used.

    The group owns its servers: opening, stopping, draining and closing it opens, stops, drains and closes them. It
    stops by itself when all of them have stopped, and when one fails, whose exception is then raised from
    ``serve_forever``. A handler that runs Inline holds up all servers of the group.

    Raises RecipeError for an empty group, for what is no server, and for ``same_port`` without two servers that could
    have it; CompositionError if a member needs another loop.
    """

    def __init__(
        self,
        servers: Iterable[AnyServer],
        *,
        same_port: bool = False,
        reactor_factory: Callable[[], Reactor] = SelectorReactor,
    ) -> None:
        check_callable("Group", "reactor_factory", reactor_factory, "give what makes a loop")
        check_flags("Group", same_port=same_port)
        members: Final = _all_of(servers)
        _check_servers(members)
        port = SharedPort() if same_port else None
        servable = Members(members, port)
        if reactor_factory is SelectorReactor and servable.needs_loop is not None:
            raise CompositionError(
                f"{servable.needs_loop} needs a loop of another kind, and a group has one for all: give it that, as in "
                "Group(..., reactor_factory=asyncio.new_event_loop)"
            )
        if port is not None and servable.share_port(port) < _PAIR:
            raise RecipeError(
                "Group(same_port=True) is for servers that leave their port to the kernel, and has not two of them: "
                "give two with port=0, such as TCP(port=0) and UDP(port=0), or leave it out"
            )
        super().__init__(Lifetime(self, servable, DrainRequest(), reactor_factory))

    def __repr__(self) -> str:
        return f"Group([{', '.join(map(repr, self.__lifetime__.servable.members))}])"

    @Fact
    def servers(self) -> tuple[AnyServer, ...]:
        """The servers, in the order given. Each may be of any kind: for its address, keep the one you have made."""
        return self.__lifetime__.servable.members


def _all_of(servers: object) -> tuple[AnyServer, ...]:
    if not isinstance(servers, Iterable):
        raise RecipeError(f"Group({shown(servers)}) must be given several servers, such as a list of them")
    return tuple(cast("Iterable[AnyServer]", servers))


def _check_servers(servers: tuple[object, ...]) -> None:
    if not servers:
        raise RecipeError("Group([]) has nothing to serve: give it at least one server")
    if len({id(server) for server in servers}) < len(servers):
        raise RecipeError("Group was given one server twice: make two of the same recipe")
    for server in servers:
        if not has_methods(server, "serve_forever", "shutdown", "server_close"):
            lack = (
                "it is a class: call it"
                if isinstance(server, type)
                else "it lacks serve_forever, shutdown or server_close"
            )
            raise RecipeError(f"Group cannot serve {server!r}: {lack}")


def _retract_all(servers: Iterable[_Attachable]) -> None:
    """Close what was opened; those whose class can do it may be opened again."""
    for server in servers:
        if is_ours(server):
            server.retract()
        else:
            server.server_close()


def _close_all(servers: Iterable[AnyServer | _Attachable]) -> None:
    """Close every server, also if one of them fails to close; the first failure is then raised."""
    failures: list[BaseException] = []
    for server in servers:
        try:
            server.server_close()
        except BaseException as error:  # noqa: BLE001 - raised below, when all had their turn
            failures.append(error)
    if failures:
        raise failures[0]
