"""Checks of the mails' HTML by public npm packages: html-validate, Can I email's table of clients, and axe's script.

They are installed once into the user's cache, in the versions of package-lock.json, and need Node 20.19 or newer.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.npm import Unavailable as Unavailable
from ops.npm import fetched

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", "lint.mjs")
_NODE_AT_LEAST = (20, 19)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with one mail: as HTML, and what which client is known not to support."""

    valid: tuple[str, ...]
    clients: tuple[str, ...]


def fetch() -> Path:
    """The folder with everything installed. Unavailable: see `ops.npm`."""
    return fetched(HERE, _FILES, "mail-lint", _NODE_AT_LEAST)


def lint(folder: Path, mails: Mapping[str, str]) -> dict[str, Findings]:
    """What is wrong with each mail, by its name."""
    done = subprocess.run(
        ["node", "lint.mjs"], cwd=folder, input=json.dumps(dict(mails)), capture_output=True, text=True, check=True, timeout=280
    )
    told = json.loads(done.stdout)
    return {name: Findings(tuple(one["valid"]), tuple(one["clients"])) for name, one in told.items()}


def axe(folder: Path) -> str:
    """The script that finds what people who use assistive technology cannot read."""
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
