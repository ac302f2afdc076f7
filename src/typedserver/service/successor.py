"""A successor: a process that this one starts but that is not its child, so that it can outlive it as a service.

It knows a command, descriptors and an environment, nothing of servers. POSIX only.

A third process, the starter, is its parent, waits for its end and reports it. When the starter is let go, the parent of
this process, such as systemd, becomes the successor's. This matters because systemd, when it stops a service, waits for
a main process that is its child, and kills any other at once (service.c, main_pid_alien).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from signal import SIGKILL, SIGTERM
from typing import Final

from typedserver.process.pidfd import open_pidfd
from typedserver.sockets.waiting import wait_until_ready

# Seconds that a process has to end before it is killed.
_END_TIMEOUT: Final = 5.0

# Seconds that the starter has to report a pid: a hundred times what an interpreter without imports takes.
_START_TIMEOUT: Final = 10.0

# The starter's program. It has no threads, so it may run Python after a fork; this process has some, and may not
# (fork(2)). It is text because a module's file may belong to a new version by now. Its arguments: the descriptor of its
# end of the channel, the number of passed descriptors, these descriptors, and the command.
_STARTER: Final = """
import fcntl, os, select, signal, socket, sys

channel = socket.socket(fileno=int(sys.argv[1]))
count = int(sys.argv[2])
passed = [int(fd) for fd in sys.argv[3 : 3 + count]]
command = sys.argv[3 + count :]
os.set_inheritable(channel.fileno(), False)
# Python ignores these signals, and a program started by exec would inherit that.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

receiver, sender = os.pipe()
os.set_blocking(sender, False)
signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
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
        os.write(2, f"{command[0]!r} cannot be run: {error}\\n".encode(errors="backslashreplace"))
    os._exit(127)

# Ctrl-C is meant for the processes that serve.
signal.signal(signal.SIGINT, signal.SIG_IGN)
# Whoever has started the program may have blocked it, and that is inherited.
signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
for fd in passed:
    os.close(fd)
channel.send(b"%d\\n" % pid)
watched = select.poll()
watched.register(channel, select.POLLIN)
watched.register(receiver, select.POLLIN)
while True:
    watched.poll()
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        channel.send(b"%d\\n" % os.waitstatus_to_exitcode(status))
        break
    try:
        order = channel.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        os.read(receiver, 100)
        continue
    if order in (b"", b"\\0"):
        break
    os.kill(pid, order[0])
"""


class Successor:
    """A process that was started, until it is let go; one thread at a time.

    command: the program, found by PATH, and its arguments.
    passed: descriptors that it gets, in this order, from 3 on; besides these, only the standard ones are open in it.
    folder: its working directory. environment: its variables; if LISTEN_PID and WATCHDOG_PID are among them, they are
    set to its pid.

    Raises OSError if no process could be started.
    """

    def __init__(
        self, command: Sequence[str], passed: Sequence[int], folder: str, environment: Mapping[str, str]
    ) -> None:
        # The lines of the starter: the pid, then the exit status.
        self._received = b""
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
        # Names it if the starter is killed, who else has the pid for it alone.
        self._pidfd: int | None = None
        try:
            self.pid: int = self._receive_pid()
            self._pidfd = open_pidfd(self.pid)
        except BaseException:
            self.let_go()
            raise

    def _receive_pid(self) -> int:
        deadline = time.monotonic() + _START_TIMEOUT
        while b"\n" not in self._received:
            if time.monotonic() > deadline or not self._receive(deadline - time.monotonic()):
                self._starter.kill()
                raise ChildProcessError("the process that should start it has failed")
        return int(self._received.split(b"\n")[0])

    def _receive(self, seconds: float) -> bool:
        """Wait for a report of the starter; returns False if no more can come."""
        if wait_until_ready(self._channel.fileno(), readable=True, timeout=max(0.0, seconds)):
            data = self._channel.recv(100)
            self._received += data
            return bool(data)
        return True

    def poll(self, seconds: float = 0.0) -> int | None:
        """Return its exit status, negative for a signal; None if it has not ended after so many seconds.

        Raises ChildProcessError if the starter was killed, because the status is lost then.
        """
        deadline = time.monotonic() + seconds
        while True:
            lines = self._received.split(b"\n")
            if len(lines) == 3:  # noqa: PLR2004 - the pid, the status, and the empty rest
                return int(lines[1])
            if not self._receive(deadline - time.monotonic()):
                raise ChildProcessError("the process that has started it was killed")
            if time.monotonic() >= deadline and self._received.count(b"\n") == 1:
                return None

    def end(self) -> None:
        """End it by SIGTERM, and by SIGKILL if that takes too long."""
        try:
            for number in (SIGTERM, SIGKILL):
                # The starter sends the signal, because the pid cannot be reused before the starter has reaped it.
                self._channel.send(bytes((number,)))
                if self.poll(_END_TIMEOUT) is not None:
                    break
        except OSError:
            # The starter was killed; without it, its child would go on and take clients.
            self._end_without_starter()
        self.let_go()

    def _end_without_starter(self) -> None:
        if sys.platform != "linux" or self._pidfd is None:
            # It has ended, or the kernel does not say which process has the pid by now.
            return
        for number in (SIGTERM, SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)
            if wait_until_ready(self._pidfd, readable=True, timeout=_END_TIMEOUT):
                return

    def let_go(self) -> None:
        """Let it continue on its own, as a child of the process that adopts orphans."""
        # An explicit order, because the starter does not see the channel's end if a forked child holds a copy of ours.
        with contextlib.suppress(OSError):
            self._channel.send(b"\0")
        self._channel.close()
        pidfd, self._pidfd = self._pidfd, None
        if pidfd is not None:
            os.close(pidfd)
        self._starter.wait()
