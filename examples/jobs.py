"""The function of compute.py, fed by a table, a spool and a queue; the results are stored in `jobs.db`.

`python -m examples.jobs 1 91` makes the database with a job, and `python -m typedserver examples.jobs:table` does it.
`examples.jobs:spool` takes the files `jobs/*.json`, and `examples.jobs:queued` what comes over TCP, port 7310.
A job runs at least once; that of a table has one result, because its end is a part of the transaction that stores it.
"""

import queue
import sys
from pathlib import Path

import sqlalchemy

from examples.compute import Job, compute, decode
from typedserver import (
    TCP,
    CodecOf,
    Coded,
    Delivery,
    Framed,
    Group,
    Lines,
    QueueSource,
    Server,
    ServerContext,
    Spool,
    SQLDelivery,
    SQLTable,
    Threads,
    create_table,
)

database = sqlalchemy.create_engine("sqlite:///jobs.db")
jobs = SQLTable(database, "jobs", Job)
waiting = queue.SimpleQueue[Job]()


def store(message: Job | Path, delivery: Delivery, _server: ServerContext) -> None:
    result = compute(message if isinstance(message, Job) else decode(message.read_bytes()))
    statement = sqlalchemy.text("INSERT OR REPLACE INTO results VALUES (:id, :factors)")
    with database.begin() as connection:
        connection.execute(statement, {"id": result.id, "factors": repr(result.factors)})
        if isinstance(delivery, SQLDelivery):
            delivery.acknowledge(connection)


def later(job: Job) -> Job:
    waiting.put(job)
    return job


def taken(job: Job) -> bytes:
    return b"job %d waits" % job.id


table = Server(jobs, store, Threads())
spool = Server(Spool("jobs", pattern="*.json"), store, Threads())
queue_of_jobs = Server(QueueSource(waiting), store, Threads())
front = Server(TCP(port=7310), Framed(Lines(), Coded(CodecOf(decode, taken), later)))
queued = Group([front, queue_of_jobs])


def prepare() -> sqlalchemy.Table:
    with database.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS results (id INTEGER PRIMARY KEY, factors TEXT)"))
    return create_table(jobs)


if __name__ == "__main__":
    number = prepare().insert().values(id=int(sys.argv[1]), number=int(sys.argv[2]))
    with database.begin() as connection:
        connection.execute(number)
