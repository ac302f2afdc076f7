"""Exchanges of messages against a model: whatever comes in whatever pieces, and is answered in whatever order."""

# What an exchange keeps can be seen only in the private lines.
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType]  # hypothesis does not annotate it
)

from typedserver import (
    FixedLength,
    Framed,
    Framing,
    FramingError,
    IncompleteMessage,
    Last,
    LengthPrefixed,
    Lines,
    Netstrings,
    Push,
    PushSessions,
    Reply,
)
from typedserver.messages.exchange import Exchange

NOBODY: Any = None


class Plain:
    """A framing that has only what a framing must have: a message is its number of bytes in one digit, and these."""

    def __repr__(self) -> str:
        return "Plain()"

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        size = data[start] - ord("0")
        if not 0 <= size <= 9:
            raise FramingError("no digit")
        end = start + 1 + size
        return (data[start + 1 : end], end) if end <= len(data) else None

    def encode(self, reply: bytes, /) -> bytes:
        return b"%d%s" % (len(reply), reply)


FRAMINGS: list[Framing[bytes, bytes]] = [
    Lines(),
    Lines(separator=b"\r\n", limit=9),
    Lines(separator=b"aba"),
    LengthPrefixed(),
    LengthPrefixed(1, limit=9),
    LengthPrefixed(3, "little"),
    LengthPrefixed(2, counts_itself=True),
    Netstrings(limit=10),
    FixedLength(3),
    Plain(),
]


def sendable(framing: Framing[bytes, bytes], texts: Sequence[bytes]) -> list[bytes]:
    """Return the texts that may be messages of a framing."""

    def fits(text: bytes) -> bool:
        try:
            framing.encode(text)
        except ValueError:
            return False
        return True

    return [text for text in texts if fits(text)]


