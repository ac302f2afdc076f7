"""What was measured, by subject, workload and round, and its way to a file of JSON and back.

It holds samples and hands them out as series, a value a round. It knows neither how they are measured nor
how they are shown.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import Sample

Series = list[float | None]
"""A value a round; None if that round failed or was not run."""


@dataclass(slots=True)
class Results:
    """All rounds so far.

    samples: for each (subject, workload, idle connections beside) the rounds' samples, None for one that failed;
    stops: seconds from SIGTERM to exit; shutdowns: seconds of ``shutdown()`` at idle, by round.
    """

    machine: dict[str, str] = field(default_factory=dict[str, str])
    samples: dict[tuple[str, str, int], list[Sample | None]] = field(
        default_factory=dict[tuple[str, str, int], list[Sample | None]]
    )
    stops: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    shutdowns: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failures: list[str] = field(default_factory=list[str])

    def add(self, subject: str, workload: str, sample: Sample | None, idle: int = 0) -> None:
        """Add a round's sample."""
        self.samples.setdefault((subject, workload, idle), []).append(sample)

    def _series(self, subject: str, workload: str, idle: int, value: Callable[[Sample], float]) -> Series:
        samples = self.samples.get((subject, workload, idle), [])
        return [None if sample is None else value(sample) for sample in samples]

    def cpu_us(self, subject: str, workload: str, idle: int = 0) -> Series:
        """Return the server's CPU time for a request."""
        return self._series(subject, workload, idle, lambda sample: sample.cpu_us_per_request)

    def rate(self, subject: str, workload: str, idle: int = 0) -> Series:
        """Return requests in a second."""
        return self._series(subject, workload, idle, lambda sample: sample.requests_per_s)

    def p50_us(self, subject: str, workload: str, idle: int = 0) -> Series:
        """Return the median latency."""
        return self._series(subject, workload, idle, lambda sample: sample.p50_us)

    def memory(self, subject: str, workload: str, idle: int = 0) -> Series:
        """Return the server's memory in bytes."""
        return self._series(subject, workload, idle, lambda sample: float(sample.server_memory))

    def load_share(self, subject: str, workload: str, idle: int = 0) -> Series:
        """Return how busy the load generator was."""
        return self._series(subject, workload, idle, lambda sample: sample.load_share)

    def memory_per_idle(self, subject: str, idle: int) -> list[float]:
        """Return the KiB that each of so many idle connections costs the server."""
        pairs = zip(self.memory(subject, "idle", idle), self.memory(subject, "idle", 0), strict=False)
        return [(full - empty) / idle / 1024 for full, empty in pairs if full is not None and empty is not None]

    def shutdown_ms(self, subject: str) -> list[float]:
        """Return what ``shutdown()`` took at idle."""
        return [seconds * 1e3 for seconds in self.shutdowns.get(subject, [])]

    def subjects_of(self, workload: str) -> list[str]:
        """Return the subjects that were measured at a workload."""
        return list(dict.fromkeys(subject for subject, name, _idle in self.samples if name == workload))

    def save(self, file: Path) -> None:
        """Write all as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "machine": self.machine,
            "samples": [
                {
                    "subject": subject,
                    "workload": workload,
                    "idle": idle,
                    "rounds": [None if sample is None else asdict(sample) for sample in samples],
                }
                for (subject, workload, idle), samples in self.samples.items()
            ],
            "stops": self.stops,
            "shutdowns": self.shutdowns,
            "failures": self.failures,
        }
        file.write_text(json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, file: Path) -> "Results":
        """Read what ``save`` wrote."""
        content: dict[str, Any] = json.loads(file.read_text())
        results = cls(content["machine"], {}, content["stops"], content["shutdowns"], content["failures"])
        for entry in content["samples"]:
            key = (entry["subject"], entry["workload"], entry["idle"])
            results.samples[key] = [None if sample is None else Sample(**sample) for sample in entry["rounds"]]
        return results
