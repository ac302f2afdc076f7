"""The examples in the standard library's style print the same bytes with its module and with ours."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
OURS = "import typedserver.compat as socketserver\n"
THEIRS = "import socketserver\n"

# Appended to an example: it then serves itself and sends as many requests as its server answers.
_SERVE = """
    import threading
    with make_server() as server:
        loop = threading.Thread(target=server.serve_forever)
        loop.start()
        host, port = server.socket.getsockname()
        {ask}
        server.shutdown()
        loop.join()
"""

_ASK = {
    "stdlib_tcp": 'ask(host, port, "hello world with TCP"); ask(host, port, "python is nice")',
    "stdlib_udp": 'ask(host, port, "hello world with UDP"); ask(host, port, "python is nice")',
    "stdlib_stream": """
        import socket
        with socket.create_connection((host, port)) as sock, sock.makefile("rb") as answers:
            for piece in (b"hel", b"lo\\nwor", b"ld\\n\\n"):
                sock.sendall(piece)
            print(*answers)
    """.strip(),
    "stdlib_threading": "",
}


def source(name: str) -> str:
    text = (EXAMPLES / f"{name}.py").read_text()
    assert text.count(OURS) == 1
    return text


def printed_by(text: str, folder: Path) -> bytes:
    (folder / "program.py").write_text(text)
    ran = subprocess.run([sys.executable, "-u", "program.py"], cwd=folder, capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stderr == b""
    return ran.stdout


@pytest.mark.parametrize("name", _ASK)
def test_example_prints_the_same_with_either_module(name: str, tmp_path: Path) -> None:
    text = source(name)
    if _ASK[name]:
        head, main, _ = text.partition('if __name__ == "__main__":')
        text = head + main + _SERVE.format(ask=_ASK[name])
    ours = printed_by(text, tmp_path)
    assert ours == printed_by(text.replace(OURS, THEIRS), tmp_path)
    assert len(ours.splitlines()) >= 3


@pytest.mark.parametrize("name", ["stdlib_tcp", "stdlib_udp"])
def test_example_serves_and_asks_from_the_command_line(name: str) -> None:
    command = [sys.executable, "-u", str(EXAMPLES / f"{name}.py")]
    with subprocess.Popen([*command, "serve", "127.0.0.1", "0"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            port = server.stdout.readline().split()[-1].decode()
            ask = [*command, "ask", "127.0.0.1", port, "two", "words"]
            answered = subprocess.run(ask, capture_output=True, check=True, timeout=20).stdout
        finally:
            server.terminate()
    assert answered == b"Sent:     two words\nReceived: TWO WORDS\n"
