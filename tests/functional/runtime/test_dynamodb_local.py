"""The real engine as a process: durable with a data directory, gone with its parent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ops.dynamodb_local import DynamoDBLocal, Unavailable, locate
from ops.runtime.invoke import Function
from ops.runtime.positions import Positions
from ops.runtime.streams import Reader, StreamPump
from tests.functional.runtime.worlds import Table, make_table
from tests.kit.engines import LocalEngine

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.dynamodb_local


def test_a_data_directory_keeps_items_and_what_the_stream_has_not_delivered_yet(
    dynamodb_local_engine: LocalEngine, tmp_path: Path
) -> None:
    position = tmp_path / "stream-project.json"
    with DynamoDBLocal(data_dir=tmp_path / "engine") as server:
        table = make_table(LocalEngine(server))
        table.put("a", 1)
        assert delivered(table, position) == [1]
        table.put("a", 2)
    with DynamoDBLocal(data_dir=tmp_path / "engine") as server:
        again = Table(table.name, server.client("dynamodb"), server.client("dynamodbstreams"), table.arn)
        found = again.dynamodb.get_item(TableName=table.name, Key={"pk": {"S": "a"}})["Item"]
        again.put("a", 3)

        assert found["n"] == {"N": "2"}
        assert delivered(again, position) == [2, 3]
        assert delivered(again, position) == []
        last = server.client("dynamodb")

    with pytest.raises(EndpointConnectionError):
        last.list_tables()
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.endpoint


def delivered(table: Table, position: Path) -> list[int]:
    """What a new pump that begins at the saved position delivers."""
    got: list[int] = []

    def handler(event: dict[str, Any], _: Any) -> None:
        got.extend(int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in event["Records"])

    positions = Positions(table.arn, position)
    pump = StreamPump(table.streams, table.arn, Reader("project"), Function("project", handler), positions=positions)
    while pump.poll():
        pass
    return got


def test_two_engines_run_side_by_side(dynamodb_local_engine: LocalEngine) -> None:
    with DynamoDBLocal() as other:
        make_table(LocalEngine(other))
        mine: list[Any] = other.client("dynamodb").list_tables()["TableNames"]

        assert other.port != dynamodb_local_engine.server.port
        assert len(mine) == 1


PARENT = """
import time
from ops.dynamodb_local import DynamoDBLocal
print(DynamoDBLocal().start().port, flush=True)
time.sleep(600)
"""


def test_the_engine_ends_when_its_parent_is_killed(dynamodb_local_engine: LocalEngine) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = ("127.0.0.1", int(process.stdout.readline()))
    socket.create_connection(address).close()
    process.kill()
    process.communicate()

    with pytest.raises(OSError, match=r"refused|reset"):
        while True:
            socket.create_connection(address).close()


def test_a_home_without_the_jar_is_told(dynamodb_local_engine: LocalEngine, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Unable to access jarfile"):
        DynamoDBLocal(home=tmp_path).start()
    assert locate() is not None
