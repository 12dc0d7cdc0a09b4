"""The packaged bundle, once a session: the one HUITOU_BUNDLE names, else packed now."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.bundle.template import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of deployment.zip and sam.yaml."""
    named = os.environ.get("HUITOU_BUNDLE")
    if named:
        return ROOT / named
    out = tmp_path_factory.mktemp("package")
    chalice = Path(sys.executable).parent / "chalice"
    command = [str(chalice), "package", "--stage", "prod", "--merge-template", "infra/resources.yaml", str(out)]
    environ = os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="session")
def template(package: Path) -> dict[str, Any]:
    """The packaged template."""
    return load(package / "sam.yaml")


@pytest.fixture(scope="session")
def unzipped(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as Lambda lays it out."""
    folder = tmp_path_factory.mktemp("bundle")
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        bundle.extractall(folder)
    return folder
