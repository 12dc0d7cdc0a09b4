"""Checks of the mails' HTML by public npm packages: html-validate, Can I email's table of clients, and axe's script.

They are installed once into the user's cache, in the versions of package-lock.json, and need Node 20.19 or newer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", "lint.mjs")
_NODE_AT_LEAST = (20, 19)


class Unavailable(RuntimeError):
    """The checks cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with one mail: as HTML, and what which client is known not to support."""

    valid: tuple[str, ...]
    clients: tuple[str, ...]


def fetch() -> Path:
    """The folder with everything installed. Unavailable: no Node, one too old, or no package could be fetched."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Unavailable("node and npm are not installed")
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    if version < _NODE_AT_LEAST:
        raise Unavailable(f"node {told.strip()} is older than {'.'.join(map(str, _NODE_AT_LEAST))}")
    folder = _folder()
    if not (folder / "complete").exists():
        _install(folder)
    return folder


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


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    home = (Path(base) if base else Path.home() / ".cache") / "huitou" / "mail-lint"
    return home / hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()[:16]


def _install(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(HERE / name, folder / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=280)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = str(getattr(error, "stderr", "") or error)
        raise Unavailable(f"npm could not install the checks: {told.strip()[-300:]}") from None
    (folder / "complete").touch()
