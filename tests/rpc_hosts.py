"""A host of its own for rpcbind: a program that runs one scenario in namespaces of network and files.

``in_host_of_its_own`` starts it by unshare(1), so that port 111 and /run are nobody's but its own. As root it needs
nothing more; else the kernel must allow namespaces of users. Where it does not, this host serves, if it has no rpcbind.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.running import PATIENCE, running
from typedserver import TCP, UDP, Server, UnixStream, inet_address
from typedserver.rpc import (
    AuthenticationRefused,
    Program,
    RPCTimedOut,
    TCPClient,
    UDPClient,
    UnixClient,
    Version,
    datagram_handler,
    stream_handler,
    xdr,
)
from typedserver.rpc.client_faces import BlockingClient
from typedserver.rpc.registration import RPCBIND_SOCKET, registered
from typedserver.rpc.rpcbind_protocol import (
    CallArgs,
    Mapping,
    PortmapV2Client,
    Rpcb,
    RpcbindV3Client,
    RpcbindV4Client,
)

PROGRAM: Final = 0x20000001

# In the environment of a scenario that has no host of its own.
_SHARED: Final = "RPC_HOST_IS_SHARED"

# The ioctl that sets what an interface does, and that it does (netdevice(7)).
_SIOCSIFFLAGS: Final = 0x8914
_UP: Final = 0x1 | 0x40


def in_host_of_its_own(scenario: str, module: str = __name__) -> subprocess.CompletedProcess[str]:
    """Run a scenario of a module and return its end; raises TimeoutExpired if it hangs.

    Where the kernel allows no namespaces it is run on this host, and no two at a time.
    """
    apart = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid():
        apart.append("--map-root-user")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0:
        return _run(*apart, sys.executable, "-m", module, scenario)
    with open(Path(tempfile.gettempdir()) / "typedserver-rpcbind.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _run("env", f"{_SHARED}=yes", sys.executable, "-m", module, scenario)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )


def begin_host() -> None:
    """Give the host its loopback, and a /run of its own, if it is one of its own."""
    if os.environ.get(_SHARED):
        print("this host allows no namespaces: its own port 111 and /run/rpcbind.sock are used", flush=True)
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _UP))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)


@contextmanager
def _started(*command: str) -> Generator[None, None, None]:
    program = subprocess.Popen(command)
    try:
        _until(_answers)
        yield
    finally:
        program.terminate()
        program.wait(PATIENCE)


def _answers() -> bool:
    try:
        with UnixClient(RPCBIND_SOCKET, timeout=1) as client:
            RpcbindV4Client(client).null()
    except OSError:
        return False
    return True


def debian() -> AbstractContextManager[None]:
    """Start Debian's rpcbind."""
    return _started("/usr/sbin/rpcbind", "-f")


def ours() -> AbstractContextManager[None]:
    """Start the rpcbind of this library, as a program."""
    return _started(sys.executable, "-m", "typedserver.rpc.rpcbind", "--host", "::")


