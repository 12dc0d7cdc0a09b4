"""Lighthouse, the auditor of Chromium: how quick, how accessible and how well made a page is, 0 to 100.

Installed once into the user's cache, in the versions of package-lock.json; needs Node 18.20 or newer, and Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.npm import Unavailable as Unavailable
from ops.npm import fetched

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json")
_NODE_AT_LEAST = (18, 20)
TRIES = 3
CATEGORIES = ("performance", "accessibility", "best-practices")


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found of a page in one category. `score`: 0 to 100; `faults`: what cost points."""

    score: float
    faults: tuple[str, ...]


def fetch() -> Path:
    """The folder with it. Unavailable: no Chromium, and see `ops.npm`."""
    if shutil.which("chromium") is None:
        raise Unavailable("chromium is not installed")
    return fetched(HERE, _FILES, "lighthouse", _NODE_AT_LEAST)


def audit(folder: Path, url: str, headers: Mapping[str, str]) -> dict[str, Audit]:
    """A page by category, as a telephone on a slow line would have it, which is how Lighthouse looks unless told otherwise.

    RuntimeError: three times it found no page, or did not end; a browser that has just started may miss the page's begin.
    """
    for _ in range(TRIES - 1):
        with suppress(RuntimeError):
            return read(json.loads(_look(folder, url, headers)))
    return read(json.loads(_look(folder, url, headers)))


def _look(folder: Path, url: str, headers: Mapping[str, str]) -> str:
    flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]
    command = [
        *("node", "node_modules/lighthouse/cli/index.js", url, "--quiet", "--output=json", "--output-path=stdout"),
        f"--only-categories={','.join(CATEGORIES)}",
        f"--extra-headers={json.dumps(dict(headers))}",
        f"--chrome-flags={' '.join(flags)}",
        "--no-enable-error-reporting",
    ]
    environment = os.environ | {"CHROME_PATH": str(shutil.which("chromium"))}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=280)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"lighthouse failed: {str(getattr(error, 'stderr', '') or error).strip()[-300:]}") from None
    return done.stdout


def read(told: Mapping[str, Any]) -> dict[str, Audit]:
    """What it says of a page, by category. RuntimeError: it found none."""
    if problem := told.get("runtimeError"):
        raise RuntimeError(f"lighthouse found no page: {problem.get('message')}")
    lost = {name for name, each in told["audits"].items() if each.get("score") is not None and each["score"] < 1}
    found = {}
    for name in CATEGORIES:
        category = told["categories"][name]
        weighed = {each["id"] for each in category["auditRefs"] if each["weight"]}
        found[name] = Audit(float(category["score"] or 0) * 100, tuple(sorted(weighed & lost)))
    return found
