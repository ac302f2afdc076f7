"""Whole contracts: bases have every member, wrappers pass every member on, and a piece that lacks one is refused."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from unittest.mock import Mock, sentinel

import pytest
from typing_extensions import get_protocol_members

from tests.contexts import Context
from tests.running import connect
from typedserver import (
    TCP,
    BaseDispatcher,
    BaseEndpoint,
    BaseListener,
    BaseStrategy,
    Bounded,
    CompositionError,
    ConcurrencyStrategy,
    Dispatcher,
    DispatcherWrapper,
    Endpoint,
    EndpointWrapper,
    HandlerMarks,
    Listener,
    ListenerWrapper,
    ProcessorWrapper,
    Reactor,
    Refusal,
    RequestKind,
    RequestProcessor,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    State,
    StrategyWrapper,
    StreamRequest,
    Threads,
    UnixStream,
)


def serve(request: StreamRequest, _client_address: object, _server: object) -> None:
    request.sendall(b"served")


def as_it_is(piece: Any) -> Any:
    return piece


# The bases and the wrappers


@pytest.mark.parametrize(
    ("contract", "base", "own"),
    [
        (Endpoint, BaseEndpoint, {"listen", "request_kind"}),
        (Endpoint, EndpointWrapper, {"listen"}),
        (
            Listener,
            BaseListener,
            {
                "close",
                "close_request",
                "fileno",
                "get_request",
                "request_kind",
                "server_address",
                "shutdown_request",
            },
        ),
        (Listener, ListenerWrapper, set[str]()),
        (ConcurrencyStrategy, BaseStrategy, {"start"}),
        (ConcurrencyStrategy, StrategyWrapper, {"start"}),
        (Dispatcher, BaseDispatcher, {"has_capacity", "process_request"}),
        (Dispatcher, DispatcherWrapper, set[str]()),
        (RequestProcessor, ProcessorWrapper, set[str]()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_base_lacks_only_what_its_subclass_must_define(contract: type, base: type, own: set[str]) -> None:
    assert {name for name in get_protocol_members(contract) if not hasattr(base, name)} == own


@dataclass(frozen=True)
class WrappedEndpoint(EndpointWrapper[Any, Any]):
    endpoint: Endpoint[Any, Any]

    @property
    def inner(self) -> Endpoint[Any, Any]:
        return self.endpoint

    def listen(self) -> Any:
        return ListenerWrapper[Any, Any](self.endpoint.listen())


class WrappedStrategy(StrategyWrapper[object]):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def inner(self) -> ConcurrencyStrategy[object]:
        return self._inner  # type: ignore[no-any-return]  # any listener that it was given


PASSED_ON: Final = [
    (Endpoint, WrappedEndpoint, {"listen", "on_port", "sharing_port"}),
    (Listener, ListenerWrapper, {"establishes", "establishes_in_loop", "refuses"}),
    (ConcurrencyStrategy, WrappedStrategy, {"start"}),
    (Dispatcher, DispatcherWrapper, {"calls_only", "compose", "establishes"}),
    (RequestProcessor, ProcessorWrapper, set[str]()),
]


@pytest.mark.parametrize(
    ("contract", "wrapper", "name"),
    [
        (contract, wrapper, name)
        for contract, wrapper, others in PASSED_ON
        for name in sorted(get_protocol_members(contract) - others)
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_wrapper_passes_on(contract: type, wrapper: Callable[[Any], Any], name: str) -> None:
    inner = Mock(spec_set=sorted(get_protocol_members(contract)))
    member = getattr(contract, name)
    if isinstance(member, property):
        setattr(inner, name, sentinel.answer)
        assert getattr(wrapper(inner), name) is sentinel.answer
        return
    arguments = [object() for _ in list(inspect.signature(member).parameters)[1:]]
    call = getattr(inner, name)
    answer = getattr(wrapper(inner), name)(*arguments)
    call.assert_called_once_with(*arguments)
    # A member that returns nothing by its contract need not return the result of the call.
    assert answer is (None if inspect.signature(member).return_annotation is None else call.return_value)


def test_wrapper_of_an_endpoint_is_rebuilt_around_the_one_that_shares_its_port() -> None:
    wrapped = WrappedEndpoint(WrappedEndpoint(TCP(port=0, name="web")))
    assert wrapped.sharing_port(53) == WrappedEndpoint(WrappedEndpoint(TCP(port=53, name="web", reuse_port=True)))
    assert wrapped.on_port(53) == WrappedEndpoint(WrappedEndpoint(TCP(port=53, name="web")))
    for none in (WrappedEndpoint(UnixStream("s")), WrappedEndpoint(TCP(port=80))):
        assert none.on_port(53) is None
    assert WrappedEndpoint(UnixStream("s")).sharing_port(53) is None


def test_wrapper_of_an_endpoint_that_cannot_be_rebuilt_names_what_to_override() -> None:
    class NoDataclass(EndpointWrapper[Any, Any]):
        @property
        def inner(self) -> TCP:
            return TCP(port=0)

        def listen(self) -> Any: ...

    with pytest.raises(CompositionError, match=r"NoDataclass object .* override around\(\)"):
        NoDataclass().sharing_port(0)


@pytest.mark.parametrize("wrapper", [EndpointWrapper, StrategyWrapper])
def test_wrapper_that_does_not_name_what_it_wraps_is_refused(wrapper: type[Any]) -> None:
    heir: Any = type("Heir", (wrapper,), {})()
    with pytest.raises(CompositionError, match="Heir is no complete wrapper: its property `inner` must return"):
        assert heir.request_kind


def test_listener_establishes_if_it_or_one_that_it_wraps_has_something_to_do() -> None:
    class Idle(BaseListener[Any, Any]):
        def close(self) -> None: ...

    class Busy(Idle):
        def establish(self, request: Any, client_address: Any, _server: object, /) -> tuple[Any, Any]:
            return request, client_address

    class BusyWrapper(ListenerWrapper[Any, Any]):
        def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> Any:
            return self.inner.establish(request, client_address, server)

    idle, listener = Idle(), TCP(port=0).listen()
    assert (idle.establishes, Busy().establishes) == (False, True)
    assert idle.establish("request", "client", Context()) == ("request", "client")
    assert not ListenerWrapper[Any, Any](listener).establishes
    assert BusyWrapper(listener).establishes
    assert ListenerWrapper[Any, Any](BusyWrapper(listener)).establishes
    listener.close()


class Idle(BaseListener[Any, Any]):
    request_kind: RequestKind = "connections"
    server_address = ""

    def fileno(self) -> int:
        raise NotImplementedError

    def get_request(self) -> tuple[Any, Any]:
        raise NotImplementedError

    def shutdown_request(self, request: Any, /) -> None: ...

    def close_request(self, request: Any, /) -> None: ...

    def close(self) -> None: ...


class Plain(Idle):
    def establish(self, request: Any, client_address: Any, _server: object, /) -> Any:
        return request, client_address


class Awaiting(Plain):
    async def establish(self, request: Any, client_address: Any, _server: object, /) -> Any:
        return request, client_address


class AwaitingWrapper(ListenerWrapper[Any, Any]):
    async def establish(self, request: Any, client_address: Any, _server: object, /) -> Any:
        return request, client_address


def test_listener_establishes_in_the_loop_if_it_or_one_that_it_wraps_has_a_coroutine_function() -> None:
    class PlainWrapper(ListenerWrapper[Any, Any]):
        def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> Any:
            return self.inner.establish(request, client_address, server)

    inner: list[Listener[Any, Any]] = [Idle(), Plain(), Awaiting()]
    assert [each.establishes_in_loop for each in inner] == [False, False, True]
    wrappers: list[type[ListenerWrapper[Any, Any]]] = [ListenerWrapper[Any, Any], PlainWrapper, AwaitingWrapper]
    assert [[wrapper(each).establishes_in_loop for each in inner] for wrapper in wrappers] == [
        [False, False, True],
        [False, False, True],
        [True, True, True],
    ]


def test_listener_refuses_if_it_or_one_that_it_wraps_overrides_refusal() -> None:
    class Refusing(Plain):
        def refusal(self, _client_address: object, /) -> Refusal | None:
            return "filter"

    class RefusingWrapper(ListenerWrapper[Any, Any]):
        def refusal(self, client_address: object, /) -> Refusal | None:
            return self.inner.refusal(client_address) or "failures"

    plain, refusing = Plain(), Refusing()
    assert (plain.refuses, refusing.refuses) == (False, True)
    assert [ListenerWrapper[Any, Any](each).refuses for each in (plain, refusing)] == [False, True]
    assert [RefusingWrapper(each).refusal("client") for each in (plain, refusing)] == ["failures", "filter"]
    assert plain.refusal("client") is None


def test_listener_that_has_nothing_from_outside_says_so() -> None:
    plain = Plain()
    assert (plain.certificates, plain.watch, plain.has_changed()) == ((), None, False)


# Pieces that lack a member, as a program without types may give them


def without(name: str, whole: object, contract: type) -> Any:
    """Return an object that has another's members of a contract, except this one."""
    members = sorted(get_protocol_members(contract) - {name})
    return type("Lacking", (), {each: getattr(whole, each) for each in members})()


