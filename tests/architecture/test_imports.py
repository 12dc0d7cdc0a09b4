"""The direction of imports: all contracts hold, and each breaks when it is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# Contract, module, and the line that must not be there.
VIOLATIONS = (
    ("core layers", "chalicelib/domain/money.py", "import chalicelib.ports"),
    ("core layers", "chalicelib/toolkit/clocks.py", "import chalicelib.contract"),
    ("pipeline steps talk through records, not imports", "chalicelib/pipeline/pull.py", "import chalicelib.pipeline.receive"),
    ("connectors are independent of each other", "connectors/generic/mapping.py", "import connectors.shopify.status"),
    ("connectors see only the contract", "connectors/generic/mapping.py", "import chalicelib.ports"),
    ("connectors see only the contract", "connectors/shopify/api.py", "import requests"),
    ("only the hub knows connectors", "chalicelib/pipeline/receive.py", "import connectors.registry"),
    ("boto3 only in adapters", "chalicelib/pipeline/deliver.py", "import boto3"),
)


def lint(folder: Path) -> tuple[int, str]:
    """The linter's exit code and report on a folder."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def contracts() -> set[str]:
    return set(re.findall(r"^name = (.+)$", (ROOT / ".importlinter").read_text(), re.MULTILINE))


def test_contracts_hold() -> None:
    code, report = lint(ROOT)

    assert code == 0, report
    assert f"{len(contracts())} kept, 0 broken" in report


def test_every_contract_has_a_violation_to_catch() -> None:
    assert {name for name, _, _ in VIOLATIONS} == contracts()


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_contract_catches(tmp_path: Path, contract: str, module: str, line: str) -> None:
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for room in ("chalicelib", "connectors"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")

    code, report = lint(tmp_path)

    assert code == 1, report
    assert f"{contract} BROKEN" in report
