"""What was measured, as pictures: SVG files that are the same for the same results, legible on light and dark ground.

It reads results and draws; of matplotlib it needs no display.
"""

import importlib
import statistics
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from benchmarks.results import Results
from benchmarks.subjects import LIMIT, SUBJECTS, workload_named
from benchmarks.tables import BUSY, median

FOLDER = Path(__file__).with_name("plots")

# Half-way between black and white, which is legible on either ground; we draw no ground.
_INK = "#7a828c"
_PEER = "#9aa1a9"
_OURS = "#2f81c7"
_LIMIT = "#c9682b"

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("persistent", ("tcp-64", "unix-64")),
    ("connections", ("connect-16", "unix-connect-16")),
    ("datagrams", ("udp-16", "unixgram-8")),
)

# If a value is this many times the median, the scale is logarithmic.
_FAR_OUT = 10

Bars = list[tuple[str, float]]


def draw(results: Results, folder: Path = FOLDER) -> Iterator[Path]:
    """Draw what there are results for; yields the files."""
    # Imported by name: neither the tables nor the type checkers need matplotlib.
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    style = {
        "svg.hashsalt": "typedserver",
        # Shapes, not text: they look alike wherever they are shown, whatever fonts are there.
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "axes.edgecolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
    }
    folder.mkdir(parents=True, exist_ok=True)
    with pyplot.rc_context(style):
        for name, planned in _pictures(results):
            if panels := [panel for panel in planned if panel[-1]]:
                yield _draw(pyplot, folder / f"{name}.svg", panels)


def _pictures(results: Results) -> Iterator[tuple[str, list[tuple[str, str, Bars]]]]:
    for group, workloads in _GROUPS:
        yield f"cpu-{group}", [_cpu_panel(results, name) for name in workloads]
    for group, workloads in _GROUPS:
        yield f"requests-{group}", [_rate_panel(results, name) for name in workloads]
    idle = workload_named("idle").idle[-1]
    yield (
        "idle",
        [
            (
                f"KiB of memory for each of {idle:,} idle connections",
                ",.1f",
                _bars(results, "idle", lambda name: median(results.memory_per_idle(name, idle))),
            ),
            (
                f"µs (p50) to serve a new connection beside {idle:,} idle ones",
                ",.0f",
                _bars(results, "idle", lambda name: median(results.p50_us(name, "idle", idle))),
            ),
        ],
    )


def _cpu_panel(results: Results, workload: str) -> tuple[str, str, Bars]:
    title = f"{workload_named(workload).title}: server CPU µs per request"
    return title, ",.1f", _bars(results, workload, lambda name: median(results.cpu_us(name, workload)))


def _rate_panel(results: Results, workload: str) -> tuple[str, str, Bars]:
    title = f"{workload_named(workload).title}: requests per second"
    bars = _bars(results, workload, lambda name: median(results.rate(name, workload)))
    limited = [name for name, _size in bars if (median(results.load_share(name, workload)) or 0) > BUSY]
    if limited:
        title += f"\n(the load generator was the limit: {', '.join(limited)})"
    return title, ",.0f", bars[::-1]


def _bars(results: Results, workload: str, value: Callable[[str], float | None]) -> Bars:
    found = [(name, value(name)) for name in results.subjects_of(workload)]
    return sorted(((name, size) for name, size in found if size is not None and isfinite(size)), key=lambda bar: bar[1])


def _colour(name: str) -> str:
    if name == LIMIT:
        return _LIMIT
    return _OURS if any(subject.ours for subject in SUBJECTS if subject.name == name) else _PEER


def _draw(pyplot: Any, file: Path, panels: Sequence[tuple[str, str, Bars]]) -> Path:
    # Wide enough for a README's column; one bar is as high as its line of text in every picture.
    heights = [0.6 + 0.22 * len(bars) for _title, _form, bars in panels]
    figure, axes = pyplot.subplots(
        len(panels),
        1,
        figsize=(8.5, sum(heights)),
        squeeze=False,
        gridspec_kw={"height_ratios": heights},
        layout="constrained",
    )
    for (axis,), (title, form, bars) in zip(axes, panels, strict=True):
        _draw_panel(axis, title, form, bars)
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    return file


def _draw_panel(axis: Any, title: str, form: str, bars: Bars) -> None:
    names = [name for name, _size in bars]
    sizes = [size for _name, size in bars]
    drawn = axis.barh(range(len(bars)), sizes, color=[_colour(name) for name in names], height=0.72)
    # If a few cost a hundred times more than most, the rest would look alike on a linear scale.
    if min(sizes) > 0 and max(sizes) > _FAR_OUT * statistics.median(sizes):
        axis.set_xscale("log")
        axis.set_xlim(left=min(sizes) / 2)
        title = f"{title} (log scale)"
    axis.bar_label(drawn, labels=[format(size, form) for size in sizes], padding=3, fontsize=8)
    axis.set_yticks(range(len(bars)), names)
    for label, name in zip(axis.get_yticklabels(), names, strict=True):
        label.set_color(_INK if _colour(name) == _PEER else _colour(name))
    if LIMIT in names:
        axis.axvline(sizes[names.index(LIMIT)], color=_LIMIT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    # The best on top, as in the tables.
    axis.invert_yaxis()
    axis.margins(y=0.02)
    axis.set_xmargin(0.12)
    axis.set_title(title, loc="left", fontsize=9.5, color=_INK)
    # Each bar has its number beside it.
    axis.xaxis.set_visible(False)
    axis.tick_params(left=False)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
