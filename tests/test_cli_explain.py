"""``typedserver explain``: the tree of what a server is made of."""

from pathlib import Path

import pytest

from tests.cli import HANDLERS, ran, refusal_apart
from typedserver import Asyncio, Forks, Inline, Multiplexed, OnExecutor, ThreadPool, Threads
from typedserver.cli import explaining
from typedserver.cli.tree import WIDTH, Node, drawn

MORE = """
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import http.server
certificate = TLSConfig(certificate="certificate", key="key")
behind = Server(TLS(ProxyProtocol(TCP(port=443, host=""), ["10.0.0.0/8"]), certificate), upper,
                Bounded(Multiplexed(), 5), config=ServerConfig(limits=Limits(per_peer=3, over="refuse")))
words = Server(UnixStream("s"), Framed(Lines(), bytes.upper), Threads())
plainly = Server(Filtered(TCP(port=0), allow=["::/0"]), plain, ThreadPool())
old = Server(TCP(port=0), from_stdlib(OldStyle), OnExecutor(ThreadPoolExecutor()))
everything = Group([behind, words, plainly, old, Server(UDP(port=0), upper_datagram)])
watched = Server(TCP(port=0), upper, config=ServerConfig(observer=lambda event: None))
foreign = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS + MORE)
    return tmp_path


def explained(folder: Path, *arguments: str) -> str:
    ended = ran(folder, "explain", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_explain_shows_wrappers_from_the_outside_inwards(folder: Path) -> None:
    lines = [line.strip("│├└─ ") for line in explained(folder, "app:behind").splitlines()]
    pieces = [line.split()[0] for line in lines if line and not line.startswith("- ") and "  " in line]
    assert pieces == ["app:behind", "endpoint", "around", "around", "handler", "strategy", "strategy", "limits",
                      "deadlines", "observer"]  # fmt: skip
    assert "- Limits(per_peer=) counts the proxy's connections, not its clients'" in lines
    assert "- what is beyond them is closed at once" in lines
    assert "- other machines can reach it, at all interfaces" in lines
    assert "- at most 5 requests at once: further clients wait in the kernel's queue" in lines


def test_explain_says_what_each_kind_of_handler_is(folder: Path) -> None:
    said = explained(folder, "app:everything")
    for each in (
        "a coroutine, which every strategy serves",
        "a function of messages; 64 replies may be outstanding on a connection",
        "a function of (request, client_address, server), which this library does not look into",
        "a class of the standard library: it blocks, so Multiplexed and Asyncio cannot serve it",
        "it answers datagrams",
    ):
        assert f"- {each}" in said


def test_explain_binds_nothing_and_takes_what_serve_takes(folder: Path) -> None:
    said = explained(folder, "app:upper", "--listen", "unix:s", "--processes", "2", "--limit-per-peer", "7")
    assert said.startswith("app:upper  a Prefork of 2 processes\n")
    assert "per_peer 7" in said
    assert not (folder / "s").exists()


def test_explain_knows_observers_and_servers_of_others(folder: Path) -> None:
    assert "it is called for each request, in the thread that serves it, so it must not wait" in explained(
        folder, "app:watched"
    )
    assert "no deadline, limit or drain of this library holds" in explained(folder, "app:foreign")


def test_explain_refuses_what_serve_refuses(folder: Path) -> None:
    assert "'app:upper' is no server" in refusal_apart(folder, "explain", "app:upper")


def test_explain_lines_are_no_wider_than_the_help(folder: Path) -> None:
    assert max(map(len, explained(folder, "app:everything").splitlines())) <= WIDTH


@pytest.mark.parametrize("strategy", [Inline, Threads, ThreadPool, OnExecutor, Multiplexed, Asyncio, Forks])
def test_explain_says_what_each_strategy_costs(strategy: type) -> None:
    assert explaining.COSTS[strategy]


def test_tree_is_drawn_with_a_stem_for_each_branch_that_follows() -> None:
    tree = Node("a", "root", ["first", "second"], [Node("b", "one", ["note"], [Node("c", "leaf")]), Node("d", "two")])
    assert list(drawn(tree)) == [
        "a  root",
        "│  - first",
        "│  - second",
        "├─ b          one",
        "│  │  - note",
        "│  └─ c          leaf",
        "└─ d          two",
    ]
