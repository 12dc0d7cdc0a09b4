"""moto made quick answers as moto does."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from ops.local import TABLE, create_tables, moto
from ops.quick_moto import own_aws


def _fill(client: Any) -> None:
    for number in range(30):
        item = {
            "pk": {"S": f"p{number % 3}"},
            "sk": {"S": f"s{number:02d}"},
            "n": {"N": str(number)},
            "doc": {"B": bytes([number])},
        }
        if number % 2:
            item |= {"wpk": {"S": "work"}, "wsk": {"S": f"w{30 - number:02d}"}}
        client.put_item(TableName=TABLE, Item=item)


def _questions(client: Any) -> list[Any]:
    def ask(**call: Any) -> Any:
        answer = client.query(TableName=TABLE, **call)
        return answer["Items"], answer.get("LastEvaluatedKey")

    key = {":p": {"S": "p1"}}
    work = {":p": {"S": "work"}}
    first = ask(KeyConditionExpression="pk = :p", ExpressionAttributeValues=key, Limit=3)
    return [
        ask(KeyConditionExpression="pk = :p", ExpressionAttributeValues=key),
        first,
        ask(KeyConditionExpression="pk = :p", ExpressionAttributeValues=key, ExclusiveStartKey=first[1]),
        ask(
            KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
            ExpressionAttributeValues=key | {":s": {"S": "s1"}},
            ScanIndexForward=False,
        ),
        ask(IndexName="work", KeyConditionExpression="wpk = :p", ExpressionAttributeValues=work),
        ask(
            IndexName="work",
            KeyConditionExpression="wpk = :p AND wsk <= :u",
            ExpressionAttributeValues=work | {":u": {"S": "w15"}},
            Limit=4,
        ),
        ask(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "nobody"}}),
    ]


def _refused(client: Any) -> tuple[str, Any]:
    """A transaction whose second condition fails: the first write must be undone."""
    put = {"TableName": TABLE, "Item": {"pk": {"S": "p1"}, "sk": {"S": "s01"}, "n": {"N": "99"}}}
    taken = {"TableName": TABLE, "Item": {"pk": {"S": "p1"}, "sk": {"S": "s04"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError) as error:
        client.transact_write_items(TransactItems=[{"Put": put}, {"Put": taken}])
    return error.value.response["Error"]["Code"], client.get_item(TableName=TABLE, Key={"pk": {"S": "p1"}, "sk": {"S": "s01"}})[
        "Item"
    ]


def _stream(client: Any, arn: str) -> list[Any]:
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    where = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = client.get_records(ShardIterator=where)["Records"]
    return [(record["eventName"], record["dynamodb"].get("NewImage"), record["dynamodb"].get("OldImage")) for record in records]


def _all(client: Any, streams: Any) -> list[Any]:
    arn = create_tables(client)
    _fill(client)
    return [_questions(client), _refused(client), _questions(client), _stream(streams, arn)]


def test_it_begins_without_the_tables_of_a_mock_around_it() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        create_tables(client)
        with moto() as engine:
            assert engine.client("dynamodb").list_tables()["TableNames"] == []


def test_same_answers() -> None:
    with own_aws():
        config = Config(account_id_endpoint_mode="disabled")
        plain = [
            boto3.client(
                name,
                region_name="us-east-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",
                config=config,
            )
            for name in ("dynamodb", "dynamodbstreams")
        ]
        expected = _all(*plain)
    for wire in (True, False):
        with moto(wire=wire) as engine:
            actual = _all(engine.client("dynamodb"), engine.client("dynamodbstreams"))
        assert expected == actual


def test_the_other_calls_without_the_wire() -> None:
    """What stores call besides: each answers, and is refused, as by the wire."""
    answers = []
    for wire in (True, False):
        with moto(wire=wire) as engine:
            client = engine.client("dynamodb")
            create_tables(client)
            _fill(client)
            answers.append(_others(client))
    assert answers[0] == answers[1]


def _others(client: Any) -> list[Any]:
    key = {"pk": {"S": "p1"}, "sk": {"S": "s01"}}
    count = {
        "UpdateExpression": "ADD n :one SET doc = :doc",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":doc": {"B": b"\xff"}},
    }
    put = {
        "PutRequest": {"Item": {"pk": {"S": "p9"}, "sk": {"S": "s"}, "m": {"M": {"b": {"B": b"\x00"}, "l": {"L": [{"S": "x"}]}}}}}
    }
    two = [{"pk": {"S": "p9"}, "sk": {"S": "s"}}, {"pk": {"S": "nobody"}, "sk": {"S": "s"}}]
    refused = []
    calls: list[tuple[Any, dict[str, Any]]] = [
        (client.put_item, {"Item": key, "ConditionExpression": "attribute_not_exists(pk)"}),
        (client.update_item, {"Key": key, **count, "ConditionExpression": "attribute_not_exists(n)"}),
        (client.delete_item, {"Key": key, "ConditionExpression": "attribute_not_exists(n)"}),
        (client.put_item, {"Item": {**key, "big": {"S": "x" * 500_000}}}),
        (client.update_item, {"Key": key, "UpdateExpression": "SET pk = :x", "ExpressionAttributeValues": {":x": {"S": "x"}}}),
    ]
    for method, call in calls:
        with pytest.raises(ClientError) as error:
            method(TableName=TABLE, **call)
        refused.append((error.value.operation_name, error.value.response["Error"]))
    client.update_item(TableName=TABLE, Key=key, **count)
    client.batch_write_item(RequestItems={TABLE: [put]})
    many = client.batch_get_item(RequestItems={TABLE: {"Keys": [key, *two], "ConsistentRead": True}})["Responses"][TABLE]
    indexed = [_waiting(client, "work"), _waiting(client, "later")]
    client.delete_item(TableName=TABLE, Key=key)
    whole = sorted(client.scan(TableName=TABLE)["Items"], key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    return [refused, many, indexed, _waiting(client, "later"), whole, client.get_item(TableName=TABLE, Key=key).get("Item")]


def _waiting(client: Any, place: str) -> Any:
    values = {":p": {"S": place}}
    found = client.query(TableName=TABLE, IndexName="work", KeyConditionExpression="wpk = :p", ExpressionAttributeValues=values)
    return found["Items"]


def test_a_refused_transaction_leaves_the_stream_to_its_readers() -> None:
    """By itself moto goes on with a copy of the table: whoever reads the stream from before must hear what comes after."""
    for wire in (True, False):
        with moto(wire=wire) as engine:
            client, streams = engine.client("dynamodb"), engine.client("dynamodbstreams")
            arn = create_tables(client)
            _fill(client)
            shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
            where = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            page = streams.get_records(ShardIterator=where)
            _refused(client)
            client.put_item(TableName=TABLE, Item={"pk": {"S": "after"}, "sk": {"S": "s"}})
            heard = streams.get_records(ShardIterator=page["NextShardIterator"])["Records"]
            assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in heard] == ["after"]


def test_what_was_handed_in_or_out_is_not_what_is_kept() -> None:
    with moto(wire=False) as engine:
        client = engine.client("dynamodb")
        create_tables(client)
        item: dict[str, Any] = {"pk": {"S": "p"}, "sk": {"S": "s"}, "m": {"M": {"l": {"L": [{"S": "x"}]}}}}
        client.put_item(TableName=TABLE, Item=item)
        item["m"]["M"]["l"] = {"S": "changed"}
        key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
        client.get_item(TableName=TABLE, Key=key)["Item"]["m"]["M"]["l"]["L"].append({"S": "more"})
        assert client.get_item(TableName=TABLE, Key=key)["Item"]["m"] == {"M": {"l": {"L": [{"S": "x"}]}}}


def test_one_within_another_has_its_own_tables_and_leaves_the_others_alone() -> None:
    """A fixture of a module holds one open while tests open theirs."""
    with moto(wire=False) as outer:
        client = outer.client("dynamodb")
        create_tables(client)
        client.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": "outer"}})
        with moto(wire=False) as inner:
            assert inner.client("dynamodb").list_tables()["TableNames"] == []
            create_tables(inner.client("dynamodb"))
            inner.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": "inner"}})
        assert [item["sk"]["S"] for item in client.scan(TableName=TABLE)["Items"]] == ["outer"]
