"""The size of what is made: the Lambda bundle."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Line, Options, at_most

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "out" / "deployment.zip"
MEGABYTE = 1_000_000


def measure_bundle(_: Options) -> Iterator[Line]:
    """The zip that `make package` leaves in out/; packed now when there is none."""
    if not BUNDLE.exists():
        done = subprocess.run(["make", "package"], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            yield Line("bundle", None, detail=f"make package failed: {done.stderr.strip()[-200:]}")
            return
    with zipfile.ZipFile(BUNDLE) as bundle:
        unzipped = sum(entry.file_size for entry in bundle.infolist())
    yield Line("bundle, zipped", BUNDLE.stat().st_size / MEGABYTE, " MB", at_most(45))
    yield Line("bundle, unzipped", unzipped / MEGABYTE, " MB", at_most(120), "Lambda's limit is 250 MB")