def members_of(contract: type) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(get_protocol_members(contract)))


def refused(name: str, contract: str, remedy: str) -> Any:
    return pytest.raises(CompositionError, match=rf"is no complete {contract}, because it lacks {name}: {remedy}")


@members_of(Endpoint)
def test_endpoint_that_lacks_a_member_is_refused_at_construction(name: str) -> None:
    whole_of = "inherit BaseEndpoint, or EndpointWrapper if it wraps another endpoint"
    with refused(name, "Endpoint", whole_of):
        Server(without(name, TCP(port=0), Endpoint), serve)


@pytest.mark.parametrize("wrap", [as_it_is, partial(Bounded, max_requests=1)], ids=["bare", "bounded"])
@members_of(ConcurrencyStrategy)
def test_strategy_that_lacks_a_member_is_refused_at_construction(name: str, wrap: Callable[[Any], Any]) -> None:
    whole_of = "inherit BaseStrategy, or StrategyWrapper if it wraps another strategy"
    nothing_like = pytest.raises(CompositionError, match=r"is no strategy: give Bounded a recipe such as Threads\(\)")
    with nothing_like if name == "start" and wrap is not as_it_is else refused(name, "ConcurrencyStrategy", whole_of):
        Server(TCP(port=0), serve, wrap(without(name, Threads(), ConcurrencyStrategy)))


