"""How calls between C, by libtirpc, and this library end: results of any size, who calls, and each way to fail."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.running import PATIENCE, running
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    ConcurrencyStrategy,
    Multiplexed,
    Server,
    Threads,
    UnixStream,
    inet_address,
    rpc,
)
from typedserver.rpc import rpcgen, xdr

HERE: Final = Path(__file__).parent
NAME: Final = "rpc_lab"
TRANSPORTS: Final = ("tcp", "udp", "unix")

# What clnt_stat (rpc/clnt_stat.h) has for each end: no error, too weak, garbage, no procedure, no version, failed.
CALLED: Final = {
    "null": ["0"],
    "add": ["0", "42"],
    "who": ["0", "1234"],
    "refuse": ["7"],
    "fail": ["12"],
    "procedure": ["10"],
    "arguments": ["11"],
    "version": ["9"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C program, and the module that this library compiles of the same source."""
    for tool in ("rpcgen", "gcc"):
        assert shutil.which(tool), f"{tool} is needed: sh tests/install_clients.sh installs it"
    folder = tmp_path_factory.mktemp("lab")
    for suffix in (".x", ".c"):
        shutil.copy(HERE / f"{NAME}{suffix}", folder)
    for option, output in (("-h", ".h"), ("-c", "_xdr.c"), ("-m", "_svc.c"), ("-l", "_clnt.c")):
        command = ["rpcgen", "-N", "-C", "-M", option, "-o", f"{NAME}{output}", f"{NAME}.x"]
        subprocess.run(command, cwd=folder, check=True)
    parts = [f"{NAME}{part}.c" for part in ("", "_xdr", "_svc", "_clnt")]
    subprocess.run(
        ["gcc", "-w", "-O1", "-I/usr/include/tirpc", "-I.", "-o", "lab", *parts, "-ltirpc"], cwd=folder, check=True
    )
    assert rpcgen.main([str(folder / f"{NAME}.x"), "-o", str(folder / f"{NAME}.py")]) == 0
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path) -> Generator[Any, None, None]:
    specification = importlib.util.spec_from_file_location(NAME, folder / f"{NAME}.py")
    assert specification is not None
    assert specification.loader is not None
    module = sys.modules[NAME] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield module
    del sys.modules[NAME]


class Lab:
    """Answers as the C program does."""

    def add(self, given: Any, _call: rpc.Call, /) -> int:
        result: int = given.a + given.b
        return result

    def fill(self, length: int, _call: rpc.Call, /) -> bytes:
        return b"x" * length

    def who(self, call: rpc.Call, /) -> int:
        return 0 if call.credentials is None else call.credentials.uid

    def refuse(self, _call: rpc.Call, /) -> int:
        raise rpc.Denied(rpc.AuthStat.TOOWEAK)

    def fail(self, _call: rpc.Call, /) -> int:
        raise ValueError("as it is meant to")


@pytest.mark.parametrize("strategy", [Multiplexed, Threads, Asyncio])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_client_in_c_hears_how_each_call_of_a_server_of_ours_ends(
    transport: str, strategy: Callable[[], ConcurrencyStrategy[Any]], folder: Path, lab: Any, tmp_path: Path
) -> None:
    program = lab.LAB_V1.served_by(Lab())
    servers: dict[str, Server[Any, Any]] = {
        "tcp": Server(TCP(port=0), rpc.stream_handler(program), strategy()),
        "udp": Server(UDP(port=0), rpc.datagram_handler(program), strategy()),
        "unix": Server(UnixStream(str(tmp_path / "lab.sock")), rpc.stream_handler(program), strategy()),
    }
    server = servers[transport]
    with running(server):
        where = str(tmp_path / "lab.sock") if transport == "unix" else str(inet_address(server)[1])
        called = subprocess.run(
            ["./lab", "call", transport, where], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
    print(called.stdout)
    assert called.returncode == 0
    lines = [line.split() for line in called.stdout.splitlines()]
    assert {name: rest for name, *rest in lines if name != "fill"} == CALLED
    sizes = [0, 2000, 4000, 6000, 8000] + [700_000] * (transport != "udp")
    assert [rest for name, *rest in lines if name == "fill"] == [["0", str(size)] for size in sizes]


@contextmanager
def served_by_c(folder: Path, path: Path) -> Generator[dict[str, int], None, None]:
    command = ["./lab", "serve", str(path)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            tcp, udp = served.stdout.readline().split()
            yield {"tcp": int(tcp), "udp": int(udp)}
        finally:
            served.terminate()
            path.unlink(missing_ok=True)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_client_of_ours_hears_how_each_call_of_a_server_in_c_ends(
    transport: str, folder: Path, lab: Any, tmp_path: Path
) -> None:
    with served_by_c(folder, tmp_path / "c.sock") as ports, ExitStack() as stack:
        clients: dict[str, Callable[[], rpc.TCPClient | rpc.UDPClient | rpc.UnixClient]] = {
            "tcp": lambda: rpc.TCPClient("localhost", ports["tcp"]),
            "udp": lambda: rpc.UDPClient("127.0.0.1", ports["udp"]),
            "unix": lambda: rpc.UnixClient(str(tmp_path / "c.sock")),
        }
        client = stack.enter_context(clients[transport]())
        calls = lab.LabV1Client(client)
        client.call(lab.LAB, 1, 0, xdr.encode_void, None, xdr.decode_void)
        assert calls.add(lab.Pair(20, 22)) == 42
        for size in (0, 2000, 8000, *([700_000] if transport != "udp" else [])):
            assert calls.fill(size) == b"x" * size
        assert calls.who() == 0
        someone = rpc.AuthSys(stamp=0, machine_name="lab", uid=1234, gid=5, gids=(6, 7))
        assert lab.LabV1Client(client.using(credentials=someone)).who() == 1234
        with pytest.raises(rpc.AuthenticationRefused) as refused:
            calls.refuse()
        assert refused.value.status == rpc.AuthStat.TOOWEAK
        with pytest.raises(rpc.ServiceFailed):
            calls.fail()
        with pytest.raises(rpc.ProcedureUnavailable):
            client.call(lab.LAB, 1, 77, xdr.encode_void, None, xdr.decode_void)
        with pytest.raises(rpc.ProgramMismatch) as mismatch:
            client.call(lab.LAB, 9, 1, xdr.encode_void, None, xdr.decode_void)
        assert (mismatch.value.low, mismatch.value.high) == (1, 1)
        with pytest.raises(rpc.ProgramUnavailable):
            client.call(lab.LAB + 1, 1, 1, xdr.encode_void, None, xdr.decode_void)
        later = [
            client.call_later(lab.LAB, 1, 1, lab.encode_pair, lab.Pair(number, 1), xdr.decode_int)
            for number in range(50)
        ]
        assert [each.result(PATIENCE) for each in later] == list(range(1, 51))
