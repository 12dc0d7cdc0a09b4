"""What it costs to ask for the status: bounded, whatever has piled up. Read units are told by DynamoDB Local alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from benchmarks.capacity import Ledger
from chalicelib.adapters.table import key, text
from ops.local import TABLE
from tests.functional.stack import NOW, Stack
from tests.functional.status.test_status import SHOPS

MOST_UNITS = 20  # of one look, with every bound reached
PILE = 620


class Watched:
    """An engine whose clients tell what they spend."""

    fresh = True

    def __init__(self, engine: Any, ledger: Ledger) -> None:
        self._engine = engine
        self._ledger = ledger
        self.name = engine.name

    def client(self, service: str) -> Any:
        """A client of its own."""
        client = self._engine.client(service)
        return self._ledger.watch(client) if service == "dynamodb" else client


def pile(stack: Stack, shelf: str) -> None:
    """More entries of the work index than anybody counts."""
    due = (NOW + timedelta(hours=1)).isoformat()
    for start in range(0, PILE, 25):
        requests = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": text(key("demo", "P", f"{shelf}{number}")),
                        "sk": text("parked"),
                        "wpk": text(key("demo", "W", shelf)),
                        "wsk": text(f"{due}#{number}" if shelf == "parked" else f"2026-11-20#orders#shopify#acme#{number}"),
                    }
                }
            }
            for number in range(start, min(start + 25, PILE))
        ]
        stack.dynamodb.batch_write_item(RequestItems={TABLE: requests})


@pytest.mark.dynamodb_local
def test_a_look_costs_the_same_however_much_waits(dynamodb_local_engine: Any) -> None:
    ledger = Ledger()
    stack = Stack(Watched(dynamodb_local_engine, ledger), SHOPS)
    stack.app.status.read()  # the merchant's lookup key is made on first use
    with ledger.counting() as empty:
        stack.app.status.read()
    pile(stack, "parked")
    pile(stack, "cells")
    with ledger.counting() as full:
        health = stack.app.status.read()
    assert (health.look.parked.count, health.look.parked.more) == (500, True)
    assert (health.look.cells.count, health.look.cells.more) == (500, True)
    assert empty.write == full.write == 0
    assert 0 < empty.read <= full.read <= MOST_UNITS
