"""docs/add-a-connector.md as steps: its numbered sections, and the blocks of code in them.

A block is written to a file (`file=PATH`), put after a line of one (`file=PATH after="LINE"`), or run (`sh`). Any other
block is for reading.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent
GUIDE = ROOT / "docs" / "add-a-connector.md"
COPIED = ("app.py", "chalicelib", "connectors", "docs", "ops", "templates", "tests", "pyproject.toml", "CHANGELOG.md")
READMES = ("README.md", "README.zh-CN.md")
_STEP = re.compile(r"^## (?P<number>\d+)\. (?P<title>.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\bfile=(\S+)")
_AFTER = re.compile(r'\bafter="([^"]*)"')


@dataclass(frozen=True)
class Block:
    """A fenced block: its info string and its text."""

    info: str
    text: str

    @property
    def file(self) -> str | None:
        """The path it belongs to, None where it has none."""
        found = _FILE.search(self.info)
        return found[1] if found else None

    @property
    def after(self) -> str | None:
        """The line it is put after, None where it is a file of its own."""
        found = _AFTER.search(self.info)
        return found[1] if found else None


@dataclass(frozen=True)
class Step:
    """A numbered section. `prose` is what stands outside its blocks."""

    number: int
    title: str
    prose: str
    blocks: tuple[Block, ...]


def steps(text: str) -> list[Step]:
    """The numbered sections of a guide, in order."""
    heads = list(_STEP.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = []
    for head, end in zip(heads, ends, strict=True):
        section = text[head.end() : end]
        blocks = tuple(Block(fence["info"], fence["text"]) for fence in _FENCE.finditer(section))
        found.append(Step(int(head["number"]), head["title"], _FENCE.sub("", section), blocks))
    return found


def tree(place: Path) -> Path:
    """A copy of what the guide works on, with this environment as its `.venv`."""
    for name in (*COPIED, *READMES):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place / name)
    (place / ".venv").symlink_to(sys.prefix)
    return place


def carry_out(step: Step, place: Path) -> int:
    """Do what a step says; returns the exit status of its first command that failed, 0 when none did."""
    for block in step.blocks:
        if block.file is not None:
            _write(block, place / block.file)
        elif block.info == "sh":
            status = _run(block.text, place)
            if status:
                return status
    return 0


def _write(block: Block, path: Path) -> None:
    if block.after is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = lines.index(f"{block.after}\n") + 1
    while lines[at] == "\n":
        at += 1
    path.write_text("".join([*lines[:at], block.text, *lines[at:]]), encoding="utf-8")


def _run(script: str, place: Path) -> int:
    # Nothing of the run that we are in: its plugins, its workers, its engines.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "HUITOU_", "PYTHONPATH"))}
    environment["PYTEST_ADDOPTS"] = "-x -p no:cacheprovider"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stdout.write(done.stdout[-4000:] + done.stderr[-4000:])
    return done.returncode
