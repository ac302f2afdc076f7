"""Messages, their framings and codecs, and what serves one connection by messages. Typing only, apart from ``Last``.

A message handler is a function of a message that returns the reply. It knows no socket and no loop.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, runtime_checkable

from typing_extensions import TypeVar

MessageT = TypeVar("MessageT")
ReplyT = TypeVar("ReplyT")
Message_co = TypeVar("Message_co", covariant=True)
Message_contra = TypeVar("Message_contra", contravariant=True)
Reply_co = TypeVar("Reply_co", covariant=True)
Reply_contra = TypeVar("Reply_contra", contravariant=True)


@runtime_checkable
class Pending(Protocol[Reply_co]):
    """A reply that will come: what is used of ``concurrent.futures.Future``, which fits; ``asyncio.Future`` does not.

    Its callbacks may be called in any thread.
    """

    def add_done_callback(self, fn: Callable[[Any], object], /) -> object:
        """Have a function called once it is done, or at once if it is."""
        ...

    def result(self, timeout: float | None = None) -> Reply_co:
        """Return the reply, or raise what it has failed by."""
        ...

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what it has failed by; None if it has not."""
        ...

    def done(self) -> bool:
        """Whether the reply, or the failure, is there."""
        ...

    def cancel(self) -> object:
        """Ask it to end, because nobody wants the reply any more."""
        ...


@dataclass(frozen=True, slots=True)
class Last(Generic[Reply_co]):
    """A reply after which the server ends the connection, as the answer to QUIT is.

    reply: what is sent before; None: nothing, as for a peer that has said DISCONNECT.
    """

    reply: Reply_co | None = None


_R = TypeVar("_R")

Reply: TypeAlias = _R | Last[_R] | Pending[_R | Last[_R] | None] | None
"""What a function of a message may return: the reply, None for none, or either later."""


class Framing(Protocol[Message_co, Reply_contra]):
    """Where messages begin and end in a stream, and what they are. It keeps no state and does no I/O.

    One framing serves any number of connections, in any thread.
    """

    def decode(self, data: bytes, start: int, /) -> tuple[Message_co, int] | None:
        """Return the message that begins at ``start``, and where the next one begins; None if more must come first.

        Raises FramingError if no message can begin so, or if it is beyond the framing's limit.
        """
        ...

    def encode(self, reply: Reply_contra, /) -> bytes:
        """Return a reply as it is sent; raises ValueError if it cannot be a message."""
        ...


@runtime_checkable
class BatchFraming(Framing[Message_co, Reply_contra], Protocol[Message_co, Reply_contra]):
    """A framing that takes and makes many messages by one call, because a call for each costs more than the work."""

    def split(self, data: bytes, /) -> tuple[Sequence[Message_co], bytes]:
        """Return all messages of ``data``, and what follows the last of them; it does not raise.

        What follows is empty, or what ``decode`` returns None for, or raises FramingError.
        """
        ...

    def join(self, replies: Sequence[Reply_contra], /) -> bytes:
        """Return replies, at least one, as they are sent; raises what ``encode`` would raise for any of them."""
        ...


@runtime_checkable
class AnsweringFraming(Framing[Message_co, Reply_contra], Protocol[Message_co, Reply_contra]):
    """A framing that does in one call all there is to do for a message that came by itself, which is the usual case."""

    def answering(self, function: Callable[[Message_co], object], /) -> "Answer":
        """Return what answers data if it is one message and nothing else, by this function; made once for it.

        It returns the function's reply as it is sent. None: the data is anything else, and nothing was done. A reply
        that is no bytes, or that ``encode`` refuses, is returned as it is, in a tuple. It raises what the function
        raises, and nothing else.
        """
        ...


Answer: TypeAlias = Callable[[bytes], bytes | tuple[object] | None]
"""What an AnsweringFraming has made of a function."""


@runtime_checkable
class ForeseeingFraming(Framing[Message_co, Reply_contra], Protocol[Message_co, Reply_contra]):
    """A framing that knows what a message lacks which is not complete, so that ``decode`` is not tried for each piece.

    Without this, a message costs its length for each piece that comes of it.
    """

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return how many bytes must follow ``data`` until ``decode`` is worth a try, and what need only appear.

        Asked if ``decode(data, 0)`` has returned None. The number is at least 1. The bytes end the message earlier if
        they come, possibly across the end of ``data``; ``b""`` if nothing does.
        """
        ...


class Gathering(Protocol):
    """Bytes of one message that is not complete, to which more are added."""

    def __len__(self) -> int:
        """How many bytes there are."""
        ...

    def beginning(self, size: int, /) -> bytes:
        """Return the first bytes, at most ``size`` of them."""
        ...

    def add(self, piece: bytes, /) -> bytes | None:
        """Take a piece; returns everything if the message may now be complete, and then is to be thrown away."""
        ...


@runtime_checkable
class GatheringFraming(Framing[Message_co, Reply_contra], Protocol[Message_co, Reply_contra]):
    """A framing that gathers by itself, because what a message lacks is known only step by step.

    If ``decode`` began anew for each step, a message of many small parts would cost the square of their number.
    """

    def gather(self, data: bytes, /) -> Gathering:
        """Begin with what ``decode(data, 0)`` has returned None for."""
        ...


class Codec(Protocol[Message_co, Reply_contra]):
    """What one whole message means."""

    def decode(self, data: bytes, /) -> Message_co:
        """Return the value of a message; raises ValueError if it has none, which is the peer's fault."""
        ...

    def encode(self, reply: Reply_contra, /) -> bytes:
        """Return a reply as bytes."""
        ...


