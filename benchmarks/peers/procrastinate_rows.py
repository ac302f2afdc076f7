"""A worker of procrastinate, with coroutines: ``python -m benchmarks.peers.procrastinate_rows --help``."""

import asyncio

import procrastinate

from benchmarks.row_run import Counted, read_options

# A second's work for each of its inserts.
_BATCH = 1000


async def work() -> None:
    """Fill the queue, then work it off."""
    options, _choice = read_options()
    counted = Counted(options, "SELECT count(*) FROM procrastinate_jobs")
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=options.conninfo, max_size=options.at_once + 2)
    )

    @app.task(name="ship")
    async def ship(number: int, payload: str) -> None:  # noqa: ARG001 - by its name a part of the job
        counted.count(number)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, options.rows, _BATCH):
            numbers = range(start, min(start + _BATCH, options.rows))
            await ship.batch_defer_async(*({"number": number, "payload": "x" * 64} for number in numbers))
        counted.ready()
        # Done rows are deleted, as by ours; by default it keeps them, at the price of larger indexes.
        await app.run_worker_async(concurrency=options.at_once, delete_jobs="always", install_signal_handlers=False)


if __name__ == "__main__":
    asyncio.run(work())
