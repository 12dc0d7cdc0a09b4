"""Whether a shipped library has a known hole: `make audit` asks pip-audit, and says so where it could not be asked.

A library that the source of advisories does not know counts as not asked about: silence is no all-clear.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
CLEAN, HOLES, NOT_ASKED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of it. `holes`: library, version, advisories. `unasked`: libraries that nobody could tell about."""

    asked: int
    holes: tuple[str, ...]
    unasked: tuple[str, ...]
    trouble: str = ""

    @property
    def code(self) -> int:
        """The exit code: holes outweigh what could not be asked."""
        return HOLES if self.holes else NOT_ASKED if self.unasked or self.trouble or not self.asked else CLEAN

    def said(self) -> str:
        """For people."""
        if self.trouble:
            return f"NOT AUDITED: pip-audit could not ask ({self.trouble})"
        lines = [f"{self.asked} libraries asked about, {len(self.holes)} with known holes"]
        lines += [f"  HOLE {each}" for each in self.holes]
        if self.unasked:
            lines.append(f"NOT AUDITED: the advisories know nothing of {len(self.unasked)}: {', '.join(self.unasked)}")
        return "\n".join(lines)


def audit(command: Sequence[str], lock: Path = LOCK) -> Audit:
    """Run pip-audit over a lock and read what it says."""
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "-r", str(lock))
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(0, (), (), (done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    asked = [each for each in told if "skip_reason" not in each]
    holes = tuple(
        f"{each['name']} {each['version']}: {', '.join(hole['id'] for hole in each['vulns'])}" for each in asked if each["vulns"]
    )
    return Audit(len(asked), holes, tuple(each["name"] for each in told if "skip_reason" in each))


def main(command: Sequence[str]) -> int:
    """Print it. 0 nothing is known against them, 1 holes, 2 not all could be asked about."""
    found = audit(command)
    print(found.said())
    return found.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["pip-audit"]))
