"""``typedserver serve``: real processes that serve servers, factories and handlers."""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli import HANDLERS, program, ran, refusal
from tests.running import ask, ask_datagram
from typedserver import Asyncio, Bounded, Forks, Inline, Multiplexed, OnExecutor, ThreadPool, Threads
from typedserver.cli.strategies import AnyStrategy, strategy_of

ANYWHERE = "tcp://127.0.0.1:0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["app:server"],
        ["serve", "app:server"],
        ["--factory", "app:make"],
        ["app:make_handler", "--factory", "--listen", ANYWHERE],
        ["app:upper", "--listen", ANYWHERE],
        ["app:plain", "--listen", ANYWHERE],
        ["app:OldStyle", "--listen", ANYWHERE],
        ["app:server", "--processes", "2"],
        ["app:prefork"],
    ],
    ids=" ".join,
)
def test_serve_runs_servers_factories_and_handlers(arguments: list[str], folder: Path) -> None:
    with program(folder, *arguments) as served:
        assert ask(("127.0.0.1", served.port()), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


STRATEGIES = [
    "inline",
    "threads",
    "thread-pool:3",
    "on-executor:pool:executor",
    "multiplexed",
    "asyncio",
    "asyncio:uvloop",
    "forks:4",
    "bounded:3:multiplexed",
    "prefork:2:multiplexed",
]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_serve_runs_a_handler_by_each_strategy(strategy: str, folder: Path) -> None:
    (folder / "pool.py").write_text(
        "from concurrent.futures import ThreadPoolExecutor\nexecutor = ThreadPoolExecutor(2)\n"
    )
    with program(folder, "app:upper", "--listen", ANYWHERE, "--strategy", strategy) as served:
        assert ask(("127.0.0.1", served.port()), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("inline", Inline()),
        ("threads", Threads()),
        ("thread-pool", ThreadPool()),
        ("thread-pool:7", ThreadPool(workers=7)),
        ("thread-pool:7:0", ThreadPool(workers=7, queue=0)),
        ("multiplexed", Multiplexed()),
        ("multiplexed:3", Multiplexed(threads=3)),
        ("asyncio", Asyncio()),
        ("forks", Forks()),
        ("forks:3", Forks(max_children=3)),
        ("bounded:5", Bounded(Threads(), 5)),
        ("bounded:5:bounded:6:inline", Bounded(Bounded(Inline(), 6), 5)),
        ("prefork:5:inline", Inline()),
    ],
)
def test_strategy_is_made_by_its_name(name: str, strategy: AnyStrategy) -> None:
    assert strategy_of(name).make() == strategy


def test_strategy_on_an_executor_takes_it_from_a_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "executors.py").write_text("from concurrent.futures import ThreadPoolExecutor as T\nmine = T(1)\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    made = strategy_of("on-executor:executors:mine").make()
    assert isinstance(made, OnExecutor)
    assert isinstance(made.executor, ThreadPoolExecutor)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fast", "'fast' is no strategy: give one of inline, threads, thread-pool, on-executor, multiplexed, asyncio"),
        ("threads:4", "has '4' behind the name, where this strategy takes nothing"),
        ("thread-pool:0", "has '0' where a number from 1 on must stand"),
        ("thread-pool:4:x", "has 'x' where a number from 0 on must stand"),
        ("on-executor", "names no executor: write on-executor:module:attribute"),
        ("asyncio:trio", "has 'trio' behind the name: write asyncio, or asyncio:uvloop"),
        ("bounded", "has '' where a number from 1 on must stand"),
        ("bounded:4:prefork:2", "bounds processes: write prefork:2:bounded:4"),
        ("prefork:4:prefork:2", "forks workers in workers: write prefork:4 once"),
    ],
)
def test_strategy_that_is_none_is_refused_with_the_remedy(name: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        strategy_of(name)
    assert message in str(refused.value)


def test_serve_listens_at_several_addresses(folder: Path) -> None:
    arguments = ["app:upper", "--listen", ANYWHERE, "--listen", "tcp://[::1]:0", "--listen", "unix:chat.sock"]
    with program(folder, *arguments) as served:
        assert ask(("127.0.0.1", served.port()), b"a\n") == b"A\n"
        assert ask(("::1", served.port()), b"b\n") == b"B\n"
        assert served.line() == "listening on chat.sock                 try: nc -U chat.sock"
        assert ask(str(folder / "chat.sock"), b"c\n") == b"C\n"
        assert served.end() == ""
    assert not (folder / "chat.sock").exists()


def test_serve_answers_datagrams(folder: Path) -> None:
    with program(folder, "app:upper_datagram", "--listen", "udp://127.0.0.1:0") as served:
        assert ask_datagram(("127.0.0.1", served.port()), b"hello") == b"HELLO"
        assert served.end() == ""


def test_serve_takes_a_socket_that_it_was_passed(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        number = passed.fileno()
        with program(folder, "app:upper", "--listen", f"fd://{number}", pass_fds=(number,)) as served:
            assert served.port() == passed.getsockname()[1]
            assert ask(passed.getsockname(), b"hello\n") == b"HELLO\n"
            assert served.end() == ""


def test_serve_does_what_a_config_file_says(folder: Path) -> None:
    (folder / "server.toml").write_text(f'app = "app:upper"\nlisten = "{ANYWHERE}"\nstrategy = "multiplexed"\n')
    with program(folder, "--config", "server.toml") as served:
        assert ask(("127.0.0.1", served.port()), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["app:upper"], "'app:upper' is no server, but "),
        (["app:make"], "if it returns a server, give --factory"),
        (
            ["app:server", "--listen", ANYWHERE, "--strategy", "threads"],
            "'app:server' is a Server, which says by itself where and how it serves: leave out --listen, --strategy",
        ),
        (["--factory", "app:server"], "--factory calls 'app:server', and that is"),
        (["app:prefork", "--processes", "2"], "--processes 2: Prefork cannot fork what forks workers itself"),
        (
            ["app:upper", "--listen", ANYWHERE, "--strategy", "prefork:2", "--processes", "3"],
            "--strategy prefork:2 asks for 2 processes, and --processes for 3: leave one out",
        ),
        (["app:plain", "--listen", ANYWHERE, "--strategy", "on-executor:app:server"], "is no executor"),
        (["app:upper_datagram", "--listen", ANYWHERE], "answers datagrams, and TCP(port=0) gives connections"),
        (["app:upper", "--listen", "udp://127.0.0.1:0"], "answers connections, and UDP(port=0) gives datagrams"),
        (["app:OldStyle", "--listen", ANYWHERE, "--strategy", "multiplexed"], "needs handlers that are coroutines"),
    ],
)
def test_serve_refuses_what_does_not_fit(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, *arguments)


def test_check_says_what_would_be_done_and_binds_nothing(folder: Path) -> None:
    arguments = ["serve", "--check", "app:upper", "--listen", "unix:chat.sock", "--listen", "tcp://127.0.0.1:9"]
    # Port 9 is not needed, and the folder need not take the socket's file.
    checked = ran(folder, *arguments)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.splitlines()[:3] == [
        "app:upper would serve",
        "  Server(UnixStream(path='chat.sock'), upper, Threads())",
        "  Server(TCP(port=9), upper, Threads())",
    ]
    assert not (folder / "chat.sock").exists()


def test_check_finds_what_a_start_would_refuse(folder: Path) -> None:
    assert "there is no module 'nothing'" in refusal(folder, "--check", "nothing:server")
