"""One function of a message, served over TCP, UDP and a Unix socket, and run where one line says.

`python -m typedserver examples.compute:inline`, or `:threads`, `:processes`, `:dask`. Then
`echo '{"id": 1, "number": 91}' | nc -N 127.0.0.1 7300`, or `nc -U compute.sock`, or `nc -u 127.0.0.1 7300`.

examples/jobs.py takes its jobs from a table, a spool and a queue.
"""

import importlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from examples.cluster import Cluster
from typedserver import (
    TCP,
    UDP,
    CodecOf,
    Coded,
    Framed,
    Group,
    Lines,
    Multiplexed,
    Pending,
    Server,
    Submitted,
    ThreadPool,
    UnixStream,
    datagram_handler,
)


@dataclass(frozen=True)
class Job:
    id: int
    number: int


@dataclass(frozen=True)
class Result:
    id: int
    factors: list[int]


def compute(job: Job) -> Result:
    """Find the prime factors: no socket, no loop, no thread. A test calls it."""
    factors, rest, divisor = list[int](), job.number, 2
    while divisor * divisor <= rest:
        if rest % divisor:
            divisor += 1
        else:
            factors.append(divisor)
            rest //= divisor
    return Result(job.id, [*factors, rest])


# Over the wire: what runs it changes one line


def decode(data: bytes) -> Job:
    match json.loads(data):
        case {"id": int(id_), "number": int(number)} if 1 < number < 10**12:
            return Job(id_, number)
        case _:
            raise ValueError('a job is {"id": 1, "number": 91}, and its number is from 2 to 10**12')


def encode(result: Result) -> bytes:
    return json.dumps(asdict(result)).encode()


Answer = Callable[[bytes], bytes | None] | Callable[[bytes], Pending[bytes | None]]


def everywhere(answer: Answer) -> Group:
    lines = Framed(Lines(), answer)
    return Group(
        [
            Server(TCP(port=7300), lines, Multiplexed()),
            Server(UDP(port=7300), datagram_handler(answer), ThreadPool(workers=8)),
            Server(UnixStream("compute.sock"), lines, Multiplexed()),
        ]
    )


def cluster() -> Executor:
    distributed: Any = importlib.import_module("distributed")  # this takes seconds
    # It tells each step of its own end, with tracebacks of the comms that this closes.
    logging.getLogger("distributed").setLevel(logging.WARNING)
    local = distributed.LocalCluster(n_workers=2, threads_per_worker=1)
    return Cluster(distributed.Client(local), local)


answer = Coded(CodecOf(decode, encode), compute)
inline = everywhere(answer)
threads = everywhere(Submitted(ThreadPoolExecutor, answer))
processes = everywhere(Submitted(ProcessPoolExecutor, answer))
dask = everywhere(Submitted(cluster, answer))
