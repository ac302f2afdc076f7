"""``wrk`` with a connection for each request against ``http.server``'s handler, under its own server and under ours.

``python -m benchmarks.http_requests [--rounds N] [--seconds N] [--clients N]``; interleaved, a fresh server each time.
"""

import argparse
import re
import sys

from benchmarks.processes import ProcessError, Ran, ServerProcess, choose_cores, run_client
from benchmarks.ratios import ratios, spread
from benchmarks.tables import table

_SERVERS = {
    "http.server.ThreadingHTTPServer": "stdlib",
    "Server(TCP, from_stdlib(Handler), ThreadPool())": "thread_pool",
    "Prefork of it, 2 processes": "prefork",
}
_REFERENCE = "http.server.ThreadingHTTPServer"


class Run:
    """What wrk found against one server, in one round."""

    def __init__(self, ran: Ran) -> None:
        total = re.search(r"(\d+) requests in", ran.output)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", ran.output)
        if total is None or rate is None:
            raise ProcessError(f"wrk did not say how many requests it made; it said:\n{ran.output}")
        # wrk counts a response of another status and a broken connection apart; it prints neither if there is none.
        broken = re.search(r"Non-2xx.*|Socket errors:.*", ran.output)
        self.failed = broken.group() if broken else ""
        self.requests_per_s = float(rate.group(1))
        self.cpu_us = ran.server_cpu_seconds / int(total.group(1)) * 1e6
        self.load_share = ran.cpu_seconds / ran.seconds


def run(rounds: int, seconds: int, clients: int) -> dict[str, list[Run | None]]:
    """Measure all servers once a round."""
    server_cores, load_cores = choose_cores()
    found: dict[str, list[Run | None]] = {name: [] for name in _SERVERS}
    for number in range(1, rounds + 1):
        for name, argument in _SERVERS.items():
            cores = server_cores | load_cores if argument == "prefork" else server_cores
            command = [sys.executable, "benchmarks/http_servers.py", argument]
            try:
                with ServerProcess(command, cores=cores) as server:
                    wrk = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-H", "Connection: close"]
                    made = Run(run_client(server, [*wrk, f"http://{server.address}/"], cores=load_cores))
                    server.stop()
            except ProcessError as error:
                print(f"{name}: {error}", file=sys.stderr)
                found[name].append(None)
                continue
            found[name].append(made)
            line = f"round {number}/{rounds}: {made.requests_per_s:,.0f} requests/s, {made.cpu_us:.0f} µs each: {name}"
            print(line, made.failed, file=sys.stderr)
    return found


def print_table(found: dict[str, list[Run | None]]) -> None:
    """Print the table."""
    reference = [None if made is None else made.cpu_us for made in found[_REFERENCE]]
    reference_rate = [None if made is None else made.requests_per_s for made in found[_REFERENCE]]
    rows: list[list[str]] = []
    for name, series in found.items():
        runs = [made for made in series if made is not None]
        cpu = [None if made is None else made.cpu_us for made in series]
        rate = [None if made is None else made.requests_per_s for made in series]
        rows.append(
            [
                name,
                str(spread(made.requests_per_s for made in runs) or "-"),
                str(spread(made.cpu_us for made in runs) or "-"),
                str(ratios(reference, cpu) or "-"),
                str(ratios(rate, reference_rate) or "-"),
                str(spread(made.load_share for made in runs) or "-"),
                str(sum(bool(made.failed) for made in runs)),
            ]
        )
    header = ["", "requests/s", "CPU µs/request", "x cheaper", "x requests/s", "wrk's core busy", "runs with errors"]
    for line in table(header, rows):
        print(line)


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_requests", description="wrk, side by side.")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--seconds", type=int, default=3, metavar="N")
    parser.add_argument("--clients", type=int, default=16, metavar="N")
    options = parser.parse_args()
    found = run(options.rounds, options.seconds, options.clients)
    print_table(found)
    return 0 if all(any(series) for series in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