class Opening(BaseEndpoint[Any, Any]):
    """An endpoint that opens what a function returns."""

    request_kind: RequestKind = "connections"

    def __init__(self, opened: Callable[[], Any]) -> None:
        self.opened = opened

    def listen(self) -> Any:
        return self.opened()


@pytest.mark.parametrize("wrap", [as_it_is, ListenerWrapper], ids=["bare", "wrapped"])
@members_of(Listener)
def test_listener_that_lacks_a_member_is_refused_when_the_server_opens_and_is_closed(
    name: str, wrap: Callable[[Any], Any]
) -> None:
    remedy = "inherit BaseListener, or ListenerWrapper if it wraps another listener"
    whole = TCP(port=0).listen()
    lacking = without(name, whole, Listener)
    server = Server(Opening(lambda: wrap(lacking)), serve)
    for serve_by in (server.open, server.serve_forever):
        with refused(name, "Listener", remedy):
            serve_by()
        assert server.state is State.NEW
    # The loop that it was about to serve in.
    server.server_close()
    if name == "close":
        whole.close()
    assert whole.fileno() == -1


class Starting(BaseStrategy):
    """A strategy that starts what a function returns."""

    def __init__(self, started: Callable[[], Any]) -> None:
        self.started = started

    def start(self, _processor: object, _reactor: object, /) -> Any:
        return self.started()