@runtime_checkable
class MessageExchange(Protocol):
    """One connection's messages, sans-IO: it never waits, never raises and knows no socket.

    Whoever runs it calls ``start`` first and ``close`` last, each once, and everything but ``wake`` from one thread at
    once. It calls neither ``receive`` nor ``proceed`` while it has bytes to send that the peer has not taken; a wake
    waits until then. Nor does it call ``receive`` while ``wants_data`` is False. When the server drains, it ends an
    exchange that ``is_idle``. When the exchange ``is_over`` and everything was sent, the connection ends, by ``error``
    if there is one, which is read after ``close``.

    What is no Exception (SystemExit, KeyboardInterrupt) is raised by whatever was called, as by any handler.
    """

    def start(self, wake: Callable[[], object], /) -> bytes:
        """Begin; returns what is to be sent first.

        wake: to be called, from any thread and any number of times, when ``proceed`` has something to do. The exchange
        may call it within ``receive`` and ``proceed`` too, if it has more to send than should be sent at once.
        """
        ...

    def receive(self, data: bytes, /) -> bytes:
        """Take what the peer has sent, ``b""`` for its end; returns what is to be sent."""
        ...

    def proceed(self) -> bytes:
        """Go on after a wake, and at the deadline; returns what is to be sent."""
        ...

    @property
    def wants_data(self) -> bool:
        """Whether it takes more now; otherwise reading must pause."""
        ...

    @property
    def waits_for_peer(self) -> bool:
        """Whether it waits for its peer: it wants data, no reply is outstanding, and there is no ``deadline``.

        Then the peer's silence is its own fault. The others may be asked less often, because this says so much.
        """
        ...

    @property
    def awaits_wake(self) -> bool:
        """Whether a wake may come from now on; otherwise whoever runs it need only wait for the peer."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether it is between two messages: nothing was begun that is not answered."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be received, and nothing more will be sent."""
        ...

    @property
    def deadline(self) -> float | None:
        """When ``proceed`` is due without a wake, by ``time.monotonic``; None: never."""
        ...

    @property
    def error(self) -> Exception | None:
        """What it has ended by; None if nothing has failed."""
        ...

    def close(self) -> None:
        """End it: what is outstanding is cancelled."""
        ...


@runtime_checkable
class MeasurableExchange(MessageExchange, Protocol):
    """An exchange that can tell how long each of its messages took."""

    def measure(self, report: Callable[[float, Exception | None], object], /) -> None:
        """Have a function called for each message, by whatever runs the exchange; before ``start``.

        report: gets the seconds from the message's being decoded to its reply's being ready, and what the function or
        its pending reply has failed by, or None. It must not raise.
        """
        ...


@runtime_checkable
class AnsweringExchange(MessageExchange, Protocol):
    """An exchange that is not needed for most messages, so that each of them costs a call less."""

    @property
    def answer(self) -> Answer | None:
        """What may be called with what the peer has sent, but not with its end, in the place of ``receive``.

        If it returns bytes, they are what is to be sent, and nothing else has changed. If it returns or raises anything
        else, ``go_on`` must follow. None: ``receive`` must be called. It may be another one after each other call.
        """
        ...

    def go_on(self, data: bytes, answer: object, error: Exception | None, /) -> bytes:
        """Go on with data for which ``answer`` was called, and has returned no bytes, or raised; as ``receive``."""
        ...


@runtime_checkable
class AnsweringHandler(Protocol):
    """A handler whose exchanges are not needed until something unusual comes."""

    @property
    def answer(self) -> Answer | None:
        """What the ``answer`` of each of its exchanges is in the beginning; None: an exchange is needed at once.

        Each of them is an AnsweringExchange that sends nothing first, and nothing at the end of a stream on which
        ``answer`` has returned bytes for all that has come. So a connection may do without one up to then.
        """
        ...


Unfinished: TypeAlias = Coroutine[Any, Any, object] | MessageExchange
"""What a handler has returned that is still to be run."""
