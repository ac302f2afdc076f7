"""What it costs to send a file: ``python -m benchmarks.files``.

A file of 50 MB goes from the page cache to a client that does nothing with it, by ``Stream.sendfile``, by ``read`` of
64 KiB and ``write``, and by ``SimpleHTTPRequestHandler`` with and without ``copyfile`` of its own. All take turns, so
that a machine that changes its speed changes it for all. Printed is the CPU time of the server for a file, and how many
times more the copy costs than sendfile in the same round: the median and the quartiles.
"""

import argparse
import os
import socket
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import ServerProcess, choose_cores
from benchmarks.ratios import ratios

SIZE = 50_000_000
REQUEST = b"GET /file HTTP/1.0\r\n\r\n"

# A way beside the one that copies.
PAIRS = {
    "multiplexed sendfile": "multiplexed copy",
    "asyncio sendfile": "asyncio copy",
    "threads sendfile": "threads copy",
    "threads http": "threads http-copy",
}


def fetch(address: int | str, buffer: bytearray) -> int:
    """Fetch the file once; returns how many bytes have come."""
    client = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    with client:
        client.connect(address if isinstance(address, str) else ("127.0.0.1", address))
        client.sendall(REQUEST)
        received = 0
        while size := client.recv_into(buffer):
            received += size
        return received


def compare(family: str, rounds: int, pairs: dict[str, str], size: int, fetches: int) -> dict[str, list[float]]:
    """Return the seconds of CPU for a file, of each way and round.

    family: "TCP" or "Unix". size: of the file. fetches: how many there are to a turn.
    """
    server_cores, load_cores = choose_cores()
    os.sched_setaffinity(0, load_cores)
    ways = [way for pair in pairs.items() for way in pair]
    costs: dict[str, list[float]] = {way: [] for way in ways}
    buffer = bytearray(1 << 20)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        file = folder / "file"
        file.write_bytes(os.urandom(size))
        servers: dict[str, ServerProcess] = {}
        for way in ways:
            place = ["--path", str(folder / way.replace(" ", "-"))] if family == "Unix" else []
            command = [sys.executable, "-m", "benchmarks.file_server", way, str(file), *place]
            servers[way] = stack.enter_context(ServerProcess(command, cores=server_cores))
        for number in range(rounds + 1):
            for way in ways if number % 2 else reversed(ways):
                server = servers[way]
                used = server.cpu_seconds()
                for _ in range(fetches):
                    received = fetch(server.address if family == "Unix" else int(server.address), buffer)
                    if received < size:
                        raise ConnectionError(f"{way} sent {received} bytes of a file of {size}")
                # The first turn warms up.
                if number:
                    costs[way].append((server.cpu_seconds() - used) / fetches)
    return costs


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description="Compare the CPU of sending files.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--fetches", type=int, default=8, metavar="N", help="files to a turn")
    parser.add_argument("--only", default="", metavar="WORD", help="ways with this in their name")
    options = parser.parse_args()
    pairs = {way: copy for way, copy in PAIRS.items() if options.only in way}
    print(f"{'CPU ms for 50 MB':<24}{'sendfile':>10}{'copied':>10}   copied by sendfile (quartiles)", flush=True)
    for family in ("TCP", "Unix"):
        costs = compare(family, options.rounds, pairs, SIZE, options.fetches)
        for way, copy in pairs.items():
            one, other = statistics.median(costs[way]), statistics.median(costs[copy])
            ratio = ratios(costs[copy], costs[way])
            print(f"{family + ', ' + way:<24}{one * 1000:>10.2f}{other * 1000:>10.2f}   {ratio}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
