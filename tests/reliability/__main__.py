"""``python -m tests.reliability``: the long form of the proof, with the promise table at its end.

Exit status 0 if every promise was kept, 1 if one was broken.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from benchmarks.tables import table

from tests.reliability.jobs import MESSAGES, PARTS, SOAKED, STAMPEDE_SECONDS, TRIALS, Job, Row, Stands, jobs
from tests.reliability.progress import Progress

# More than processors, because half of a trial is the quiet after it.
_AT_ONCE: Final = 3

_TITLES: Final = {
    "drain": "drain() under load",
    "sigterm": "SIGTERM under load",
    "suspend": "suspend() and resume() under load",
    "crash": "workers killed under load",
    "restart": "hot restart under load",
    "stampede": "stampede",
    "soak": "soak",
    "dask": "a Dask cluster whose workers are killed under load",
    "hostile": "hostile clients",
    "exhaustion": "exhaustion",
    "injection": "injected errors",
    "lifecycle": "lifecycle under threads",
    "sources": "sources, their consumers killed and drained",
}


def _run_job(job: Job, progress: Progress) -> Row:
    done = 0.0

    def passed(part: float) -> None:
        nonlocal done
        progress.add((part - done) * job.work, f"{_TITLES[job.part]}: {job.what}")
        done = part

    row = job.run(passed)
    passed(1.0)
    for fault in row.faults[:3]:
        progress.say(f"BROKEN {job.part}, {job.what}: {fault}")
    return row


def run(chosen: list[Job]) -> list[Row]:
    """Run the jobs, several at once if they allow it; returns a row for each, in their order."""
    progress = Progress(sum(job.work / (1 if job.alone else _AT_ONCE) for job in chosen))
    scaled = [
        job if job.alone else Job(job.part, job.what, job.work / _AT_ONCE, job.run, alone=job.alone) for job in chosen
    ]
    rows: dict[int, Row] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        together = [(number, job) for number, job in enumerate(scaled) if not job.alone]
        # The long ones first, so that all end at about the same time.
        together.sort(key=lambda numbered: numbered[1].work, reverse=True)
        for (number, _job), row in zip(
            together, pool.map(partial(_run_job, progress=progress), [job for _, job in together]), strict=True
        ):
            rows[number] = row
    for number, job in enumerate(scaled):
        if job.alone:
            rows[number] = _run_job(job, progress)
    progress.end()
    return [rows[number] for number in range(len(scaled))]


def _verdict(row: Row) -> str:
    return "BROKEN" if row.faults else "kept"


def promise_table(rows: Iterable[Row]) -> Iterator[str]:
    """Print every promise with its figures."""
    found = list(rows)
    for part in PARTS:
        of_part = [row for row in found if row.part == part]
        if not of_part:
            continue
        cells = [
            [row.what, f"{row.trials:,}", f"{row.requests:,}", f"{row.lost:,}", _verdict(row), row.figures]
            for row in of_part
        ]
        if len(of_part) > 1:
            trials, requests, lost = (
                sum(getattr(row, name) for row in of_part) for name in ("trials", "requests", "lost")
            )
            kept = "BROKEN" if any(row.faults for row in of_part) else "kept"
            cells.append(["all", f"{trials:,}", f"{requests:,}", f"{lost:,}", kept, ""])
        yield f"### {_TITLES[part]}"
        yield ""
        yield from table(["", "trials", "requests", "lost", "", "figures"], cells)
        yield ""


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description="Put the promises to the test.")
    parser.add_argument("--only", metavar="PART,...", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--trials", type=int, default=TRIALS, metavar="N", help="of each cell of the ledger")
    parser.add_argument("--seconds", type=float, default=STAMPEDE_SECONDS, metavar="N", help="of each stampede")
    parser.add_argument("--requests", type=int, default=SOAKED, metavar="N", help="of the soak")
    parser.add_argument(
        "--messages",
        type=int,
        default=MESSAGES,
        metavar="N",
        help="of the Dask cluster and of PostgreSQL's table; other sources have a part of it",
    )
    options = parser.parse_args()
    parts: set[str] = set(PARTS if options.only is None else options.only.split(","))
    if unknown := parts - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}: choose of {', '.join(PARTS)}")
    begun = time.monotonic()
    stands = Stands()
    try:
        long = jobs(
            stands,
            parts,
            trials=options.trials,
            seconds=options.seconds,
            soaked=options.requests,
            messages=options.messages,
        )
        rows = run(list(long))
    finally:
        stands.close()
    for line in promise_table(rows):
        print(line)
    broken = [row for row in rows if row.faults]
    requests, lost = sum(row.requests for row in rows), sum(row.lost for row in rows)
    print(f"{requests:,} requests, {lost:,} lost; {len(rows) - len(broken)} promises kept, {len(broken)} broken")
    print(f"in {time.monotonic() - begun:.0f} s")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