class Serving(BaseDispatcher):
    has_capacity = True

    def process_request(self, request: object, client_address: object, /) -> None:
        raise AssertionError("nothing is served")


@pytest.mark.parametrize("wrap", [as_it_is, DispatcherWrapper], ids=["bare", "wrapped"])
@members_of(Dispatcher)
def test_dispatcher_that_lacks_a_member_is_refused_when_serving_begins(name: str, wrap: Callable[[Any], Any]) -> None:
    remedy = "inherit BaseDispatcher, or DispatcherWrapper if it wraps another dispatcher"
    strategy = Starting(lambda: wrap(without(name, Serving(), Dispatcher)))
    with Server(TCP(port=0), serve, strategy) as server, connect(server.server_address):
        for serve_by in (server.serve_forever, server.handle_request):
            with refused(name, "Dispatcher", remedy):
                serve_by()
            assert server.state is State.LISTENING


@members_of(Reactor)
def test_reactor_that_lacks_a_member_is_refused_when_serving_begins(name: str) -> None:
    remedy = "give SelectorReactor, asyncio.new_event_loop or their like"
    whole = SelectorReactor()
    lacking = without(name, whole, Reactor)
    with Server(TCP(port=0), serve, config=ServerConfig(reactor_factory=lambda: lacking)) as server:
        with refused(name, "Reactor", remedy):
            server.attach(lacking)
        # A loop of its own is closed with the server, which takes a ``close``.
        if name != "close":
            with refused(name, "Reactor", remedy):
                server.serve_forever()
        assert server.state is State.LISTENING
    whole.close()


# The marks of a handler, which it need not have


def test_handler_with_an_unrelated_marks_attribute_is_a_plain_callable() -> None:
    class Exam:
        marks = (1, 2, 3)

        def __call__(self, _request: object, _client_address: object, _server: object) -> None: ...

    Server(TCP(port=0), Exam())


def test_handler_is_refused_by_its_marks_also_within_partials() -> None:
    class Lines:
        marks = HandlerMarks(request_kind="messages")

        def __call__(self, _request: object, _client_address: object, _server: object) -> None: ...

    for handler in (Lines(), partial(partial(Lines()))):
        with pytest.raises(CompositionError, match=r"answers messages, and TCP\(.*\) gives connections"):
            Server(TCP(port=0), handler)


class Heir(BaseStrategy):
    """What an author has begun to write."""


class Wrapping(StrategyWrapper[Any]):
    """The same around another."""

    def start(self, processor: Any, reactor: Any, /) -> Any:
        raise AssertionError("it is refused before")


class WrappingEndpoint(EndpointWrapper[Any, Any]):
    def listen(self) -> Any:
        raise AssertionError("it is refused before")


@pytest.mark.parametrize(
    ("endpoint", "strategy", "message"),
    [
        (TCP(port=0), Heir(), "lacks start: inherit BaseStrategy"),
        (TCP(port=0), Wrapping(), "Wrapping is no complete wrapper: its property `inner` must return"),
        (WrappingEndpoint(), Threads(), "WrappingEndpoint is no complete wrapper: its property `inner` must return"),
        (TCP(port=0), Threads, "is no strategy: give a recipe such as Threads"),
        (TCP(port=0), 5, "is no strategy: give a recipe such as Threads"),
        (TCP, Threads(), "is no endpoint: give a recipe such as TCP"),
    ],
)
def test_piece_that_an_author_has_begun_is_refused_with_what_it_lacks(
    endpoint: Any, strategy: Any, message: str
) -> None:
    with pytest.raises(CompositionError, match=message):
        Server(endpoint, lambda request, client_address, server: None, strategy)
