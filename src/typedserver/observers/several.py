"""Several observers as one. It knows no observer but by the contracts."""

from collections.abc import Iterator
from typing import Final

from typedserver.errors import RecipeError
from typedserver.events import (
    Accepted,
    Answered,
    ContextObserver,
    Established,
    Finished,
    MessageObserver,
    Observer,
    ServerEvent,
    Started,
    emit,
    enter_handler,
    wants_messages,
    wants_requests,
)
from typedserver.recipes import check_callable, name_of

_OF_REQUESTS: Final = frozenset((Accepted, Started, Established, Finished))


class Observers:
    """Passes each event to several observers, in the order given: ``Observers(LogObserver(), Prometheus())``.

    Each gets the events that it wants, as if it were alone. If one raises, that is logged, and the others get
    it all the same.

    Raises RecipeError without any observer, and for what cannot be called. May be called from any thread.
    """

    def __init__(self, *observers: Observer) -> None:
        if not observers:
            raise RecipeError("Observers() has nobody to report to: give it observers, such as LogObserver()")
        for observer in observers:
            check_callable("Observers", "observers", observer, "give functions that take a ServerEvent")
        self._observers: Final = observers
        # As they say when serving begins; until then nobody has been asked, and nothing of theirs happens.
        self._of_requests = self._of_messages = observers
        self._of_contexts = tuple(observer for observer in observers if isinstance(observer, ContextObserver))

    def __repr__(self) -> str:
        return f"Observers({', '.join(map(name_of, self._observers))})"

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The observers, in the order given."""
        return self._observers

    @property
    def wants_requests(self) -> bool:
        """Whether any of them wants the events of single requests; each that does gets them from now on."""
        self._of_requests = tuple(filter(wants_requests, self._observers))
        return bool(self._of_requests)

    @property
    def wants_messages(self) -> bool:
        """Whether any of them wants the events of single messages; each that does gets them from now on."""
        self._of_messages = tuple(filter(wants_messages, self._observers))
        return bool(self._of_messages)

    def __call__(self, event: ServerEvent, /) -> None:
        """Report an event to those who want it."""
        kind = type(event)
        if kind in _OF_REQUESTS:
            told = self._of_requests
        elif kind is Answered:
            told = self._of_messages
        else:
            told = self._observers
        for observer in told:
            emit(observer, event)

    def enter_handler(self, connection_id: int, /) -> None:
        """Have those set the context of a handler that do such a thing."""
        for observer in self._of_contexts:
            enter_handler(observer, connection_id)


_conforms: type[MessageObserver] = Observers
_enters: type[ContextObserver] = Observers


def each_observer(observer: Observer) -> Iterator[Observer]:
    """Yield an observer; if that is several, each of them, however deep."""
    if isinstance(observer, Observers):
        for inner in observer.observers:
            yield from each_observer(inner)
    else:
        yield observer
