"""Every order in the table, found by reading all of it: a soak may, a handler may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.record import OrderKey
from ops.local import TABLE


def stored_keys(client: Any) -> Iterator[OrderKey]:
    """The keys of all orders."""
    call: dict[str, Any] = {
        "TableName": TABLE,
        "ProjectionExpression": "pk",
        "FilterExpression": "sk = :order",
        "ExpressionAttributeValues": {":order": {"S": "order"}},
    }
    while True:
        page = client.scan(**call)
        for item in page["Items"]:
            merchant, _, platform, account, order_id = item["pk"]["S"].split("#")
            yield OrderKey(merchant, platform, account, order_id)
        if "LastEvaluatedKey" not in page:
            return
        call["ExclusiveStartKey"] = page["LastEvaluatedKey"]
