"""Polled: any source as an endpoint, and the listener that all sources have.

It knows a source by its contract, and nothing of tables or queues. What is the listener's own in this process is its
receiver; after a fork it makes another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic

from typing_extensions import TypeVar, override

from typedserver.endpoints.bases import BaseEndpoint, BaseListener
from typedserver.errors import ListenError, TypedServerError
from typedserver.process.inheritance import generation
from typedserver.protocols.endpoints import Endpoint, Listener, Withdrawal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import RequestKind
from typedserver.protocols.sources import Delivery, Leased, Source, SourceMessageT
from typedserver.recipes import check_callable, recipe_repr
from typedserver.sources.receiver import DEFAULT_PATIENCE, DEFAULT_WAIT, Pace, Receiver, check_pace

DeliveryT = TypeVar("DeliveryT", bound=Delivery)


@dataclass(frozen=True, slots=True, repr=False)
class Polled(BaseEndpoint[SourceMessageT, Delivery], Generic[SourceMessageT]):
    """Serve the messages of a source of your own: a broker's client, say.

    open: makes the source; called once in each process that serves, in the thread that opens the server (in a worker of
    a Prefork: in the source's own thread). What it raises is a ListenError.
    prefetch: the most messages that are lent and wait here for the server. More are asked for when half of them are
    taken.
    wait: the most seconds of one ``receive``; settlements, drains and closes that come meanwhile wait for its end.
    While a handler runs it is never more than 0.05.
    patience: the seconds after which a message is given back that waits here for the server, because that is busy or
    suspended.

    Raises RecipeError for values that cannot work.
    """

    open: Callable[[], Source[SourceMessageT]]
    prefetch: int = 1
    wait: float = DEFAULT_WAIT
    patience: float = DEFAULT_PATIENCE

    def __post_init__(self) -> None:
        check_callable("Polled", "open", self.open, "give what makes the source")
        check_pace("Polled", self.prefetch, self.wait, self.patience)

    @property
    def request_kind(self) -> RequestKind:
        """Always "messages"."""
        return "messages"

    def listen(self) -> Listener[SourceMessageT, Delivery]:
        """Open the source; raises ListenError if it cannot be opened."""
        return SourceListener(self, self.open, Pace(prefetch=self.prefetch, wait=self.wait, patience=self.patience))

    __repr__ = recipe_repr


_conforms: type[Endpoint[int, Delivery]] = Polled[int]


# What a fork has copied of the parent's sources. Nobody may close them here, nor may the garbage collector: their
# connections are the parent's.
_of_parents: Final[list[object]] = []


class SourceListener(BaseListener[SourceMessageT, DeliveryT], Generic[SourceMessageT, DeliveryT]):
    """The listener of a source: a request is a message, its client's address the Delivery.

    recipe: what it is made for, as errors name it.
    open_source: makes the source; once here, and once in each process that serves after a fork.
    pace: how it asks for messages.

    Raises ListenError if the source cannot be opened.
    """

    __slots__ = ("_closed", "_generation", "_name", "_open_source", "_pace", "_receiver")

    def __init__(self, recipe: object, open_source: Callable[[], Source[SourceMessageT]], pace: Pace) -> None:
        self._open_source = open_source
        self._pace = pace
        self._closed = False
        try:
            source = open_source()
            try:
                self._name = source.name
                self._receiver: Receiver[SourceMessageT] = Receiver[SourceMessageT].of(source, open_source, pace)
            except BaseException:
                source.close()
                raise
        except TypedServerError:
            raise
        except Exception as error:
            raise ListenError(f"{recipe!r} cannot be opened: {type(error).__name__}: {error}") from error
        self._generation = generation()

    def _of_this_process(self) -> Receiver[SourceMessageT]:
        if self._generation != generation():
            self._leave_to_parent()
            self._receiver = Receiver(self._name, self._open_source, self._pace)
            self._generation = generation()
        return self._receiver

    def _leave_to_parent(self) -> None:
        _of_parents.append(self._receiver)
        self._receiver.close_descriptors()

    @property
    def request_kind(self) -> RequestKind:
        """Always "messages"."""
        return "messages"

    @property
    def server_address(self) -> str:
        """The source's name."""
        return self._name

    def fileno(self) -> int:
        """Return the descriptor that is readable when a message waits, or the loop must ask for one."""
        return -1 if self._closed else self._of_this_process().far.fileno()

    def get_request(self) -> tuple[Leased[SourceMessageT], Delivery]:
        """Take a message that was received; raises BlockingIOError if none waits, SourceFailed if the source fails."""
        leased = self._of_this_process().take()
        return leased, leased.delivery

    @override
    def establish(
        self, request: Leased[SourceMessageT], client_address: Any, _server: ServerContext, /
    ) -> tuple[SourceMessageT, DeliveryT]:
        """Unwrap a message. Before, it goes by its identity, and two equal ones may be one object."""
        return request.message, client_address

    def shutdown_request(self, request: Leased[SourceMessageT], /) -> None:
        """Do nothing: a message is settled."""

    def close_request(self, request: Leased[SourceMessageT], /) -> None:
        """Do nothing: a message is settled."""

    @override
    def settle_request(self, request: Leased[SourceMessageT], error: BaseException | None, /) -> None:
        """Acknowledge a message if its handler returned, reject it if that failed, else give it back."""
        if self._generation == generation():
            self._receiver.settle(request, error)

    @override
    def withdraw(self) -> Withdrawal:
        """Receive nothing more, and give back what was not begun."""
        if self._generation == generation():
            self._receiver.withdraw()
        return "settled"

    @override
    def leave_in_child(self, request: object, /) -> None:
        """In a forked child, leave the source to the parent; in the process that has opened it, close it."""
        if self._closed or self._generation == generation():
            self.close()
        else:
            self._closed = True
            self._leave_to_parent()

    def close(self) -> None:
        """Settle what there is, give back the rest, and close the source; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._generation == generation():
            self._receiver.close()
        else:
            self._leave_to_parent()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._name}>"


_listener_conforms: type[Listener[int, Delivery]] = SourceListener[int, Delivery]
