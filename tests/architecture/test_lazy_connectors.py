"""A process pays for the platform it serves, however many there are."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from connectors.registry import KEYS
from tests.architecture.source import ROOT

STORY = """
import json, sys
import app
from connectors import registry
registry.connector(sys.argv[1])
print(json.dumps(sorted({name.split(".")[1] for name in sys.modules if name.startswith("connectors.")})))
"""


@pytest.mark.parametrize("key", [KEYS[0], KEYS[-1]])
def test_one_platform_loads_one_package(key: str) -> None:
    ran = subprocess.run([sys.executable, "-c", STORY, key], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == sorted(["registry", key])
