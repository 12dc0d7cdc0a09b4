"""Reading capacity: what an answer reports, what no answer reports, and sizes by DynamoDB's own rule."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.capacity import Ledger, item_size, read_units, spent, write_units
from tests.kit.engines import LocalEngine

KEY = {"pk": {"S": "demo#O#1"}, "sk": {"S": "order"}}
REFUSED = {"Error": {"Code": "ConditionalCheckFailedException"}}


def test_a_write_is_told_apart_from_the_indexes_that_it_touches() -> None:
    answer = {
        "ConsumedCapacity": {
            "CapacityUnits": 4.0,
            "Table": {"CapacityUnits": 3.0},
            "GlobalSecondaryIndexes": {"due": {"CapacityUnits": 1.0}},
        }
    }

    found = spent("PutItem", {"Item": {**KEY, "kind": {"S": "order"}}}, answer)

    assert found == [("index due", 1.0), ("PutItem:order", 3.0)]


def test_a_refused_write_is_billed_by_its_size() -> None:
    item = {**KEY, "kind": {"S": "row"}, "doc": {"B": b"x" * 2000}}

    assert spent("PutItem", {"Item": item}, REFUSED) == [("PutItem:row refused", 2.0)]
    assert spent("UpdateItem", {"Key": KEY}, REFUSED) == [("UpdateItem:O/order refused", 1.0)]


def test_every_table_of_a_transaction_counts() -> None:
    answer = {"ConsumedCapacity": [{"CapacityUnits": 4.0}, {"CapacityUnits": 2.0}]}

    assert sum(units for _, units in spent("TransactWriteItems", {"TransactItems": []}, answer)) == 6.0


def test_another_error_costs_nothing() -> None:
    assert spent("PutItem", {"Item": KEY}, {"Error": {"Code": "ValidationException"}}) == []


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "tea"}, 3),
        ({"S": "茶"}, 3),
        ({"B": b"12345"}, 5),
        ({"N": "7"}, 2),
        ({"N": "12345"}, 4),
        ({"N": "-12"}, 3),
        ({"N": "0"}, 2),
    ],
)
def test_the_size_of_a_value(value: Any, size: int) -> None:
    assert item_size({"n": value}) == 1 + size


@pytest.mark.parametrize(("length", "units"), [(1, 1), (1020, 1), (1021, 2), (2044, 2), (2045, 3)])
def test_a_write_unit_is_each_kilobyte_begun(length: int, units: int) -> None:
    assert units == write_units({"name": {"B": b"x" * length}})


def test_a_read_unit_is_each_four_kilobytes_begun() -> None:
    assert (read_units(4096), read_units(4097), read_units(4097, consistent=False)) == (1, 2, 1.0)


@pytest.mark.dynamodb_local
def test_the_real_engine_reports_to_the_ledger(dynamodb_local_engine: LocalEngine) -> None:
    """Against the engine: the size at which the second unit begins, a refusal, and nothing outside of `counting`."""
    ledger = Ledger()
    client = ledger.watch(dynamodb_local_engine.client("dynamodb"))
    client.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    below: Any
    above: Any
    below, above = ({"pk": {"S": key}, "doc": {"B": b"x" * length}} for key, length in (("1", 1018), ("2", 1019)))

    client.put_item(TableName="ledger", Item={"pk": {"S": "3"}})
    with ledger.counting() as one:
        client.put_item(TableName="ledger", Item=below)
    with ledger.counting() as two:
        client.put_item(TableName="ledger", Item=above)
    with ledger.counting() as refused, pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(TableName="ledger", Item=above, ConditionExpression="attribute_not_exists(pk)")
    with ledger.counting() as read:
        client.get_item(TableName="ledger", Key={"pk": {"S": "1"}}, ConsistentRead=True)

    assert (write_units(below), write_units(above)) == (one.write, two.write) == (1, 2)
    assert refused.write == 2
    assert (read.read, read.write) == (1, 0)
