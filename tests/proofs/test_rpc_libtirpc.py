"""Clients and servers in C, by Debian's rpcgen and libtirpc, with ours: every type of XDR, over TCP, UDP and Unix."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import pytest

from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, STRATEGIES
from tests.rpc_c_programs import built_in
from tests.rpc_corpus import echoes
from tests.rpc_echoes import Echoes
from tests.running import PATIENCE, running
from tests.test_tls import strategy_of
from typedserver import TCP, UDP, Server, UnixStream, drive, inet_address, rpc
from typedserver.rpc import xdr

# How often the client in C makes all its calls.
TIMES: Final = 50

KINDS: Final = ["tcp", "udp", "unix"]


SCALARS: Final = echoes.Scalars(-(2**31), 2**32 - 1, -(2**63), 2**64 - 1, 0.5, -1e-300, True, echoes.Colour.NONE)
CALLS: Final[list[tuple[str, Any]]] = [
    ("an_int", -1),
    ("an_unsigned_hyper", 2**64 - 1),
    ("a_double", -0.1),
    ("a_bool", True),
    ("a_colour", echoes.Colour.NONE),
    ("some_words", "wörter"),
    ("some_words", ""),
    ("a_block", bytes(range(256)) * 15),
    ("a_block", b"odd"),
    ("scalars", SCALARS),
    ("sequences", echoes.Sequences(b"four", b"", "text", (1, -2, 3, -4), (-1, 2**62), "eight by")),
    ("a_choice", echoes.ChoiceRed(42)),
    ("a_choice", echoes.ChoiceGreen("leaf")),
    ("a_choice", echoes.ChoiceNone()),
    ("an_optional", echoes.Optional(None, ())),
    ("an_optional", echoes.Optional(SCALARS, tuple(map(echoes.Node, range(20))))),
]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the client and the server in C."""
    return built_in(tmp_path_factory.mktemp("c"))


@contextmanager
def served_by_c(programs: Path, kind: str, path: str) -> Generator[str, None, None]:
    """Yield where the server in C listens."""
    with subprocess.Popen([programs / "server", kind, path], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port, "the server in C does not listen"
            yield path if kind == "unix" else port
        finally:
            server.kill()
            # It leaves its socket's file behind.
            Path(path).unlink(missing_ok=True)


def endpoint_of(kind: str, path: str) -> Any:
    return {"tcp": TCP(port=0), "udp": UDP(port=0), "unix": UnixStream(path)}[kind]


def our_client(kind: str, where: str) -> Any:
    if kind == "unix":
        return rpc.UnixClient(where)
    return (rpc.TCPClient if kind == "tcp" else rpc.UDPClient)("127.0.0.1", int(where))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strategy", [*STRATEGIES, *MULTIPLEXING_STRATEGIES, *LOOP_MAKING_STRATEGIES])
def test_client_in_c_calls_every_procedure_of_ours(programs: Path, tmp_path: Path, kind: str, strategy: str) -> None:
    path = str(tmp_path / "s")
    # A process for each datagram takes long.
    times = TIMES // 10 if (kind, strategy) == ("udp", "forks") else TIMES
    program = echoes.ECHOES_V1.served_by(Echoes())
    handler = rpc.datagram_handler(program) if kind == "udp" else rpc.stream_handler(program)
    with strategy_of(strategy) as made:
        server = Server(endpoint_of(kind, path), cast("Any", handler), made)
        with running(server):
            where = path if kind == "unix" else str(inet_address(server)[1])
            ended = subprocess.run(
                [programs / "client", kind, where, str(times)],
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                text=True,
            )
    assert ended.stderr == ""
    assert ended.returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_our_client_calls_every_procedure_of_a_server_in_c(programs: Path, tmp_path: Path, kind: str) -> None:
    with served_by_c(programs, kind, str(tmp_path / "s")) as where, our_client(kind, where) as client:
        called = echoes.EchoesV1Client(client)
        for _ in range(TIMES):
            called.nothing()
            for name, value in CALLS:
                assert getattr(called, name)(value) == value


@pytest.mark.parametrize("kind", KINDS)
def test_our_coroutine_client_calls_every_procedure_of_a_server_in_c(programs: Path, tmp_path: Path, kind: str) -> None:
    async def call(where: str) -> None:
        if kind == "unix":
            client: Any = rpc.AsyncUnixClient(where)
        else:
            client = (rpc.AsyncTCPClient if kind == "tcp" else rpc.AsyncUDPClient)("127.0.0.1", int(where))
        async with client:
            called = echoes.EchoesV1AsyncClient(client)
            await called.nothing()
            for name, value in CALLS:
                assert await getattr(called, name)(value) == value

    with served_by_c(programs, kind, str(tmp_path / "s")) as where:
        drive(call(where))


@pytest.mark.parametrize("kind", KINDS)
def test_server_in_c_tells_our_client_what_it_lacks(programs: Path, tmp_path: Path, kind: str) -> None:
    with served_by_c(programs, kind, str(tmp_path / "s")) as where, our_client(kind, where) as client:
        lacking = [
            (rpc.ProcedureUnavailable, echoes.ECHOES, 1, 99),
            (rpc.ProgramMismatch, echoes.ECHOES, 2, 0),
            (rpc.ProgramUnavailable, echoes.ECHOES + 1, 1, 0),
        ]
        for error, program, version, procedure in lacking:
            with pytest.raises(error):
                client.call(program, version, procedure, xdr.encode_void, None, xdr.decode_void)
        echoes.EchoesV1Client(client).nothing()
