"""Servers of others that the tests bring up: a process in a temporary folder of its own, on a Unix socket alone.

It knows processes, not what they serve; tests/postgresql.py and tests/redis_server.py do.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self

# Seconds; longer than any of them takes on a loaded machine.
_PATIENCE: Final = 30.0

_BETWEEN_LOOKS: Final = 0.01


class ForeignServerError(AssertionError):
    """A server did not start, or has ended; the message has the end of its log."""


class ForeignServer:
    """A foreign server's process, from ``start`` to ``stop``; it may be started again, with what it has stored.

    user: who runs it if we are root; else we run it ourselves.
    """

    def __init__(self, name: str, user: str | None = None) -> None:
        self._name = name
        self._user = user if os.getuid() == 0 else None
        # Not pytest's folder: its path may be too long for a Unix socket.
        self.folder = Path(tempfile.mkdtemp(prefix=f"typedserver-{name}-"))
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process, for tests that look at it or stop it with a signal."""
        assert self._process is not None
        return self._process.pid

    def _as_user(self, command: Sequence[str], *options: str) -> list[str]:
        if self._user is not None:
            options = (*options, "--reuid", self._user, "--regid", self._user, "--init-groups")
        return ["setpriv", *options, "--", *command]

    def run(self, command: Sequence[str]) -> None:
        """Run a program of the server's to its end; raises ForeignServerError with what it said."""
        done = subprocess.run(
            self._as_user(command, "--no-new-privs"), capture_output=True, text=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise ForeignServerError(f"{command[0]} ended with status {done.returncode}: {done.stdout}{done.stderr}")

    def start(self, command: Sequence[str], is_ready: Callable[[], bool]) -> None:
        """Start the server and wait until it serves."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                # If a test run is killed, nobody else ends its servers.
                self._as_user(command, "--pdeathsig", "QUIT"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # Not the terminal's: ctrl-C is for the tests, which then stop their servers.
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ForeignServerError(
                    f"{self._name} does not serve: {self._log.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(_BETWEEN_LOOKS)

    def stop(self, number: signal.Signals) -> None:
        """End it with a signal; nothing happens if it does not run."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise ForeignServerError(f"{self._name} did not end at {number.name}") from None
        finally:
            self._process = None

    def close(self) -> None:
        """End it and remove all that it has stored."""
        try:
            self.stop(signal.SIGQUIT)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
