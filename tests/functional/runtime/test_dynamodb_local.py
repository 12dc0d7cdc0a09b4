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
from tests.functional.runtime.worlds import Table, make_table
from tests.kit.engines import LocalEngine

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.dynamodb_local


def test_a_data_directory_survives_a_restart(dynamodb_local_engine: LocalEngine, tmp_path: Path) -> None:
    with DynamoDBLocal(data_dir=tmp_path) as server:
        table = make_table(LocalEngine(server))
        table.put("a", 1)
        port = server.port
    with DynamoDBLocal(data_dir=tmp_path) as server:
        found = server.client("dynamodb").get_item(TableName=table.name, Key={"pk": {"S": "a"}})["Item"]
        streams = server.client("dynamodbstreams")
        again = Table(table.name, server.client("dynamodb"), streams, table.arn)
        again.put("a", 2)
        described = streams.describe_stream(StreamArn=table.arn)["StreamDescription"]
        last = server.client("dynamodb")

    assert port > 0
    assert found["n"] == {"N": "1"}
    assert described["StreamStatus"] == "ENABLED"
    with pytest.raises(EndpointConnectionError):
        last.list_tables()
    with pytest.raises(RuntimeError, match="not started"):
        _ = server.endpoint


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
