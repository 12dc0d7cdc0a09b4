"""Handlers take events as AWS gives them, and the local runtime makes the very same shapes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

import app as entry_points
from chalicelib import bootstrap
from chalicelib.envelope import decode
from chalicelib.lambda_events import raw_request, stream_images
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.pumps import Schedule, schedule_event, sqs_event
from ops.runtime.queue import open_queues
from ops.runtime.routes import RouteTable
from ops.runtime.stream_records import lambda_record_text
from tests.functional.exactness.world import erp
from tests.functional.stack import NOW, Stack
from tests.kit.events import EVENTS, recorded, shape

REST = ("rest-webhook", "rest-webhook-topic", "rest-challenge")
BOTH = ("moto_engine", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local))
EDGE = ("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")


@pytest.fixture
def stack(moto_engine: Any) -> Iterator[Stack]:
    made = Stack(moto_engine)
    bootstrap.install(made.app)
    yield made
    bootstrap.install(None)


def made_again(event: dict[str, Any]) -> dict[str, Any]:
    """The event that the local gateway makes of the same request."""
    pairs = ((name, value) for name, values in event["multiValueHeaders"].items() for value in values if name not in EDGE)
    query = [(name, value) for name, values in (event["multiValueQueryStringParameters"] or {}).items() for value in values]
    source = event["requestContext"]["identity"]["sourceIp"]
    body = base64.b64decode(event["body"] or "")
    request = HttpIn(event["httpMethod"], event["path"], urlencode(query), tuple(pairs), body, source)
    match = RouteTable(entry_points.app.routes).match(event["path"], event["httpMethod"])
    assert match is not None
    at = datetime.fromtimestamp(event["requestContext"]["requestTimeEpoch"] / 1000, UTC)
    return proxy_event(request, match, event["requestContext"]["stage"], at)


@pytest.mark.parametrize("name", REST)
def test_the_gateway_makes_the_event_of_the_same_request(name: str) -> None:
    """Value by value; only the ids that AWS gives out are its own."""
    theirs, ours = recorded(name), made_again(recorded(name))
    assert shape(ours) == shape(theirs)
    for one in ("accountId", "apiId", "deploymentId", "extendedRequestId", "requestId", "resourceId"):
        theirs["requestContext"].pop(one)
        ours["requestContext"].pop(one)
    assert ours == theirs


def test_a_batch_of_messages_has_the_shape_of_sqs() -> None:
    theirs = recorded("sqs-batch")
    queues = open_queues(now=lambda: NOW)
    queues.inbound.send([record["body"] for record in theirs["Records"]])
    ours = sqs_event(queues.inbound.receive(), queues.inbound.arn)
    queues.close()
    assert shape(ours) == shape(theirs)
    assert [record["md5OfBody"] for record in ours["Records"]] == [record["md5OfBody"] for record in theirs["Records"]]


def test_a_dead_letter_has_the_shape_of_sqs() -> None:
    clock = [NOW]
    queues = open_queues(now=lambda: clock[0], max_receive_count=1)
    queues.inbound.send(["an envelope"])
    for _ in range(2):
        queues.inbound.receive()
        clock[0] += timedelta(minutes=1)
    ours = sqs_event(queues.inbound_dead.receive(), queues.inbound_dead.arn)
    queues.close()
    assert shape(ours) == shape(recorded("sqs-dead-letter"))


@pytest.mark.parametrize("engine", BOTH)
def test_stream_records_have_the_shape_of_lambda(engine: str, request: pytest.FixtureRequest) -> None:
    """The same three changes made to the real table, of each engine."""
    stack = Stack(request.getfixturevalue(engine))
    stack.records()
    theirs = recorded("dynamodb-stream")["Records"]
    for record in theirs:
        change = record["dynamodb"]
        if "NewImage" in change:
            item = {name: _native(value) for name, value in change["NewImage"].items()}
            stack.dynamodb.put_item(TableName="huitou", Item=item)
        else:
            stack.dynamodb.delete_item(TableName="huitou", Key=change["Keys"])
    ours = [json.loads(lambda_record_text(record, stack.stream_arn)) for record in stack.records()]
    assert [shape(record) for record in ours] == [shape(record) for record in theirs]
    images = ("Keys", "NewImage", "OldImage")
    assert [[record["dynamodb"].get(name) for name in images] for record in ours] == [
        [record["dynamodb"].get(name) for name in images] for record in theirs
    ]


def test_a_record_of_what_expired_has_the_shape_of_lambda() -> None:
    """No engine at hand expires by itself: the streams API's own spelling of it goes in."""
    (theirs,) = recorded("dynamodb-stream-expired")["Records"]
    change = theirs["dynamodb"] | {"ApproximateCreationDateTime": NOW}
    change["OldImage"] = {name: _native(value) for name, value in change["OldImage"].items()}
    told = {name: theirs[name] for name in ("eventID", "eventName", "eventVersion", "awsRegion")}
    api = told | {"dynamodb": change, "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}}
    ours = json.loads(lambda_record_text(api, theirs["eventSourceARN"]))
    assert shape(ours) == shape(theirs)
    assert ours["userIdentity"] == theirs["userIdentity"]


def test_a_schedule_has_the_shape_of_the_scheduler() -> None:
    theirs = recorded("schedule")
    ours = schedule_event(Schedule("tick", timedelta(minutes=1)), NOW)
    assert shape(ours) == shape(theirs)
    for name in ("id", "account", "resources"):
        del theirs[name], ours[name]
    assert ours == theirs


def test_every_recorded_event_is_held_to() -> None:
    """A file that no test above reads would drift unseen."""
    held = {*REST, "sqs-batch", "sqs-dead-letter", "dynamodb-stream", "dynamodb-stream-expired", "schedule"}
    assert {path.stem for path in EVENTS.glob("*.json")} == held


@pytest.mark.parametrize(
    "harm",
    [
        lambda event: event.pop("isBase64Encoded"),
        lambda event: event.update(version="2.0"),
        lambda event: event.update(pathParameters=None),
        lambda event: event["requestContext"]["identity"].pop("userArn"),
        lambda event: event["multiValueHeaders"].update(Host="hooks.example.com"),
    ],
)
def test_saboteur_another_shape_is_seen(harm: Any) -> None:
    event = recorded("rest-webhook")
    harm(event)
    assert shape(event) != shape(recorded("rest-webhook"))


def test_a_recorded_push_is_verified_queued_and_becomes_an_order(stack: Stack) -> None:
    answer = entry_points.app(recorded("rest-webhook"), None)
    assert answer["statusCode"] == 200
    body = stack.inbound.bodies.pop()
    assert decode(body).platform == "generic"
    batch = recorded("sqs-batch")
    batch["Records"][0]["body"] = body
    assert entry_points.normalise(batch, None) == {"batchItemFailures": []}
    assert stack.counters.total("applied") == 1
    assert stack.counters.total("quarantined", reason="envelope-malformed") == 1
    stack.project()
    assert entry_points.app(recorded("rest-webhook"), None)["statusCode"] == 200
    stack.settle()
    assert stack.counters.total("duplicate") == 1


def test_a_recorded_header_given_twice_and_a_recorded_challenge_are_refused(stack: Stack) -> None:
    raw = raw_request(recorded("rest-webhook-topic"), "https://hooks.example.com")
    assert (raw.topic, raw.body, len(raw.headers["x-shopify-hmac-sha256"])) == ("orders paid", b'{"id":1}', 2)
    assert entry_points.app(recorded("rest-webhook-topic"), None)["statusCode"] == 401
    assert raw_request(recorded("rest-challenge"), "").query == (
        ("echostr", "1"),
        ("echostr", "2"),
        ("nonce", "回 x"),
        ("bare", ""),
    )
    assert 400 <= entry_points.app(recorded("rest-challenge"), None)["statusCode"] < 500
    assert stack.inbound.bodies == []


def test_recorded_stream_records_come_out_as_images(stack: Stack) -> None:
    images = stream_images([*recorded("dynamodb-stream")["Records"], *recorded("dynamodb-stream-expired")["Records"]])
    assert [(old and old["doc"]["B"], new["doc"]["B"]) for old, new in images] == [
        (None, b"\xff\x00 one"),
        (b"\xff\x00 one", b"\xff\x00 two"),
    ]
    assert entry_points.project(recorded("dynamodb-stream"), None) == {"batchItemFailures": []}
    assert entry_points.trigger(recorded("dynamodb-stream"), None) == {"batchItemFailures": []}
    assert not stack.counters.total("record_failed")


def test_every_schedule_takes_the_recorded_event(stack: Stack) -> None:
    deliver_one = erp("R2", 1, "paid", 400, buyer="b1")
    assert stack.push("generic", "erp", deliver_one.body) == 200
    for name in ("tick", "sweep", "deliver"):
        assert isinstance(getattr(entry_points, name)(recorded("schedule"), None), dict)


def _native(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute as the SDK takes it: binary as bytes."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else value
