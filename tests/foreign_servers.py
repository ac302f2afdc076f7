"""Servers of others that the tests bring up: a process in a temporary folder of its own, on a Unix socket alone.

It knows processes, not what they serve; tests/postgresql.py and tests/redis_server.py do.
"""

import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

# Seconds; longer than any of them takes on a loaded machine.
_PATIENCE: Final = 30.0

_BETWEEN_LOOKS: Final = 0.01

# Starts a server and ends when it has ended. It reads from the tests by which signal to end it: by SIGQUIT if they are
# gone without a word, because nobody else would. It writes the server's pid; the end of what it writes is its own.
# What a shell leaves would ignore SIGINT and SIGQUIT.
_KEEPER: Final = """
exec 3<&0 4>&1 </dev/null >&2
env --default-signal "$@" 3<&- 4>&- & server=$!
echo $server >&4
{ read number <&3 || number=QUIT; kill -$number $server; } 4>&- & orders=$!
wait $server
kill $orders
"""


class ForeignServerError(AssertionError):
    """A server did not start, or has ended; the message has the end of its log."""


class ForeignServer:
    """A foreign server's process, from ``start`` to ``stop``; it may be started again, with what it has stored.

    It is no child of this process: tests count its children, and the library looks whether there are any.

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
        # While it runs: its pid, what its keeper hears orders by, and what says that it has ended.
        self._running: tuple[int, int, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process, for tests that look at it or stop it with a signal."""
        assert self._running is not None
        return self._running[0]

    def _as_user(self, command: Sequence[str]) -> list[str]:
        options = ["--no-new-privs"]
        if self._user is not None:
            options += ["--reuid", self._user, "--regid", self._user, "--init-groups"]
        return ["setpriv", *options, "--", *command]

    def run(self, command: Sequence[str]) -> None:
        """Run a program of the server's to its end; raises ForeignServerError with what it said."""
        done = subprocess.run(self._as_user(command), capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise ForeignServerError(f"{command[0]} ended with status {done.returncode}: {done.stdout}{done.stderr}")

    def start(self, command: Sequence[str], is_ready: Callable[[], bool]) -> None:
        """Start the server and wait until it serves."""
        orders, order = os.pipe()
        over, says = os.pipe()
        try:
            # This shell ends at once, and leaves the keeper to nobody. By itself it would give it /dev/null to read.
            leave = ["sh", "-c", 'exec 3<&0; (exec sh -c "$@") <&3 &', "sh", _KEEPER, "sh"]
            with self._log.open("ab") as log:
                subprocess.run(
                    [*leave, *self._as_user(command)],
                    stdin=orders,
                    stdout=says,
                    stderr=log,
                    cwd=self.folder,
                    # Not the terminal's: ctrl-C is for the tests, which then stop their servers.
                    start_new_session=True,
                    check=True,
                )
        finally:
            os.close(orders)
            os.close(says)
        self._running = int(os.read(over, 20)), order, over
        deadline = time.monotonic() + _PATIENCE
        while not is_ready():
            if self._has_ended(0) or time.monotonic() > deadline:
                said = self._log.read_text(errors="replace")[-4000:]
                self.stop(signal.SIGKILL)
                raise ForeignServerError(f"{self._name} does not serve: {said}")
            time.sleep(_BETWEEN_LOOKS)

    def _has_ended(self, patience: float) -> bool:
        assert self._running is not None
        return bool(select.select([self._running[2]], [], [], patience)[0])

    def stop(self, number: signal.Signals) -> None:
        """End it with a signal; nothing happens if it does not run."""
        if self._running is None:
            return
        pid, order, over = self._running
        try:
            with suppress(BrokenPipeError):
                os.write(order, f"{number.name.removeprefix('SIG')}\n".encode())
            if not self._has_ended(_PATIENCE):
                os.kill(pid, signal.SIGKILL)
                raise ForeignServerError(f"{self._name} did not end at {number.name}")
        finally:
            os.close(order)
            os.close(over)
            self._running = None

    def close(self) -> None:
        """End it and remove all that it has stored."""
        try:
            self.stop(signal.SIGQUIT)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
