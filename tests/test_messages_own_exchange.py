"""An exchange of one's own: it inherits BaseExchange, and is run as those of the library are."""

import socket

from typing_extensions import override

from tests.everywhere import everywhere, serving
from tests.running import ask, connect, running
from tests.test_events import SeenAll
from typedserver import (
    TCP,
    BaseExchange,
    CompositionError,
    Finished,
    MessageExchange,
    Outcome,
    Server,
    ServerConfig,
    StreamRequest,
    Threads,
)


class Adding(BaseExchange):
    """Says the sum of all numbers so far after each line; ends by what is no number."""

    def __init__(self) -> None:
        self._data = b""
        self._sum = 0
        self._over = False
        self._error: ValueError | None = None

    def receive(self, data: bytes, /) -> bytes:
        self._over = not data
        *lines, self._data = (self._data + data).split(b"\n")
        replies: list[bytes] = []
        try:
            for line in lines:
                self._sum += int(line)
                replies.append(b"%d\n" % self._sum)
        except ValueError as error:
            self._over, self._error = True, error
        return b"".join(replies)

    @property
    def is_idle(self) -> bool:
        return not self._data

    @property
    def is_over(self) -> bool:
        return self._over

    @property
    @override
    def error(self) -> ValueError | None:
        return self._error


_conforms: type[MessageExchange] = Adding


def adding(_request: StreamRequest, _client_address: object, _server: object) -> Adding:
    return Adding()


@everywhere
def test_exchange_of_ones_own_is_run(name: str) -> None:
    with serving(name, adding) as server:
        assert ask(server.server_address, b"1\n2\n") == b"1\n3\n"
        with connect(server.server_address) as client:
            for sent, answer in ((b"1\n", b"1\n"), (b"2\n", b"3\n"), (b"3\n4\n", b"6\n10\n")):
                client.sendall(sent)
                assert client.recv(100) == answer
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""


@everywhere
def test_exchange_of_ones_own_ends_by_its_error_behind_its_replies(name: str) -> None:
    with serving(name, adding) as server:
        assert ask(server.server_address, b"1\ntwo\n3\n") == b"1\n"


def test_exchange_that_lacks_a_member_is_refused_by_name() -> None:
    class Lacking(BaseExchange):
        pass

    def lacking(_request: StreamRequest, _client_address: object, _server: object) -> Lacking:
        return Lacking()

    seen = SeenAll()
    with running(Server(TCP(port=0), lacking, Threads(), config=ServerConfig(observer=seen))) as run:
        assert ask(run.server.server_address, b"") == b""
        [finished] = seen.wait_for(Finished)
    assert finished.outcome is Outcome.FAILED
    assert isinstance(finished.error, CompositionError)
    assert "it lacks receive, is_idle or is_over" in str(finished.error)
