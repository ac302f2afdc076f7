"""The old-style server of the examples: http.server with TLS, asked by curl and by who may not come."""

import socket
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from examples.old_style_tls import Server

from tests.running import PATIENCE
from tests.tls_files import files


def test_http_server_with_mixins_serves_its_folder_by_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path)
    (tmp_path / "certificate").rename(tmp_path / "cert.pem")
    (tmp_path / "key").rename(tmp_path / "key.pem")
    (tmp_path / "hello.txt").write_text("hello by TLS\n")
    monkeypatch.chdir(tmp_path)
    with Server(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            port = server.server_address[1]
            # It says nothing, in a thread of its own.
            with socket.create_connection(("127.0.0.1", port)):
                asked = subprocess.run(
                    ["curl", "-sk", f"https://127.0.0.1:{port}/hello.txt"],
                    capture_output=True,
                    check=True,
                    timeout=PATIENCE,
                )
                assert asked.stdout == b"hello by TLS\n"
        finally:
            server.shutdown()
            serving.join()
