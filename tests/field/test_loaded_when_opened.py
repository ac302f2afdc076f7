"""What a running server needs is loaded when it is opened: after that, the program may go where nothing can be loaded.

It goes to another root, gives up the right to read the interpreter's files, or has its installation replaced.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A program that serves and ends, in which every import after the opening is noted and refused.
PROGRAM = """
import asyncio, encodings.idna, logging, os, signal, socket, sys, threading
import uvloop
from typedserver import *

which, loop, *root = sys.argv[1:]
logging.basicConfig(stream=open(os.devnull, "w"), level=logging.DEBUG)

@stream_handler
async def handle(stream):
    async for line in stream:
        if line == b"fail\\n":
            raise ValueError("in a handler")
        if line == b"sleep\\n":
            await sleep(0.001)
        if line == b"block\\n":
            await run_blocking(lambda: None)
        if line == b"wait\\n":
            await sleep(100)
        await stream.write(line)

factory = {"own": None, "asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}[loop]
config = ServerConfig() if factory is None or which == "Asyncio" else ServerConfig(reactor_factory=factory)
strategy = Asyncio(loop_factory=factory or asyncio.new_event_loop) if which == "Asyncio" else globals()[which]()
server = Server(TCP(port=0, host="::", dual_stack=True), handle, strategy, config=config)
server.open()
port = server.server_address[1]
missed = []

class Refusing:
    def find_spec(self, name, path=None, target=None):
        missed.append(name)
        raise ImportError(name)

sys.meta_path.insert(0, Refusing())
if root:
    os.chroot(root[0])
    os.chdir("/")
    os.setuid(65534)

def ask():
    for line in (b"x\\n", b"sleep\\n", b"block\\n", b"fail\\n"):
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(line)
            if client.recv(100) != (b"" if line == b"fail\\n" else line):
                missed.append(f"no answer to {line!r}")
    if which != "Inline":
        client = socket.create_connection(("127.0.0.1", port), 10)
        client.sendall(b"wait\\n")
    os.kill(os.getpid(), signal.SIGTERM)

server.run(deadline=0.1, ready=threading.Thread(target=ask, daemon=True).start)
os.write(1, " ".join(missed).encode() or b"nothing")
os._exit(0)
"""

COMBINATIONS = [
    *((strategy, "own") for strategy in ("Inline", "Threads", "ThreadPool", "Multiplexed", "Forks", "Asyncio")),
    ("Multiplexed", "asyncio"),
    ("Asyncio", "uvloop"),
]


def missed(*arguments: str) -> str:
    program = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    return program.stdout or program.stderr


@pytest.mark.parametrize(("strategy", "loop"), COMBINATIONS)
def test_running_server_imports_nothing(strategy: str, loop: str) -> None:
    assert missed(strategy, loop) == "nothing"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may go to another root")
@pytest.mark.parametrize("strategy", ["Threads", "Multiplexed", "Asyncio"])
def test_server_answers_in_an_empty_root(strategy: str, tmp_path: Path) -> None:
    assert missed(strategy, "own", str(tmp_path)) == "nothing"
