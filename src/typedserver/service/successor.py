"""A successor: a process that is started by another and is not its child, so that it may outlive it as a service.

It knows a command, descriptors and an environment, and nothing of servers. POSIX only.

It is started by a process between the two, the starter, which waits for its end and tells of it. When that is let go,
the successor is a child of whoever has started this process, such as systemd: which waits at a stop for a main process
that is its child, and kills any other at once (service.c, main_pid_alien).
"""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from signal import SIGKILL, SIGTERM
from typing import Final

from typedserver.sockets.waiting import wait_until_ready

# What a process that is to end has for that, in seconds, before it is killed.
_END_TIMEOUT: Final = 5.0

# An interpreter that imports nothing takes a hundredth of that to start.
_START_TIMEOUT: Final = 10.0

# The starter's program. In a fork of a process with threads no Python may run (fork(2)): here there are none. Kept as
# text: a module's file may be another version's by now. Its arguments: the descriptor of its end of the channel, how
# many descriptors are passed, these, and the command.
_STARTER: Final = """
import fcntl, os, select, signal, socket, sys

channel = socket.socket(fileno=int(sys.argv[1]))
count = int(sys.argv[2])
passed = [int(fd) for fd in sys.argv[3 : 3 + count]]
command = sys.argv[3 + count :]
os.set_inheritable(channel.fileno(), False)
# Python ignores them, and that outlives exec.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

ear, mouth = os.pipe()
os.set_blocking(mouth, False)
signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
signal.signal(signal.SIGCHLD, lambda *_: None)
pid = os.fork()
if not pid:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    copies = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3 + count) for fd in passed]
    for fd in passed:
        os.set_inheritable(fd, False)
    for number, fd in enumerate(copies, 3):
        os.dup2(fd, number)
    for name in ("LISTEN_PID", "WATCHDOG_PID"):
        if name in os.environ:
            os.environ[name] = str(os.getpid())
    try:
        os.execvp(command[0], command)
    except BaseException as error:
        os.write(2, f"{command[0]!r} can not be run: {error}\\n".encode(errors="backslashreplace"))
    os._exit(127)

# Ctrl-C is for those that serve.
signal.signal(signal.SIGINT, signal.SIG_IGN)
for fd in passed:
    os.close(fd)
channel.send(b"%d\\n" % pid)
watched = select.poll()
watched.register(channel, select.POLLIN)
watched.register(ear, select.POLLIN)
while True:
    watched.poll()
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        channel.send(b"%d\\n" % os.waitstatus_to_exitcode(status))
        break
    try:
        told = channel.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        os.read(ear, 100)
        continue
    if told in (b"", b"\\0"):
        break
    os.kill(pid, told[0])
"""


class Successor:
    """A process that was started, for as long as it is not let go; one thread at a time.

    command: the program, found by PATH, and its arguments.
    passed: descriptors that it gets, in this order, from 3 on; no other but the standard ones is open in it.
    folder: its working directory. environment: its own; LISTEN_PID and WATCHDOG_PID are set to its pid where they are
    in there, whatever they are.

    Raises OSError where nothing could be started.
    """

    def __init__(
        self, command: Sequence[str], passed: Sequence[int], folder: str, environment: Mapping[str, str]
    ) -> None:
        self._told = b""
        self._channel, theirs = socket.socketpair()
        try:
            with theirs:
                fds = (theirs.fileno(), *passed)
                numbers = (str(fds[0]), str(len(passed)), *map(str, passed))
                self._starter = subprocess.Popen(  # noqa: S603 - a program of this file
                    [sys.executable, "-I", "-S", "-c", _STARTER, *numbers, *command],
                    pass_fds=fds,
                    cwd=folder,
                    env=environment,
                )
        except BaseException:
            self._channel.close()
            raise
        try:
            self.pid: int = self._hear_pid()
        except BaseException:
            self.let_go()
            raise

    def _hear_pid(self) -> int:
        deadline = time.monotonic() + _START_TIMEOUT
        while b"\n" not in self._told:
            if time.monotonic() > deadline or not self._listen(deadline - time.monotonic()):
                self._starter.kill()
                raise ChildProcessError("what was to start it has failed")
        return int(self._told.split(b"\n")[0])

    def _listen(self, seconds: float) -> bool:
        """Wait for what the starter tells; returns False where it will tell nothing more."""
        if wait_until_ready(self._channel.fileno(), readable=True, timeout=max(0.0, seconds)):
            told = self._channel.recv(100)
            self._told += told
            return bool(told)
        return True

    def poll(self, seconds: float = 0.0) -> int | None:
        """Return its exit status, negative for a signal, once it has ended; waits for that for so many seconds.

        Raises ChildProcessError where the starter has been killed: then nobody will know.
        """
        deadline = time.monotonic() + seconds
        while True:
            lines = self._told.split(b"\n")
            # The pid, the status, and what is behind that.
            if len(lines) == 3:  # noqa: PLR2004 - these
                return int(lines[1])
            if not self._listen(deadline - time.monotonic()):
                raise ChildProcessError("what had started it has been killed")
            if time.monotonic() >= deadline and self._told.count(b"\n") == 1:
                return None

    def end(self) -> None:
        """End it: by SIGTERM, and where that takes too long by SIGKILL."""
        with contextlib.suppress(OSError):
            for number in (SIGTERM, SIGKILL):
                # Through the starter: there its pid is its own for as long as it was not waited for.
                self._channel.send(bytes((number,)))
                if self.poll(_END_TIMEOUT) is not None:
                    break
        self.let_go()

    def let_go(self) -> None:
        """Have it go on by itself, as a child of whoever takes care of orphans; where it has ended, forget it."""
        # Told, and not by the end of the channel alone: a child that was forked meanwhile may hold a copy of this end.
        with contextlib.suppress(OSError):
            self._channel.send(b"\0")
        self._channel.close()
        self._starter.wait()
