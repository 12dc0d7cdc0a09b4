"""The stream pump against both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops.runtime.invoke import Function
from ops.runtime.positions import Positions
from ops.runtime.streams import Faults, Reader, StreamPump
from tests.functional.runtime.worlds import Table, make_table
from tests.kit.engines import Engine

ENGINES = ["moto_engine", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def read(table: Table, reader: Reader = Reader("project"), **more: Any) -> tuple[list[tuple[str, int]], StreamPump]:  # noqa: B008
    """Everything a new pump delivers, as (key, value), and the pump."""
    got: list[tuple[str, int]] = []

    def handler(event: dict[str, Any], _: Any) -> None:
        got.extend((one["dynamodb"]["Keys"]["pk"]["S"], int(one["dynamodb"]["NewImage"]["n"]["N"])) for one in event["Records"])

    pump = StreamPump(table.streams, table.arn, reader, Function(reader.name, handler), retry_seconds=0, **more)
    while pump.poll():
        pass
    return got, pump


def test_every_write_is_delivered_in_the_order_of_its_key(engine: Engine) -> None:
    table = make_table(engine)
    for number in range(230):
        table.put(f"k{number % 7}", number)

    got, pump = read(table)
    assert len(got) == 230
    for key in {key for key, _ in got}:
        assert [n for one, n in got if one == key] == sorted(n for one, n in got if one == key)
    assert pump.quiet_since(pump.rounds_done)


def test_records_have_the_form_lambda_delivers(engine: Engine) -> None:
    table = make_table(engine)
    table.put("a", 1)
    table.put("a", 2)
    table.dynamodb.delete_item(TableName=table.name, Key={"pk": {"S": "a"}})
    seen: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], _: Any) -> None:
        seen.extend(event["Records"])

    StreamPump(table.streams, table.arn, Reader("project"), Function("project", handler)).poll()

    assert [record["eventName"] for record in seen] == ["INSERT", "MODIFY", "REMOVE"]
    assert {record["eventSourceARN"] for record in seen} == {table.arn}
    assert seen[0]["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "kind": {"S": "order"}, "n": {"N": "1"}, "raw": {"B": "/wA="}}
    assert seen[1]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert "NewImage" not in seen[2]["dynamodb"]
    assert isinstance(seen[0]["dynamodb"]["ApproximateCreationDateTime"], int)


def test_an_image_stays_what_it_was_when_the_item_is_updated_later(engine: Engine) -> None:
    table = make_table(engine)
    table.put("a", 1)
    key, update = {"pk": {"S": "a"}}, "SET n = :n"
    table.dynamodb.update_item(TableName=table.name, Key=key, UpdateExpression=update, ExpressionAttributeValues={":n": {"N": "2"}})

    assert read(table)[0] == [("a", 1), ("a", 2)]


def test_readers_see_only_their_kinds(engine: Engine) -> None:
    table = make_table(engine)
    for number, kind in enumerate(["order", "fact", "review", "cell", "order"]):
        table.put(f"k{number}", number, kind)

    assert [n for _, n in read(table, Reader("project", frozenset({"order", "review"})))[0]] == [0, 2, 4]
    assert [n for _, n in read(table, Reader("trigger", frozenset({"review"})))[0]] == [2]


def test_a_saved_position_is_where_the_next_pump_begins(engine: Engine, tmp_path: Path) -> None:
    table, path = make_table(engine), tmp_path / "stream-project.json"
    table.put("a", 1)
    read(table, positions=Positions(table.arn, path))
    table.put("a", 2)

    assert read(table, positions=Positions(table.arn, path))[0] == [("a", 2)]
    assert read(table)[0] == [("a", 1), ("a", 2)]


def test_faults_lose_nothing(engine: Engine) -> None:
    table = make_table(engine)
    for number in range(60):
        table.put(f"k{number % 4}", number)
    faults = Faults(seed=1, redeliver=0.5, overlap=0.5, shorten=0.5, bisect=0.5, delay=0.5)

    got, _ = read(table, Reader("project", batch_size=10), faults=faults)
    assert len(got) > 60
    assert list(dict.fromkeys(got)) == [(f"k{number % 4}", number) for number in range(60)]
