"""Group: many servers in one loop, foreign servers in threads beside it, and one stop for all."""

import http.server
import socket
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from tests.running import Run, ask, ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    AnyServer,
    Group,
    LifecycleError,
    ListenError,
    RecipeError,
    SelectorReactor,
    Server,
    State,
    StreamRequest,
    Threads,
    UnixStream,
    datagram_handler,
)


def upper(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(data.upper())


upper_datagram = datagram_handler(lambda data: data.upper())


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing."""


class Stopping(BaseException):
    """Not an Exception, like SystemExit and KeyboardInterrupt."""


def test_group_serves_on_all_endpoints_in_one_loop(tmp_path: Path) -> None:
    tcp = Server(TCP(port=0), upper)
    udp = Server(UDP(port=0), upper_datagram)
    unix = Server(UnixStream(str(tmp_path / "s")), upper)
    with running(Group([tcp, udp, unix])) as run:
        assert ask(tcp.server_address, b"tcp") == b"TCP"
        assert ask_datagram(udp.server_address, b"udp") == b"UDP"
        assert ask(unix.server_address, b"unix") == b"UNIX"
        loops = [thread for thread in threading.enumerate() if not thread.name.startswith("typedserver deadlines")]
        assert len(loops) == 2, "the test's own thread and the loop's"
        assert run.server.servers == (tcp, udp, unix)
    assert tcp.state is udp.state is unix.state is State.CLOSED


def test_group_serves_again_after_a_shutdown() -> None:
    tcp = Server(TCP(port=0), upper)
    with Group([tcp]) as group:
        for _ in range(2):
            run = Run(group)
            assert ask(tcp.server_address, b"again") == b"AGAIN"
            group.shutdown()
            run.join()


def test_group_accepts_a_foreign_server(tmp_path: Path) -> None:
    foreign = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    ours = Server(TCP(port=0), upper)
    with running(Group([foreign, ours])):
        assert ask(foreign.server_address, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 204")
        assert ask(ours.server_address, b"x") == b"X"
    assert foreign.fileno() == -1


def test_group_holds_groups(tmp_path: Path) -> None:
    inner = Server(TCP(port=0), upper)
    outer = Server(UnixStream(str(tmp_path / "s")), upper)
    with running(Group([Group([inner]), outer])):
        assert ask(inner.server_address, b"inner") == b"INNER"
        assert ask(outer.server_address, b"outer") == b"OUTER"


def test_group_closes_what_is_open_when_one_fails_to_open_and_says_which(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        unix = Server(UnixStream(str(tmp_path / "s")), upper)
        group = Group([unix, Server(TCP(port=port), upper)])
        with pytest.raises(ListenError, match=rf"Server\(TCP\(port={port}\), upper\).*port {port} is in use"):
            group.open()
        assert not (tmp_path / "s").exists()
        assert unix.state is State.NEW
    with running(group):
        assert ask(unix.server_address, b"later") == b"LATER"


def test_group_ends_when_all_its_servers_have_stopped() -> None:
    def stop(_request: object, _client_address: object, server: Server[Any, Any]) -> None:
        server.request_stop()

    first, second = Server(TCP(port=0), stop), Server(TCP(port=0), stop)
    with Group([first, second]) as group:
        run = Run(group)
        connect(first.server_address).close()
        with connect(second.server_address) as client:
            assert client.recv(1) == b""
        run.join()
        assert run.result is None


def test_group_raises_what_one_of_its_servers_raised_and_stops_the_others() -> None:
    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise Stopping

    failing, other = Server(TCP(port=0), fail), Server(TCP(port=0), upper)
    with Group([failing, other]) as group:
        run = Run(group)
        connect(failing.server_address).close()
        run.join()
        assert isinstance(run.result, Stopping)
        assert other.state is State.LISTENING


class FailingForeign:
    def serve_forever(self, _poll_interval: float = 0.5, /) -> None:
        raise Stopping

    def shutdown(self) -> None:
        """There is no loop to wait for."""

    def server_close(self) -> None:
        raise OSError("a close that fails")


def test_group_raises_what_a_foreign_server_raised() -> None:
    other = Server(TCP(port=0), upper)
    group = Group([FailingForeign(), other])
    with pytest.raises(Stopping):
        group.serve_forever()
    with pytest.raises(OSError, match="a close that fails"):
        group.server_close()
    assert other.state is State.CLOSED, "one that fails to close keeps no other from it"


class Ending:
    """Stops serving by itself."""

    def serve_forever(self, _poll_interval: float = 0.5, /) -> None:
        return

    def shutdown(self) -> None:
        return

    def server_close(self) -> None:
        return


def test_group_ends_when_its_foreign_servers_have_ended() -> None:
    group = Group([Ending(), Ending()])
    group.serve_forever()
    group.server_close()


def test_group_may_be_attached_and_stopped_from_a_worker() -> None:
    def stop(_request: object, _client_address: object, _server: object) -> None:
        group.shutdown()

    server = Server(TCP(port=0), stop, Threads())
    reactor = SelectorReactor()
    with Group([server]) as group:
        group.attach(reactor, ended=lambda _error: reactor.stop())
        with connect(server.server_address):
            reactor.run_forever()
    reactor.close()


def test_group_that_fails_to_start_leaves_the_loop() -> None:
    class Unattachable(Server[StreamRequest, Any]):
        def attach(self, *_args: Any, **_kwargs: Any) -> Any:
            raise LifecycleError("not now")

    first = Server(TCP(port=0), upper)
    with Group([first, Unattachable(TCP(port=0), upper)]) as group:
        with pytest.raises(LifecycleError, match="not now"):
            group.serve_forever()
        assert first.state is State.LISTENING


def test_group_refuses_what_is_no_server() -> None:
    with pytest.raises(RecipeError, match="nothing to serve"):
        Group([])
    twice = Server(TCP(port=0), upper)
    with pytest.raises(RecipeError, match="one server twice"):
        Group([twice, twice])
    with pytest.raises(RecipeError, match="lacks serve_forever"):
        Group([cast("AnyServer", "server")])
    with pytest.raises(RecipeError, match="it is a class: call it"):
        Group([cast("AnyServer", Server)])


def test_group_repr_reads_like_the_code_that_made_it() -> None:
    group = Group([Server(TCP(port=1), upper), Server(UDP(port=2), upper_datagram)])
    assert repr(group) == "Group([Server(TCP(port=1), upper), Server(UDP(port=2), <lambda>)])"


def test_group_closes_members_also_when_opening_fails_oddly() -> None:
    class Odd(Server[StreamRequest, Any]):
        def open(self) -> Any:
            raise Stopping

    first = Server(TCP(port=0), upper)
    with pytest.raises(Stopping):
        Group([first, Odd(TCP(port=0), upper)]).open()
    assert first.state is State.NEW


def test_group_that_fails_to_open_leaves_a_serving_member_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, running(Server(TCP(port=0), upper)) as run:
        with pytest.raises(ListenError):
            Group([run.server, Server(TCP(port=taken.getsockname()[1]), upper)]).open()
        assert ask(run.server.server_address, b"still") == b"STILL"


def test_group_goes_on_when_a_foreign_member_has_stopped() -> None:
    foreign = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    ours = Server(TCP(port=0), upper)
    with Group([foreign, ours]) as group:
        for _ in range(2):
            run = Run(group)
            assert ask(foreign.server_address, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 204")
            foreign.shutdown()
            assert ask(ours.server_address, b"x") == b"X"
            group.shutdown()
            run.join()


def test_group_raises_what_a_foreign_server_raised_before_it_was_in_its_loop() -> None:
    class Failing(http.server.HTTPServer):
        def serve_forever(self, poll_interval: float = 0.5) -> None:
            raise OSError("not today")

    group = Group([Failing(("127.0.0.1", 0), Quiet), Server(TCP(port=0), upper)])
    with pytest.raises(OSError, match="not today"):
        group.serve_forever()
    group.server_close()


def test_group_is_not_shut_down_or_closed_by_a_thread_it_would_wait_for() -> None:
    raised: list[str] = []

    def try_to(_request: object, _client_address: object, _server: object) -> None:
        try:
            group.server_close()
        except LifecycleError as error:
            raised.append(str(error))

    class Stopper(Quiet):
        def do_GET(self) -> None:
            try:
                group.shutdown()
            except LifecycleError as error:
                raised.append(str(error))
            super().do_GET()

    member = Server(TCP(port=0), try_to, Threads())
    other = Server(TCP(port=0), upper)
    foreign = http.server.HTTPServer(("127.0.0.1", 0), Stopper)
    group = Group([member, other, foreign])
    with running(group):
        assert ask(member.server_address, b"") == b""
        assert ask(foreign.server_address, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 204")
        assert ask(other.server_address, b"x") == b"X"
    assert len(raised) == 2


def test_group_ticks_its_members_at_the_interval() -> None:
    class Ticking(Server[StreamRequest, Any]):
        ticks = 0

        def service_actions(self) -> None:
            self.ticks += 1
            if self.ticks == 3:
                self.request_stop()

    member = Ticking(TCP(port=0), upper)
    with Group([member]) as group:
        group.serve_forever(0.01)
    assert member.ticks == 3
