"""A worker of pgqueuer, with coroutines on asyncpg: ``python -m benchmarks.peers.pgqueuer_rows --help``."""

import asyncio

import asyncpg
from pgqueuer import Job, PgQueuer
from pgqueuer.queries import Queries

from benchmarks.row_run import Counted, read_options


async def work() -> None:
    """Fill the queue, then work it off."""
    options, _choice = read_options()
    counted = Counted(options, "SELECT count(*) FROM pgqueuer")
    parts = options.parts
    connection = await asyncpg.connect(
        host=parts["host"], port=int(parts["port"]), user=parts["user"], database=parts["dbname"]
    )
    worker = PgQueuer.from_asyncpg_connection(connection)
    queries = Queries(worker.connection)
    await queries.install()

    @worker.entrypoint("ship")
    async def ship(job: Job) -> None:
        counted.count(job.payload)

    await queries.enqueue(
        ["ship"] * options.rows,
        [b"%064d" % number for number in range(options.rows)],
        [0] * options.rows,
    )
    counted.ready()
    # It takes no less than two batches at once. In its favour: twice as many handlers as the others have.
    await worker.run(batch_size=options.at_once, max_concurrent_tasks=2 * options.at_once)


if __name__ == "__main__":
    asyncio.run(work())
