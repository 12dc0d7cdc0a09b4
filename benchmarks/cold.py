"""Cold receiving: a new process, from its start to its first acknowledgement, against the handler written by hand.

Both make their SDK clients for real and send through them; only the wire is cut. What the process does is in cold_process.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import app as entry_points
from benchmarks import handwritten
from benchmarks.harness import Line, Options, at_most, race
from benchmarks.payloads import body
from benchmarks.receive import event
from benchmarks.rig import CONFIG, SECRET
from benchmarks.stubs import ENVIRON

HERE = Path(__file__).resolve().parent.parent
PROCESS = HERE / "benchmarks" / "cold_process.py"


def measure_cold(_: Options) -> Iterator[Line]:
    """Processor time of whole processes, alternately."""
    data = body("shopify", 2_000).data
    with tempfile.TemporaryDirectory() as folder:
        for name, routes in (("ours", entry_points.app.routes), ("hand", handwritten.app.routes)):
            given = {"event": event(data, routes), "config": CONFIG, "secret": SECRET}
            Path(folder, f"{name}.json").write_text(json.dumps(given))
        took = race(lambda: _run("ours", folder), lambda: _run("hand", folder))
    yield Line(
        "process start to first acknowledgement, SDK clients over a cut wire",
        took.ratio,
        " x",
        at_most(1.3),
        f"{took.first_seconds * 1000:.0f} ms against {took.second_seconds * 1000:.0f} ms; five clients against one",
    )


def _run(which: str, folder: str) -> float:
    """Seconds of processor time of one process; it must have acknowledged."""
    before = os.times()
    command = [sys.executable, str(PROCESS), which, f"{folder}/{which}.json"]
    done = subprocess.run(command, cwd=HERE, env={**os.environ, **ENVIRON}, capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode or done.stdout.split()[-1:] != ["200"]:
        raise RuntimeError(f"{which} did not acknowledge: {done.stderr[-500:]}")
    return after.children_user + after.children_system - before.children_user - before.children_system
