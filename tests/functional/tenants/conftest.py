"""An engine for towns: moto asked without its wire, which is a third of the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import bootstrap
from ops.local import moto
from tests.functional.tenants.town import no_chance


@pytest.fixture
def quick() -> Iterator[Any]:
    """The engine; what is made of chance is made of content."""
    with moto(wire=False) as engine, no_chance():
        yield engine
    bootstrap.install(None)
