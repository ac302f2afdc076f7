"""Two scanners look at a server of TLS: testssl.sh, of Debian, and sslyze, which has an environment of its own."""

import json
import os
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from tests.running import running
from tests.tls_files import files
from typedserver import TCP, TLS, Server, Threads, TLSConfig, from_stdlib

ROOT: Final = Path(__file__).parents[2]

# sslyze needs a release of cryptography of its own choice: ``make scanners`` installs it here.
SCANNERS: Final = Path(os.environ.get("SCANNERS_VENV", ROOT / ".venv-scanners"))

# Seconds: testssl.sh has taken 74 on an idle machine.
PATIENCE: Final = 600

# What is known: Python before 3.15 can name one curve or all of OpenSSL's (docs/security.md); and who has signed the
# certificate of the tests, for how long, and that nobody can be asked whether it was withdrawn.
KNOWN: Final = {"tls_curves", "certificate_path_validation", "certificate_lifespan", "maximum_certificate_lifespan"}

# What testssl.sh warns of that is no matter of the server: the machine's own `openssl` can speak no GOST.
OF_THE_SCANNER: Final = {"engine_problem"}


class Hello(BaseHTTPRequestHandler):
    """Answers what the scanners ask by HTTP."""

    protocol_version = "HTTP/1.1"

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: they ask hundreds of times."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"hello\n")


@contextmanager
def served(folder: Path) -> Generator[str, None, None]:
    files(folder)
    config = TLSConfig(certificate=folder / "certificate", key=folder / "key", alpn=["http/1.1"])
    with running(Server(TLS(TCP(port=0), config), from_stdlib(Hello), Threads())) as run:
        yield f"localhost:{run.server.server_address[1]}"


@pytest.mark.slow
def test_testssl_finds_nothing_of_weight(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    with served(tmp_path) as address:
        command = ["testssl", "--quiet", "--warnings", "off", "--color", "0", "--jsonfile", str(found)]
        # Protocols, ciphers by kind, the server's order, forward secrecy, vulnerabilities.
        subprocess.run(
            [*command, "-p", "-s", "-P", "-f", "-U", address], check=False, timeout=PATIENCE, capture_output=True
        )
    findings = json.loads(found.read_text())
    names = {finding["id"] for finding in findings}
    assert {"TLS1_2", "TLS1_3", "SSLv3", "heartbleed", "ROBOT", "BEAST", "LUCKY13"} <= names
    heavy = [finding for finding in findings if finding["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL", "WARN")]
    assert [finding for finding in heavy if finding["id"] not in OF_THE_SCANNER] == []


@pytest.mark.slow
def test_sslyze_finds_what_mozilla_calls_intermediate(tmp_path: Path) -> None:
    sslyze = SCANNERS / "bin" / "sslyze"
    assert sslyze.exists(), "install the scanners by `make scanners`"
    with served(tmp_path) as address:
        scan = subprocess.run(
            [sslyze, "--mozilla_config=intermediate", address],
            check=False,
            timeout=PATIENCE,
            capture_output=True,
            text=True,
        )
    assert "COMPLIANCE AGAINST TLS CONFIGURATION" in scan.stdout
    broken = dict(re.findall(r"^\s+\* (\w+): (.*)$", scan.stdout.partition("COMPLIANCE")[2], re.MULTILINE))
    assert broken.keys() <= KNOWN, broken
    assert "secp256k1" not in broken.get("tls_curves", "")
