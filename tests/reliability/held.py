"""What a process holds, as the kernel reports it in /proc: descriptors, threads, children, memory. Linux only."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.reliability.served import children_of

# Seconds between two looks, because no event reports that a thread of another process has ended.
_LOOK: Final = 0.02

# Longer than the servers here keep an idle thread, and than they take to replace a killed worker.
_UNCHANGED: Final = 0.6

# Seconds that it may take until all is as before. A server holds a connection until the kernel tells it the end, and
# the kernel repeats a FIN that a full queue has refused after ever longer pauses, which were 20 seconds in all here
# (tcp_orphan_retries in tcp(7)).
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """What a server and its children hold."""

    descriptors: int
    threads: int
    children: int
    memory: int

    def __str__(self) -> str:
        memory = f"{self.memory / 1024**2:.1f} MiB"
        return f"{self.descriptors} descriptors, {self.threads} threads, {self.children} children, {memory}"

    def exceeds(self, before: "Held", slack: int) -> bool:
        """Whether it is more than before; memory may grow by this many bytes."""
        return (
            self.descriptors > before.descriptors
            or self.threads > before.threads
            or self.children > before.children
            or self.memory > before.memory + slack
        )


def held_by(pid: int) -> Held:
    """Return what a process holds: its own descriptors, and threads and memory including its children's."""
    children = children_of(pid)
    threads = memory = 0
    for member in (pid, *children):
        with contextlib.suppress(OSError):
            status = dict(
                line.split(":", 1) for line in Path(f"/proc/{member}/status").read_text().splitlines() if ":" in line
            )
            # A zombie has none.
            threads += int(status["Threads"])
            memory += int(status.get("VmRSS", "0 kB").split()[0]) * 1024
    descriptors = 0
    with contextlib.suppress(OSError):
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    return Held(descriptors, threads, len(children), memory)


def settle(pid: int, before: Held | None = None, slack: int = 0) -> Held:
    """Wait until it holds no more than before or, without a before, until it is stable; returns what it holds."""
    deadline = time.monotonic() + _PATIENCE
    last, since = held_by(pid), time.monotonic()
    while time.monotonic() < deadline:
        if before is not None and not last.exceeds(before, slack):
            break
        time.sleep(_LOOK)
        now = held_by(pid)
        if (now.descriptors, now.threads, now.children) != (last.descriptors, last.threads, last.children):
            since = time.monotonic()
        elif before is None and time.monotonic() - since > _UNCHANGED:
            break
        last = now
    return last
