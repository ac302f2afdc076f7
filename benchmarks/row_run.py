"""What every worker of the comparison of rows takes and tells. It knows a count and a database, and no worker.

A worker's program fills its queue, says "listening on" and waits for a line; then it works until nothing is left in
the queue, and says what it took. The time runs from the first call of its handler until the queue's table says that
all are done: a worker that claims ahead or acknowledges late has not ended before.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.processes import cpu_seconds_of

# Seconds between two looks at the table when all handlers have run; a look costs the server less than a row.
_BETWEEN_LOOKS = 0.002


@dataclass(frozen=True, slots=True)
class Options:
    """What to work on.

    conninfo: the database, as libpq takes it.
    rows: how many.
    at_once: how many handlers run at the same time, at most.
    postgres: PostgreSQL's process, whose CPU time is counted apart.
    """

    conninfo: str
    rows: int
    at_once: int
    postgres: int

    @property
    def parts(self) -> dict[str, str]:
        """The words of the conninfo."""
        return dict(part.split("=", 1) for part in self.conninfo.split())


def read_options(choices: Sequence[str] = ()) -> tuple[Options, str]:
    """Parse the command line; returns the choice as well, "" if there is none."""
    parser = argparse.ArgumentParser(description="A worker of a queue in PostgreSQL, for measurements.")
    if choices:
        parser.add_argument("choice", choices=choices)
    parser.add_argument("--conninfo", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--at-once", type=int, required=True)
    parser.add_argument("--postgres", type=int, required=True, metavar="PID")
    options: dict[str, Any] = vars(parser.parse_args())
    choice = options.pop("choice", "")
    return Options(**options), choice


class Counted:
    """Counts the handlers' calls, from any thread; ends this process when all is done."""

    def __init__(self, options: Options, left: str) -> None:
        """``left``: the statement that says how many rows are left."""
        self._options = options
        self._left = left
        self._seen: set[object] = set()
        self._calls = 0
        self._lock = threading.Lock()
        self._begun = 0.0
        self._cpu = 0.0
        self._postgres_cpu = 0.0

    def ready(self) -> None:
        """Say that the queue is full, and wait for the word to begin."""
        print("listening on", self._options.conninfo, flush=True)
        sys.stdin.readline()

    def count(self, key: object) -> None:
        """Count a call of the handler, for this row."""
        with self._lock:
            if not self._calls:
                self._begun = time.perf_counter()
                self._cpu = time.process_time()
                self._postgres_cpu = cpu_seconds_of(self._options.postgres)
            self._calls += 1
            self._seen.add(key)
            if len(self._seen) != self._options.rows:
                return
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        with psycopg.connect(self._options.conninfo, autocommit=True) as connection:
            while connection.execute(self._left.encode()).fetchall() != [(0,)]:
                time.sleep(_BETWEEN_LOOKS)
        found = {
            "seconds": time.perf_counter() - self._begun,
            "cpu_seconds": time.process_time() - self._cpu,
            "postgres_cpu_seconds": cpu_seconds_of(self._options.postgres) - self._postgres_cpu,
            "calls": self._calls,
        }
        print(json.dumps(found), flush=True)
        # Whatever the worker takes to stop is not measured.
        os._exit(0)
