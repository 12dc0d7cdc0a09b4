"""Programs of npm, in the versions of a lock file, installed once into the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


class Unavailable(RuntimeError):
    """They cannot run here; the message says why."""


def fetched(here: Path, files: Sequence[str], name: str, node: tuple[int, int]) -> Path:
    """The folder with everything installed, `files` of `here` beside it. Unavailable: no Node, one older than `node`, or no package
    could be fetched.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Unavailable("node and npm are not installed")
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    if version < node:
        raise Unavailable(f"node {told.strip()} is older than {'.'.join(map(str, node))}")
    folder = _folder(here, files, name)
    if not (folder / "complete").exists():
        _install(here, files, folder)
    return folder


def _folder(here: Path, files: Sequence[str], name: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    home = (Path(base) if base else Path.home() / ".cache") / "huitou" / name
    return home / hashlib.sha256(b"\0".join((here / each).read_bytes() for each in files)).hexdigest()[:16]


def _install(here: Path, files: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        shutil.copy(here / name, folder / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=280)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = str(getattr(error, "stderr", "") or error)
        raise Unavailable(f"npm could not install it: {told.strip()[-300:]}") from None
    (folder / "complete").touch()
