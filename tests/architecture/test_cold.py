"""What takes a webhook loads nothing of what makes figures and mails: a cold start waits for every import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNNEEDED = {
    "aws_lambda_powertools",
    "chalicelib.domain.facts",
    "chalicelib.domain.health",
    "chalicelib.domain.report",
    "chalicelib.pipeline.normalise",
    "chalicelib.ports",
    "chalicelib.reckoning",
    "jinja2",
    "requests",
}
LOADS = """
import sys
import app
import chalicelib.pipeline.receive, chalicelib.intake, chalicelib.adapters.aws, chalicelib.adapters.vault, chalicelib.adapters.table
from chalicelib.parts import aws_parts
print(" ".join(sys.modules))
"""


def loaded(more: str = "") -> set[str]:
    """The modules of a new process that is ready to take a webhook."""
    done = subprocess.run([sys.executable, "-c", f"{more}{LOADS}"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_push_waits_for_no_figures() -> None:
    assert loaded() & UNNEEDED == set()


def test_what_is_loaded_all_the_same_is_seen() -> None:
    assert loaded("import chalicelib.ports\n") & UNNEEDED == {
        "chalicelib.ports",
        "chalicelib.domain.facts",
        "chalicelib.domain.health",
        "chalicelib.domain.report",
    }