def _until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rpcinfo(*arguments: str, status: int = 0) -> list[list[str]]:
    """Run rpcinfo(8), and return the words of each line."""
    made = subprocess.run(
        ["/usr/sbin/rpcinfo", *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    print("rpcinfo", *arguments, "->", made.returncode, made.stdout, made.stderr, sep="\n", flush=True)
    assert made.returncode == status
    return [line.split() for line in made.stdout.splitlines()]


@contextmanager
def _serving() -> Generator[tuple[Program, list[Server[Any, Any]]], None, None]:
    program = Version[object]("TEST", PROGRAM, 1, {}).served_by(object())
    servers: list[Server[Any, Any]] = [
        Server(TCP(host="::", port=0, dual_stack=True), stream_handler(program)),
        Server(UDP(host="", port=0), datagram_handler(program)),
        Server(UnixStream("/run/test.sock"), stream_handler(program)),
    ]
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(running(server))
        yield program, servers


def _registered(*, anew: Callable[[], AbstractContextManager[None]]) -> None:
    """What registered() does is seen by rpcinfo and found by clients, also when rpcbind is started again."""
    number = str(PROGRAM)
    with _serving() as (program, servers), ExitStack() as stack:
        with anew():
            stack.enter_context(registered([program], servers))
            _is_found(servers)
        assert not _answers()
        with anew():
            _until(lambda: [number, "1", "tcp"] in [line[:3] for line in rpcinfo("-p")])
            _is_found(servers)
            servers[0].request_drain()
            _until(lambda: number not in [line[0] for line in rpcinfo("-s")])
            stack.close()


def _is_found(servers: list[Server[Any, Any]]) -> None:
    number = str(PROGRAM)
    lines = rpcinfo("-p")
    for transport, server in zip(("tcp", "udp"), servers, strict=False):
        assert [number, "1", transport, str(inet_address(server)[1])] in [line[:4] for line in lines]
    (line,) = (line for line in rpcinfo("-s") if line[0] == number)
    assert set(line[2].split(",")) == {"tcp", "tcp6", "udp", "local"}
    assert line[-1] == "superuser"
    ready = [f"program {number} version 1 ready and waiting".split()]
    assert rpcinfo("-t", "127.0.0.1", number) == ready
    assert rpcinfo("-u", "127.0.0.1", number) == ready
    assert rpcinfo("-u", "127.0.0.1", number, "1") == ready
    assert rpcinfo("-T", "tcp", "127.0.0.1", number) == ready
    assert rpcinfo("-T", "udp", "127.0.0.1", number, "1") == ready
    assert rpcinfo("-T", "tcp6", "::1", number, "1") == ready
    assert rpcinfo("-T", "local", "localhost", number, "1") == ready
    rpcinfo("-t", "127.0.0.1", number, "2", status=1)
    rpcinfo("-t", "127.0.0.1", str(PROGRAM + 1), status=1)
    for client in (TCPClient("localhost"), TCPClient("::1"), UDPClient("127.0.0.1"), UDPClient("localhost")):
        with client:
            client.call(PROGRAM, 1, 0, xdr.encode_void, None, xdr.decode_void)


def _procedures(*, passes_on: type[Exception]) -> None:
    """Every procedure of every version answers over every transport."""
    clients: list[BlockingClient] = [
        UnixClient(RPCBIND_SOCKET, timeout=2),
        TCPClient("127.0.0.1", 111, timeout=2),
        UDPClient("127.0.0.1", 111, timeout=2),
    ]
    for client in clients:
        with client:
            second, third, fourth = PortmapV2Client(client), RpcbindV3Client(client), RpcbindV4Client(client)
            second.null()
            third.null()
            fourth.null()
            entry = Rpcb(PROGRAM, 7, "tcp", "127.0.0.1.8.1", "superuser")
            local = client is clients[0]
            assert fourth.set(entry)
            assert fourth.set(entry)
            assert not third.set(Rpcb(PROGRAM, 7, "tcp", "127.0.0.1.8.2", "superuser"))
            assert second.getport(Mapping(PROGRAM, 7, 6, 0)) == 2049
            assert entry.r_addr in [each.rpcb_map.r_addr for each in third.dump()]
            assert entry.r_addr in [each.rpcb_map.r_addr for each in fourth.dump()]
            assert 2049 in [each.map.port for each in second.dump()]
            if client is clients[1]:
                assert third.getaddr(entry) == fourth.getaddr(entry) == entry.r_addr
                assert fourth.getversaddr(entry) == entry.r_addr
            if not local:
                assert entry.r_addr in [each.rpcb_entry_map.r_maddr for each in fourth.getaddrlist(entry)]
                assert third.taddr2uaddr(third.uaddr2taddr(entry.r_addr)) == entry.r_addr
            assert abs(third.gettime() - time.time()) < 60
            assert abs(fourth.gettime() - time.time()) < 60
            assert len(fourth.getstat()) == 3
            assert fourth.unset(entry)
            assert fourth.unset(entry)
            assert second.set(Mapping(PROGRAM, 8, 17, 2049))
            assert second.unset(Mapping(PROGRAM, 8, 0, 0))
            try:
                second.callit(CallArgs(100000, 2, 0, b""))
            except passes_on as error:
                print(repr(error))
            else:
                raise AssertionError("it passes calls on")


def debian_registered() -> None:
    """registered() with Debian's rpcbind."""
    _registered(anew=debian)


def ours_registered() -> None:
    """registered() with the rpcbind of this library."""
    _registered(anew=ours)


def debian_procedures() -> None:
    """All procedures of Debian's rpcbind."""
    with debian():
        # Whoever calls on behalf of others hears nothing, as RFC 1833 has it.
        _procedures(passes_on=RPCTimedOut)


def ours_procedures() -> None:
    """All procedures of the rpcbind of this library, and all that rpcinfo asks it."""
    with ours():
        _procedures(passes_on=AuthenticationRefused)
        for arguments in ((), ("-m",), ("-l", "127.0.0.1", "100000", "4"), ("-p", "127.0.0.1"), ("-s", "127.0.0.1")):
            assert rpcinfo(*arguments)
        for transport in ("tcp", "udp"):
            assert len(rpcinfo("-T", transport, "127.0.0.1", "100000")) == 3
        assert len(rpcinfo("-T", "local", "localhost", "100000")) == 3
        with UnixClient(RPCBIND_SOCKET) as client:
            assert RpcbindV4Client(client).set(Rpcb(PROGRAM, 1, "tcp", "127.0.0.1.8.1", ""))
        rpcinfo("-d", str(PROGRAM), "1")
        assert not [line for line in rpcinfo() if line[0] == str(PROGRAM)]


SCENARIOS: Final[dict[str, Callable[[], None]]] = {
    each.__name__: each for each in (debian_registered, ours_registered, debian_procedures, ours_procedures)
}


def main() -> None:
    """Run the scenario that is named."""
    begin_host()
    SCENARIOS[sys.argv[1]]()
    assert threading.active_count() == 1
    assert not Path("/run/test.sock").exists()


if __name__ == "__main__":
    main()
