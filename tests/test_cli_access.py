"""TLS, proxies, limits and deadlines by options: real processes, and clients that keep to them or not."""

import ssl
from pathlib import Path

import pytest

from tests.cli import HANDLERS, program, ran, refusal
from tests.running import PATIENCE, ask, connect
from tests.tls import client_context
from tests.tls_files import files

ANYWHERE = "tcp://127.0.0.1:0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files(tmp_path)
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def encrypted(port: int, data: bytes) -> bytes:
    with client_context().wrap_socket(connect(("127.0.0.1", port)), server_hostname="localhost") as client:
        client.sendall(data)
        return client.recv(1000)


def test_tls_options_encrypt_connections_and_leave_datagrams(folder: Path) -> None:
    arguments = ["app:upper", "--listen", ANYWHERE, "--tls-certificate", "certificate", "--tls-key", "key"]
    with program(folder, *arguments) as served:
        line = served.line()
        assert "try: openssl s_client" in line
        assert encrypted(int(line.rpartition(":")[2]), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


def test_tls_key_may_stand_in_the_file_of_the_certificate(folder: Path) -> None:
    (folder / "both.pem").write_bytes((folder / "certificate").read_bytes() + (folder / "key").read_bytes())
    with program(folder, "app:upper", "--listen", ANYWHERE, "--tls-certificate", "both.pem") as served:
        assert encrypted(int(served.line().rpartition(":")[2]), b"hello\n") == b"HELLO\n"
        assert served.end() == ""


def test_tls_client_ca_turns_away_who_has_no_certificate(folder: Path) -> None:
    tls = ["--tls-certificate", "certificate", "--tls-key", "key", "--tls-client-ca", "certificate"]
    with program(folder, "app:upper", "--listen", ANYWHERE, *tls) as served:
        port = int(served.line().rpartition(":")[2])
        with pytest.raises((ssl.SSLError, OSError)):
            assert encrypted(port, b"hello\n") != b""
        assert served.end() == ""


def test_proxy_from_believes_the_proxy_whose_client_it_is(folder: Path) -> None:
    with program(folder, "app:who", "--listen", ANYWHERE, "--proxy-from", "127.0.0.1") as served:
        header = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"
        assert ask(("127.0.0.1", served.port()), header) == b"('192.0.2.1', 56324)\n"
        assert served.end() == ""


def test_limit_of_connections_refuses_the_next_one(folder: Path) -> None:
    limits = ["--limit-connections", "1", "--limit-over", "refuse"]
    with program(folder, "app:upper", "--listen", ANYWHERE, *limits) as served:
        address = ("127.0.0.1", served.port())
        with connect(address) as first:
            first.sendall(b"first\n")
            assert first.recv(100) == b"FIRST\n"
            with connect(address) as second:
                assert second.recv(100) == b""
        assert served.end() == ""


def test_deadline_of_a_read_ends_a_silent_connection(folder: Path) -> None:
    with program(folder, "app:upper", "--listen", ANYWHERE, "--deadline-read", "0.2") as served:
        with connect(("127.0.0.1", served.port())) as client:
            client.settimeout(PATIENCE)
            assert client.recv(100) == b""
        assert "was given up" in served.end()


def test_check_loads_the_certificate(folder: Path) -> None:
    tls = ["--tls-certificate", "certificate", "--tls-key"]
    checked = ran(folder, "--check", "app:upper", "--listen", ANYWHERE, *tls, "key")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "other.key" in refusal(folder, "--check", "app:upper", "--listen", ANYWHERE, *tls, "other.key")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", ANYWHERE, "--tls-key", "key"], "--tls-key is of no use without --tls-certificate"),
        (["--listen", ANYWHERE, "--tls-client-ca", "key"], "--tls-client-ca is of no use without --tls-certificate"),
        (["--listen", ANYWHERE, "--tls-certificate", "none.pem"], "none.pem"),
        (["--listen", ANYWHERE, "--proxy-from", "192.0.2.1/24"], "is no address and no network (192.0.2.1/24 has host"),
        (["--listen", ANYWHERE, "--limit-over", "wait"], "argument --limit-over: 'wait' is neither pause nor refuse"),
        (["--listen", ANYWHERE, "--limit-rate", "fast"], "'fast' is no number above 0, nor 'none' for no limit"),
        (["--listen", ANYWHERE, "--deadline-read", "0"], "'0' is no number of seconds above 0, nor 'none'"),
    ],
)
def test_access_options_that_cannot_work_are_refused(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, "app:upper", *arguments)


@pytest.mark.parametrize("option", [["--tls-certificate", "certificate", "--tls-key", "key"], ["--proxy-from", "::1"]])
def test_access_options_need_connections(option: list[str], folder: Path) -> None:
    said = refusal(folder, "app:upper_datagram", "--listen", "udp://127.0.0.1:0", *option)
    assert f"{option[0]} is for connections, and no --listen is for these" in said
