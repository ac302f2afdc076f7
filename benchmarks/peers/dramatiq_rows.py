"""A worker of dramatiq on dramatiq-pg, with threads: ``python -m benchmarks.peers.dramatiq_rows --help``."""

import importlib.resources
import json
import threading
import uuid

import dramatiq
import psycopg
from dramatiq_pg import PostgresBroker

from benchmarks.row_run import Counted, Options, read_options


def fill(options: Options, actor: "dramatiq.Actor[[int, str], None]") -> None:
    """Make the schema and fill the queue at once; its ``enqueue`` makes a transaction of each message."""
    schema = importlib.resources.files("dramatiq_pg").joinpath("schema.sql").read_text()
    # It is written for psql, with variables of psql's.
    lines = [line for line in schema.splitlines() if not line.startswith("\\")]
    schema = "\n".join(lines)
    for name in ("schema", "state", "queue"):
        schema = schema.replace(f':"{name}"', {"schema": "dramatiq"}.get(name, name))
    with psycopg.connect(options.conninfo) as connection:
        connection.execute(schema.encode())
        with connection.cursor().copy("COPY dramatiq.queue (message_id, state, message) FROM STDIN") as copy:
            for number in range(options.rows):
                message = actor.message(number, "x" * 64).copy(message_id=str(uuid.uuid4()))
                copy.write_row((message.message_id, "queued", json.dumps(message.asdict())))


def work() -> None:
    """Fill the queue, then work it off."""
    options, _choice = read_options()
    counted = Counted(options, "SELECT count(*) FROM dramatiq.queue WHERE state <> 'done'")
    parts = options.parts
    broker = PostgresBroker(
        url=f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}&port={parts['port']}"
        f"&maxconn={options.at_once + 4}",
        results=False,
    )

    def ship(number: int, payload: str) -> None:  # noqa: ARG001 - by its name a part of the message
        counted.count(number)

    actor = dramatiq.actor(ship, broker=broker, actor_name="ship")
    fill(options, actor)
    counted.ready()
    dramatiq.Worker(broker, worker_threads=options.at_once).start()
    threading.Event().wait()


if __name__ == "__main__":
    work()
