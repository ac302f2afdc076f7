"""What was measured, as tables of Markdown that are legible as plain text, too. It reads results and prints nothing."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from benchmarks.ratios import Spread, ratios, spread
from benchmarks.results import Results, Series
from benchmarks.subjects import LIMIT, WORKLOADS, Workload
from benchmarks.targets import Verdict

# From here on the generator has no time left over: a faster server would not show in requests per second.
BUSY = 0.95

_MIB = 1024 * 1024


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a table: the first column flush left, the others flush right."""
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    rule = [f"{'-' * (width - 1)}{':' if column else '-'}" for column, width in enumerate(widths)]
    for row in (cells[0], rule, *cells[1:]):
        aligned = [
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"| {' | '.join(aligned)} |"


def median(series: Iterable[float | None]) -> float | None:
    """Return the median of what is there."""
    known = [value for value in series if value is not None]
    return statistics.median(known) if known else None


def _number(value: float | None, form: str = ".1f") -> str:
    return "-" if value is None else format(value, form)


def _of(found: Spread | None) -> str:
    return "-" if found is None else str(found)


def _references(workload: Workload) -> tuple[str, str, str]:
    if workload.kind in ("udp", "unixgram"):
        return "stdlib sync", "uvloop protocol", LIMIT
    return "stdlib threading", "uvloop streams", LIMIT


def _by_cpu(results: Results, workload: str, idle: int = 0) -> list[str]:
    subjects = [name for name in results.subjects_of(workload) if median(results.cpu_us(name, workload, idle))]
    return sorted(subjects, key=lambda name: median(results.cpu_us(name, workload, idle)) or inf)


def workload_table(results: Results, workload: Workload) -> Iterator[str]:
    """Show requests per second, CPU per request, latency, and how many times cheaper than the references."""
    subjects = _by_cpu(results, workload.name)
    if not subjects:
        return
    name = workload.name
    bulk = workload.mode == "bulk"
    unit = "MiB" if bulk else "request"
    references = [reference for reference in _references(workload) if reference in subjects]
    header = [
        name,
        "MiB/s" if bulk else "requests/s",
        f"CPU µs/{unit}",
        "p50 µs",
        *(f"x cheaper than {other}" for other in references),
    ]
    per_request = _bytes_per_request(results, subjects[0], name) / _MIB if bulk else 1.0
    rows: list[list[str]] = []
    limited = False
    for subject in subjects:
        busy = (median(results.load_share(subject, name)) or 0) > BUSY
        limited |= busy
        cpu = spread(value / per_request for value in results.cpu_us(subject, name) if value is not None)
        rate = median(results.rate(subject, name))
        rows.append(
            [
                subject,
                "-" if rate is None else f"{rate * per_request:,.0f}{'*' if busy else ' '}",
                "-" if cpu is None else f"{cpu.median:.1f} ({cpu.low:.1f}-{cpu.high:.1f})",
                _number(median(results.p50_us(subject, name)), ".0f"),
                *(_of(ratios(results.cpu_us(other, name), results.cpu_us(subject, name))) for other in references),
            ]
        )
    yield f"### {workload.title}"
    yield ""
    yield from table(header, rows)
    if limited:
        yield ""
        yield f"\\* the load generator was the limit (its core more than {BUSY:.0%} busy): read the CPU column."
    yield ""


def _bytes_per_request(results: Results, subject: str, workload: str) -> float:
    samples = results.samples[subject, workload, 0]
    return next(sample.bytes / sample.requests for sample in samples if sample is not None)


def idle_table(results: Results, workload: Workload) -> Iterator[str]:
    """Show what idle connections cost: memory each, and CPU and latency of a new connection beside them."""
    subjects = _by_cpu(results, workload.name, workload.idle[-1])
    if not subjects:
        return
    counts = workload.idle
    header = [
        workload.name,
        "MiB at 0",
        *(f"KiB each, {count:,}" for count in counts[1:]),
        *(f"CPU µs, {count:,}" for count in counts),
        *(f"p50 µs, {count:,}" for count in counts),
        f"p50, {counts[-1]:,} / 0",
    ]
    rows: list[list[str]] = []
    for subject in subjects:
        empty = median(results.memory(subject, workload.name, 0))
        p50: list[Series] = [results.p50_us(subject, workload.name, count) for count in counts]
        rows.append(
            [
                subject,
                _number(None if empty is None else empty / _MIB),
                *(_number(median(results.memory_per_idle(subject, count))) for count in counts[1:]),
                *(_number(median(results.cpu_us(subject, workload.name, count)), ".0f") for count in counts),
                *(_number(median(series), ".0f") for series in p50),
                _of(ratios(p50[-1], p50[0])),
            ]
        )
    yield f"### {workload.title}"
    yield ""
    yield from table(header, rows)
    yield ""


def stop_table(results: Results) -> Iterator[str]:
    """Show how long it takes to stop, with the interpreter's end and without."""
    subjects = list(dict.fromkeys([*results.stops, *results.shutdowns]))
    if not subjects:
        return
    rows: list[list[str]] = []
    for subject in subjects:
        stops = spread(seconds * 1e3 for seconds in results.stops.get(subject, []))
        rows.append([subject, _of(stops), _of(spread(results.shutdown_ms(subject)))])
    yield "### Stopping, ms (SIGTERM: right after the last request; shutdown(): at any moment of an idle server)"
    yield ""
    yield from table(["", "SIGTERM to exit", "shutdown()"], rows)
    yield ""


def _verdict(verdict: Verdict) -> str:
    if verdict.measured is None:
        return "not measured"
    if verdict.target.least is None and verdict.target.aim is None:
        return "-"
    if verdict.target.least is None:
        return "aim met" if verdict.aim_met else "aim not met"
    if not verdict.met:
        return "NOT MET"
    return "met, and the aim" if verdict.aim_met else "met"


def targets_table(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Show each target with what was measured."""
    rows: list[list[str]] = []
    for verdict in verdicts:
        target = verdict.target
        sign = "<=" if target.is_ceiling else ">="
        rows.append(
            [
                target.ours,
                target.workload,
                target.reference or "",
                target.unit,
                "-" if target.least is None else f"{sign} {target.least:g}",
                _of(verdict.measured),
                "-" if target.aim is None else f"{target.aim:g}",
                _verdict(verdict),
            ]
        )
    if all(verdict_row[5] == "-" for verdict_row in rows):
        return
    yield "### Targets"
    yield ""
    yield from table(["ours", "workload", "reference", "in", "at least", "measured", "aim", ""], rows)
    yield ""
    met = sum(row[7].startswith("met") for row in rows)
    unmet = sum(row[7] == "NOT MET" for row in rows)
    yield f"{met} met, {unmet} not met, {len(rows) - met - unmet} without a least or not measured."
    yield ""


def report(results: Results, verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Write all tables."""
    yield "## " + ", ".join(results.machine.values())
    yield ""
    yield "Medians of the rounds, with their quartiles; ratios are of the same round, above 1: cheaper."
    yield ""
    for workload in WORKLOADS:
        yield from idle_table(results, workload) if workload.idle else workload_table(results, workload)
    yield from stop_table(results)
    yield from targets_table(verdicts)
    if results.failures:
        yield "### Failures"
        yield ""
        yield from (f"- {failure}" for failure in dict.fromkeys(results.failures))
        yield ""