def pieces_of(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """Cut bytes into pieces of these sizes, and the rest."""
    start = 0
    for cut in cuts:
        if start + cut >= len(data):
            break
        yield data[start : start + cut]
        start += cut
    if start < len(data):
        yield data[start:]


def exchange_of(recipe: Framed[bytes, bytes], wake: Callable[[], object] = lambda: None) -> Exchange[bytes, bytes]:
    exchange: Any = recipe(NOBODY, NOBODY, NOBODY)
    assert exchange.start(wake) == b""
    known: Exchange[bytes, bytes] = exchange
    return known


TEXTS = st.lists(
    st.one_of(st.binary(max_size=9), st.binary(min_size=3, max_size=3), st.text("ab\r\n", max_size=9).map(str.encode))
)
CUTS = st.lists(st.integers(1, 12))


@pytest.mark.parametrize("framing", FRAMINGS, ids=repr)
@given(texts=TEXTS, cuts=CUTS)
@settings(deadline=None, max_examples=40)
def test_any_split_of_a_stream_gives_the_same_messages(
    framing: Framing[bytes, bytes], texts: list[bytes], cuts: list[int]
) -> None:
    messages = sendable(framing, texts)
    data = b"".join(map(framing.encode, messages))
    came: list[bytes] = []

    def note(message: bytes) -> bytes:
        came.append(message)
        return message

    exchange = exchange_of(Framed(framing, note))

    def received(piece: bytes) -> bytes:
        out = exchange.receive(piece)
        # On a loaded machine its turn may be over before the last message, or just behind it.
        while not exchange.wants_data:
            out += exchange.proceed()
        return out

    assert b"".join(map(received, pieces_of(data, cuts))) == data
    assert came == messages
    assert exchange.is_idle
    exchange.receive(b"")
    assert exchange.error is None


@pytest.mark.parametrize("framing", FRAMINGS, ids=repr)
@given(texts=TEXTS, cuts=CUTS, data=st.data(), in_flight=st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_any_order_of_replies_gives_the_same_bytes(
    framing: Framing[bytes, bytes], texts: list[bytes], cuts: list[int], data: st.DataObject, in_flight: int
) -> None:
    messages = sendable(framing, texts)
    pieces = list(pieces_of(b"".join(map(framing.encode, messages)), cuts))
    waiting: list[tuple[Future[bytes | None], bytes]] = []
    woken: list[None] = []
    kinds = data.draw(st.lists(st.sampled_from(["value", "none", "pending"]), min_size=len(messages)))
    expected = [text for text, kind in zip(messages, kinds, strict=False) if kind != "none"]
    kind = iter(kinds)

    def function(message: bytes) -> Reply[bytes]:
        match next(kind):
            case "value":
                return message
            case "none":
                return None
            case _:
                future: Future[bytes | None] = Future()
                waiting.append((future, message))
                return future

    exchange = exchange_of(Framed(framing, function, in_flight=in_flight), lambda: woken.append(None))
    sent = b""
    pieces.reverse()
    while pieces or waiting:
        assert len(waiting) <= in_flight
        if waiting and (not (pieces and exchange.wants_data) or data.draw(st.booleans())):
            future, message = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            future.set_result(message)
        elif pieces and exchange.wants_data:
            sent += exchange.receive(pieces.pop())
        while woken:
            woken.clear()
            sent += exchange.proceed()
        assert waiting or not pieces or exchange.wants_data
    assert sent == b"".join(map(framing.encode, expected))
    assert exchange.is_idle
    assert not exchange.awaits_wake


@pytest.mark.parametrize("framing", FRAMINGS, ids=repr)
@given(pieces=st.lists(st.binary(min_size=1, max_size=40)))
@settings(deadline=None, max_examples=40)
def test_no_input_raises_or_is_kept_beyond_the_limit(framing: Framing[bytes, bytes], pieces: list[bytes]) -> None:
    exchange = exchange_of(Framed(framing, lambda _message: None))
    for piece in pieces:
        if exchange.is_over:
            assert isinstance(exchange.error, FramingError)
            break
        assert exchange.receive(piece) == b""
        if exchange._gathering is not None:
            # A message of the longest kind that is not complete, or less than the beginning of one.
            assert len(exchange._gathering) <= max(getattr(framing, "limit", 9), 9) + 8
    exchange.receive(b"")
    assert exchange.is_over
    assert exchange.error is None or isinstance(exchange.error, FramingError)


# A session of anything that may happen


class UnfitError(Exception):
    """A message's function has failed."""


def outcome(message: bytes) -> str:
    return {b"n": "none", b"p": "pending", b"x": "fails", b"q": "last", b"e": "peers", b"u": "unsendable"}.get(
        message[:1], "value"
    )


class Exchanges(RuleBasedStateMachine):
    """The exchange, and what must have been sent: a function of what came and of what is done."""

    def __init__(self) -> None:
        super().__init__()
        self.fed = b""
        self.sent = b""
        self.pushed: list[bytes] = []
        self.peer_ended = False
        self.woken = False
        self.called: list[bytes] = []
        # By the number of the message: the pending reply, and what it has become.
        self.futures: dict[int, Future[Any]] = {}
        self.done: dict[int, object] = {}
        self.push: Push[bytes] | None = None

    @initialize(in_flight=st.integers(1, 4), has_on_error=st.booleans(), pushes=st.booleans(), measures=st.booleans())
    def begin(self, *, in_flight: int, has_on_error: bool, pushes: bool, measures: bool) -> None:
        self.in_flight = in_flight
        self.has_on_error = has_on_error
        self.told: list[float] = []
        on_error = self.on_error if has_on_error else None
        recipe: Any
        if pushes:
            recipe = PushSessions(Lines(limit=8), self.session, in_flight=in_flight, on_error=on_error)
        else:
            recipe = Framed(Lines(limit=8), self.function, in_flight=in_flight, on_error=on_error)
        exchange: Any = recipe(NOBODY, NOBODY, NOBODY)
        if measures:
            exchange.measure(self.tell)
        exchange.start(self.wake)
        self.exchange: Exchange[bytes, bytes] = exchange

    def session(self, _client_address: object, _server: object, push: Push[bytes]) -> Callable[[bytes], Reply[bytes]]:
        self.push = push
        return self.function

    def wake(self) -> None:
        self.woken = True

    def tell(self, seconds: float, _error: Exception | None) -> None:
        self.told.append(seconds)

    def on_error(self, error: Exception) -> bytes:
        return b"E" + type(error).__name__[:5].encode()

    def function(self, message: bytes) -> Reply[bytes]:
        number = len(self.called)
        self.called.append(message)
        match outcome(message):
            case "none":
                return None
            case "pending":
                return self.futures.setdefault(number, Future())
            case "fails":
                raise UnfitError
            case "peers":
                raise FramingError("no value")
            case "last":
                return Last(message)
            case "unsendable":
                return b"\n"
            case _:
                return message

    # What may happen

    @precondition(lambda self: self.exchange.wants_data)
    @rule(
        data=st.lists(
            st.sampled_from([b"v", b"n", b"p", b"p", b"x", b"q", b"e", b"u", b"\n", b"\n", b"\n"]), min_size=1
        )
    )
    def receive(self, data: list[bytes]) -> None:
        self.fed += (piece := b"".join(data))
        self.sent += self.exchange.receive(piece)

    @precondition(lambda self: not self.peer_ended)
    @rule()
    def end(self) -> None:
        self.peer_ended = True
        self.sent += self.exchange.receive(b"")

    @precondition(lambda self: self.futures)
    @rule(data=st.data(), how=st.sampled_from(["value", "none", "fails", "last"]))
    def finish(self, data: st.DataObject, how: str) -> None:
        number = data.draw(st.sampled_from(sorted(self.futures)))
        future = self.futures.pop(number)
        if future.cancelled():
            return
        self.done[number] = how
        match how:
            case "fails":
                future.set_exception(UnfitError())
            case "none":
                future.set_result(None)
            case "last":
                future.set_result(Last(b"L%d" % number))
            case _:
                future.set_result(b"P%d" % number)

    @precondition(lambda self: self.push is not None)
    @rule()
    def push_one(self) -> None:
        assert self.push is not None
        text = b"+%d" % len(self.pushed)
        assert self.push(text) is not self.exchange.is_over
        if not self.exchange.is_over:
            self.pushed.append(text)

    @rule()
    def proceed(self) -> None:
        self.woken = False
        self.sent += self.exchange.proceed()

    # What must be so

    def expected(self) -> tuple[list[bytes], type[Exception] | None, bool]:
        """Return the replies that must have been sent, what it must have ended by, and whether it must be over."""
        *messages, rest = self.fed.split(b"\n")
        replies: list[bytes] = []
        for number, message in enumerate(messages):
            if len(message) > 8:
                return replies, FramingError, True
            how = outcome(message)
            text = message
            if how == "pending":
                if number not in self.done:
                    return replies, None, False
                how = str(self.done[number])
                text = (b"L%d" if how == "last" else b"P%d") % number
            if how == "peers":
                return replies, FramingError, True
            if how in ("fails", "unsendable"):
                if not self.has_on_error:
                    return replies, UnfitError if how == "fails" else ValueError, True
                replies.append(b"EUnfit" if how == "fails" else b"EValue")
            elif how != "none":
                replies.append(text)
            if how == "last":
                return replies, None, True
        if len(rest) > 8:
            return replies, FramingError, True
        if self.peer_ended:
            return replies, IncompleteMessage if rest else None, True
        return replies, None, False

    @invariant()
    def sends_what_is_due(self) -> None:
        if self.woken:
            return
        lines = self.sent.split(b"\n")[:-1]
        replies, error, is_over = self.expected()
        assert [line for line in lines if not line.startswith(b"+")] == replies
        pushed = [line for line in lines if line.startswith(b"+")]
        assert pushed == self.pushed
        assert self.exchange.is_over is is_over
        if is_over:
            assert type(self.exchange.error) is (error or type(None))
            assert not self.exchange.awaits_wake

    @invariant()
    def calls_nothing_behind_what_ends_it(self) -> None:
        ends = [
            how in ("last", "peers") or (how == "fails" and not self.has_on_error) for how in map(outcome, self.called)
        ]
        assert True not in ends[:-1]

    @invariant()
    def keeps_within_its_bounds(self) -> None:
        assert len(self.exchange._outstanding or ()) <= self.in_flight
        if self.exchange.is_over:
            assert not self.exchange.wants_data
            assert self.exchange._gathering is None
            assert all(future.cancelled() for future in self.futures.values())

    def teardown(self) -> None:
        if hasattr(self, "exchange"):
            self.exchange.close()
            assert all(future.cancelled() for future in self.futures.values())


def test_exchange_does_as_its_model() -> None:
    run_state_machine_as_test(Exchanges, settings=settings(max_examples=100, stateful_step_count=20, deadline=None))
