"""Many inputs at one target, by one of three engines; counts, findings, time and memory.

`atheris` where it is installed: coverage-guided. `hypothesis`: its own choice of what to try. `seeded`: inputs 0, 1, 2 ... of a
seed, the fastest, and what the sample in the tests is made of.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

from tests.fuzz.drawing import FromBytes, seeded
from tests.fuzz.findings import Finding

SLOW = 0.25  # seconds: told in the report, and nothing fails by it
GROWTH = 128  # MB more than after the first tenth
EACH = 2_000  # inputs between two reports written


class Target(Protocol):
    """What is fuzzed."""

    key: str
    endings: Counter[str]

    def one(self, draw: Random) -> None:
        """Handle one input. Raises Finding."""


@dataclass
class Report:
    """What came of a run. `findings`: for each, how often, and the inputs that made it: numbers, or bytes in hexadecimal."""

    target: str
    engine: str
    asked: int
    inputs: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    slow: int = 0
    slowest_ms: int = 0
    slowest: str = ""
    seconds: float = 0.0
    grown_mb: int = 0

    @property
    def sound(self) -> bool:
        """All inputs were handled, nothing was found, and memory did not grow."""
        return self.inputs >= self.asked and not self.findings and self.grown_mb < GROWTH


class Run:
    """One run, which every engine feeds."""

    def __init__(self, target: Target, engine: str, asked: int, out: Path | None = None) -> None:
        self.target = target
        self.report = Report(target.key, engine, asked)
        self._out = out
        self._held = 0

    def feed(self, draw: Random, name: str) -> None:
        """One input, by a name that makes it again."""
        report, began = self.report, time.perf_counter()
        try:
            self.target.one(draw)
        except Finding as finding:
            text = str(finding)
            report.found[text] = report.found.get(text, 0) + 1
            if len(known := report.findings.setdefault(text, [])) < 3:
                known.append(name)
        took = time.perf_counter() - began
        report.seconds += took
        report.inputs += 1
        report.slow += took > SLOW
        if took * 1000 > report.slowest_ms:
            report.slowest_ms, report.slowest = round(took * 1000), name
        self._weigh()
        if self._out and (report.inputs % EACH == 0 or report.inputs == report.asked):
            self.write()

    def write(self) -> None:
        """The report as it stands."""
        assert self._out is not None
        self.report.endings = dict(sorted(self.target.endings.items()))
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._out.write_text(json.dumps(asdict(self.report), indent=1), encoding="utf-8")

    def _weigh(self) -> None:
        if self.report.inputs == max(1, self.report.asked // 10):
            self._held = peak_mb()
        elif self._held:
            self.report.grown_mb = peak_mb() - self._held


def peak_mb() -> int:
    """The most memory that this process ever had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


def by_seed(run: Run) -> None:
    """Inputs by their numbers."""
    for number in range(run.report.asked):
        run.feed(seeded(run.target.key, number), str(number))


def by_hypothesis(run: Run) -> None:
    """Inputs that Hypothesis chooses; the same in every run."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    count = iter(range(sys.maxsize))

    @settings(
        max_examples=run.report.asked,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def feed(draw: Random) -> None:
        run.feed(draw, f"example {next(count)}")

    feed()


def by_atheris(run: Run) -> None:
    """Inputs that reach new code, by coverage. Ends the process, as libFuzzer does: the report is on disk by then."""
    import atheris  # type: ignore[import-untyped]  # installed only where it is wanted

    def feed(data: bytes) -> None:
        if run.report.inputs < run.report.asked:
            run.feed(FromBytes(data), data.hex())

    atheris.Setup([sys.argv[0], f"-runs={run.report.asked}", "-max_len=400", "-len_control=20", "-timeout=60", "-seed=1"], feed)
    atheris.Fuzz()


ENGINES: dict[str, Callable[[Run], None]] = {"seeded": by_seed, "hypothesis": by_hypothesis, "atheris": by_atheris}


def read(path: Path) -> Report:
    """What a run wrote."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Report(**told)
