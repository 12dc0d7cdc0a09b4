"""What the shipped libraries are licensed under: `python -m ops.licences` writes docs/licences.md, `--check` compares it.

Names and versions are those of requirements.lock; licences are what each installed distribution says of itself.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK, PAGE = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
# Licences that ask for no source of ours, by their SPDX names.
ALLOWED = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense"}
)
# What distributions without an SPDX expression say.
_SAID = {
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_HEAD = """# Licences of what is shipped

Made by `python -m ops.licences` of `requirements.lock`: the libraries in the Lambda bundle, and the worker's one more. Huitou
itself is under Apache-2.0 ([LICENSE](../LICENSE)). No library under GPL, LGPL or AGPL is among them, nor one that says nothing;
a test keeps it so. MPL-2.0 asks that changes to its own files be published; none are made.

| library | version | licence |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Library:
    """A library, and the SPDX names of its licence. Of several with OR, one is enough."""

    name: str
    version: str
    licences: tuple[str, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether it may be shipped."""
        return any(each in ALLOWED for each in self.licences)


def pinned(lock: str) -> dict[str, str]:
    """Version by name."""
    return dict(_PIN.findall(lock))


def licences_of(told: Message | Any) -> tuple[str, ...]:
    """What a distribution says: its SPDX expression, else its classifiers, else its word. Empty where it says nothing known.

    An expression with AND counts as one that nobody knows: each part of it would have to be looked at.
    """
    expression = told.get("License-Expression") or ""
    if expression:
        return tuple(each.strip(" ()") for each in expression.split(" OR "))
    classified = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    said = classified or [(told.get("License") or "").strip()]
    return tuple(sorted({_SAID.get(each, each) for each in said if each}))


def libraries(lock: str, told: Mapping[str, Any] | None = None) -> list[Library]:
    """All of a lock. PackageNotFoundError: one is not installed here. ValueError: another version of it is."""
    found = []
    for name, version in sorted(pinned(lock).items()):
        about = told[name] if told is not None else metadata(name)
        if about["Version"] != version:
            raise ValueError(f"{name} {version} is locked, {about['Version']} is installed")
        found.append(Library(name, version, licences_of(about)))
    return found


def page(found: list[Library]) -> str:
    """The page."""
    return _HEAD + "".join(f"| {each.name} | {each.version} | {' or '.join(each.licences) or 'none told'} |\n" for each in found)


def main(arguments: list[str]) -> int:
    """Write or compare. 1: a licence is none that may be shipped, or the page is another."""
    try:
        found = libraries(LOCK.read_text(encoding="utf-8"))
    except (PackageNotFoundError, ValueError) as error:
        print(f"not told: {error}; run make setup")
        return 1
    wrong = [f"{each.name}: {' or '.join(each.licences) or 'none told'}" for each in found if not each.is_allowed]
    if wrong:
        print("may not be shipped:", *wrong, sep="\n  ")
        return 1
    if "--check" in arguments:
        return 0 if PAGE.read_text(encoding="utf-8") == page(found) else 1
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
