"""What is read is bounded: no scans, and a query that is longer than a page goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from chalicelib.adapters.table import Table, text
from ops.local import table_schema
from tests.kit.faults import Told

NAME = "long"
ROWS, SIZE = 300, 5_000  # one page holds 1 MB


class Counting:
    """The service's client; `truncated`: what is left is never told of."""

    def __init__(self, client: Any, *, truncated: bool = False) -> None:
        self._client = client
        self._truncated = truncated
        self.calls: list[dict[str, Any]] = []

    def query(self, **call: Any) -> Any:
        """Noted."""
        self.calls.append(call)
        page = self._client.query(**call)
        return {name: value for name, value in page.items() if not (self._truncated and name == "LastEvaluatedKey")}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def client(moto_engine: Any) -> Iterator[Any]:
    """A client of a table with one long partition."""
    client = moto_engine.client("dynamodb")
    client.create_table(**table_schema(NAME, indexes=False))
    table = Table(lambda: client, NAME)
    for number in range(ROWS):
        table.put("demo#long", f"{number:05d}", {"kind": text("row"), "doc": text("x" * SIZE)})
    yield client
    client.delete_table(TableName=NAME)


@pytest.mark.fault(45)
def test_45_a_query_longer_than_a_page_goes_on_and_ends_at_its_limit(client: Any, fault: Told) -> None:
    seen = Counting(client)
    table = Table(lambda: cast(Any, seen), NAME)
    assert len(list(table.query("demo#long"))) == ROWS
    pages = len(seen.calls)
    assert pages > 1
    seen.calls.clear()
    assert [len(list(table.query("demo#long", limit=limit))) for limit in (1, 10, ROWS)] == [1, 10, ROWS]
    assert [len(list(table.newest("demo#long", limit))) for limit in (1, 10)] == [1, 10]
    assert all(call["Limit"] <= ROWS for call in seen.calls)
    fault.figure(f"{ROWS} rows of {SIZE // 1000} KB read in {pages} pages, none left out")


@pytest.mark.fault(45, saboteur=True)
def test_45_saboteur_who_reads_the_first_page_alone(client: Any) -> None:
    seen = Counting(client, truncated=True)
    assert len(list(Table(lambda: cast(Any, seen), NAME).query("demo#long"))) < ROWS
