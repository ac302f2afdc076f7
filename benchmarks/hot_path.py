"""Where a strategy's time goes, line by line: ``python -m benchmarks.hot_path [STRATEGY ...]``.

The server runs in this very process, pinned to one core, the load generator on the other. Every millisecond the line
that each running thread stands at is counted; a call into C counts for the line that makes it, and a wait for events
for the line that waits. It knows the server's public composition alone, and changes nothing of what it looks at.
"""

import argparse
import linecache
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

from benchmarks.echo import make_server, read_options
from benchmarks.processes import choose_cores
from benchmarks.programs import ROOT, compile_program

INTERVAL = 0.001
"""Seconds between two samples. Of the clock's time: timers of CPU time are as coarse as the kernel's tick."""

LINES = 10

WORKLOADS = {"echo": ("--mode", "echo", "--clients", "64"), "connect": ("--mode", "connect", "--clients", "16")}
SUBJECTS = {
    "multiplexed": ("echo", "connect"),
    "inline": ("connect", "datagram"),
    "threads": ("echo", "connect"),
    "thread_pool": ("connect",),
    "forks": ("connect",),
    "asyncio": ("echo",),
}

Line = tuple[str, int]


class Samples:
    """Counts of the lines that were found running."""

    def __init__(self) -> None:
        self.counts: Counter[Line] = Counter()
        self.over = False
        self._main = threading.main_thread().ident

    def take(self, _number: int, interrupted: FrameType | None) -> None:
        """Count one line for each thread that runs; what SIGALRM calls, in the main thread."""
        natives = {thread.ident: thread.native_id for thread in threading.enumerate()}
        for ident, current in sys._current_frames().items():  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - there is no public way to the others
            frame = interrupted if ident == self._main else current
            if frame is not None and frame.f_lineno and (ident == self._main or _runs(natives.get(ident))):
                self.counts[frame.f_code.co_filename, frame.f_lineno] += 1
        # Set anew instead of repeating, because sampling many threads may take longer than the interval.
        if not self.over:
            signal.setitimer(signal.ITIMER_REAL, INTERVAL)


def _runs(native: int | None) -> bool:
    # A thread that waits for its peer costs nothing, so we count only threads that the kernel would run.
    try:
        return Path(f"/proc/self/task/{native}/stat").read_text().rpartition(")")[2].split()[0] == "R"
    except OSError:
        return False


def profile(strategy: str, workload: str, seconds: float) -> Samples:
    """Serve a workload and return where the time went."""
    samples = Samples()
    datagram = workload == "datagram"
    server = make_server(read_options([strategy, "--port", "0", *(["--udp"] if datagram else [])]))
    server_cores, load_cores = choose_cores()
    os.sched_setaffinity(0, server_cores)
    server.open()
    port = str(getattr(server, "server_address", ("", 0))[1])
    where = ["--port", port, *(["--udp", "--clients", "16"] if datagram else WORKLOADS[workload])]
    command = ["taskset", "-c", ",".join(map(str, load_cores)), str(compile_program("load")), *where]
    load = subprocess.Popen([*command, "--seconds", str(seconds)], cwd=ROOT, stdout=subprocess.DEVNULL)

    def stop() -> None:
        load.wait()
        server.request_stop()

    signal.signal(signal.SIGALRM, samples.take)
    watcher = threading.Thread(target=stop)
    watcher.start()
    signal.setitimer(signal.ITIMER_REAL, INTERVAL)
    try:
        server.serve_forever()
    finally:
        samples.over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        server.server_close()
        watcher.join()
    return samples


def print_lines(strategy: str, workload: str, samples: Samples) -> None:
    """Print the costliest lines."""
    total = sum(samples.counts.values()) or 1
    print(f"\n{strategy}, {workload}: {total} samples")
    for (path, number), count in samples.counts.most_common(LINES):
        place = f"{Path(path).parent.name}/{Path(path).name}:{number}"
        print(f"  {100 * count / total:5.1f} %  {place:<32} {linecache.getline(path, number).strip()}")


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_path", description="Show the costliest lines.")
    parser.add_argument("strategy", nargs="*", help=f"of {', '.join(SUBJECTS)}; unless given: all")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S")
    options = parser.parse_args()
    unknown = set(options.strategy) - set(SUBJECTS)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: no such strategy; there are {', '.join(SUBJECTS)}")
    for strategy in options.strategy or SUBJECTS:
        for workload in SUBJECTS[strategy]:
            print_lines(strategy, workload, profile(strategy, workload, options.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
