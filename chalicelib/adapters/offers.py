"""Pools of coupon codes in the table. A free code is a row on a free shelf; issuing moves it to the issued ones.

Every code of a merchant has a row of its own besides, so that no code lies in two pools, and so that an order's coupon finds its
pool with one read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from chalicelib.adapters.table import Item, Table, Value, get_int, get_text, key, number, text
from chalicelib.domain.coupons import Code, Issued, Pooled
from chalicelib.domain.record import OrderKey

NEVER = "9999-12-31"  # sorts behind every day
NOT_THERE = "attribute_not_exists(pk)"
STILL_FREE = "attribute_exists(pk)"
STILL_HELD = "message = :message"
SAME_CODE = "code = :code"
NOT_NEWER = "attribute_not_exists(pk) OR v <= :v"


class DynamoOffers:
    """OfferStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def known(self, merchant: str, names: Collection[str]) -> dict[str, Pooled]:
        """See the port."""
        found = self._table.get_many([(_code_pk(merchant, name), "pool") for name in sorted(set(names))])
        pooled = [Pooled(item["pool"]["S"], _code(item)) for item in found.values()]
        return {each.code.name: each for each in pooled}

    def add(self, merchant: str, pool: str, codes: Sequence[Code]) -> bool:
        """See the port."""
        actions = []
        for code in codes:
            row = {"kind": text("code"), "pool": text(pool), **_coded(code)}
            actions.append(_put(_code_pk(merchant, code.name), "pool", row, NOT_THERE))
            actions.append(_put(_free_pk(merchant, pool, code.shelf), _sk(code), {"kind": text("free")}))
        return self._table.transact(actions)

    def free(self, merchant: str, pool: str, shelf: int, since: date, limit: int | None = None) -> list[Code]:
        """See the port."""
        rows = self._table.query(_free_pk(merchant, pool, shelf), since=since.isoformat(), limit=limit)
        return [_code_of(item) for item in rows]

    def held(self, merchant: str, message_id: str) -> Issued | None:
        """See the port."""
        item = self._table.get(_message_pk(merchant, message_id), "code")
        return Issued(item["pool"]["S"], _code(item), message_id, item["owner"]["S"]) if item else None

    def issue(self, merchant: str, issued: Issued) -> bool:
        """See the port."""
        pool, code = issued.pool, issued.code
        held = {"kind": text("offer"), "pool": text(pool), "owner": text(issued.owner), **_coded(code)}
        row = {"kind": text("issued"), "message": text(issued.message_id), "owner": text(issued.owner)}
        return self._table.transact(
            [
                _delete(_free_pk(merchant, pool, code.shelf), _sk(code), STILL_FREE),
                _put(_message_pk(merchant, issued.message_id), "code", held, NOT_THERE),
                _put(_issued_pk(merchant, pool, code.shelf), _sk(code), row, NOT_THERE),
            ]
        )

    def release(self, merchant: str, issued: Issued) -> bool:
        """See the port."""
        pool, code, message = issued.pool, issued.code, issued.message_id
        return self._table.transact(
            [
                _delete(_message_pk(merchant, message), "code", SAME_CODE, {":code": text(code.text)}),
                _delete(_issued_pk(merchant, pool, code.shelf), _sk(code), STILL_HELD, {":message": text(message)}),
                _put(_free_pk(merchant, pool, code.shelf), _sk(code), {"kind": text("free")}, NOT_THERE),
            ]
        )

    def issued(self, merchant: str, pool: str, shelf: int, last_day: date | None = None) -> Iterator[Issued]:
        """See the port."""
        for item in self._table.query(_issued_pk(merchant, pool, shelf), _of_day(last_day)):
            yield Issued(pool, _code_of(item), item["message"]["S"], item["owner"]["S"])

    def put_use(self, merchant: str, pooled: Pooled, order: OrderKey, version: int, *, used: bool) -> None:
        """See the port."""
        self._table.put(
            _used_pk(merchant, pooled.pool, pooled.code.shelf),
            f"{_sk(pooled.code)}#{key(order.platform, order.account, order.order_id)}",
            {"kind": text("use"), "v": number(version), "used": number(int(used))},
            condition=NOT_NEWER,
            values={":v": number(version)},
        )

    def used(self, merchant: str, pool: str, shelf: int, last_day: date | None = None) -> set[str]:
        """See the port."""
        rows = self._table.query(_used_pk(merchant, pool, shelf), _of_day(last_day))
        return {_code_of(item).name for item in rows if get_int(item, "used")}


def _free_pk(merchant: str, pool: str, shelf: int) -> str:
    return key(merchant, "G", pool, "free", str(shelf))


def _issued_pk(merchant: str, pool: str, shelf: int) -> str:
    return key(merchant, "G", pool, "issued", str(shelf))


def _used_pk(merchant: str, pool: str, shelf: int) -> str:
    return key(merchant, "G", pool, "used", str(shelf))


def _code_pk(merchant: str, name: str) -> str:
    return key(merchant, "Z", name)


def _message_pk(merchant: str, message_id: str) -> str:
    return key(merchant, "H", message_id)


def _sk(code: Code) -> str:
    """By last day, so that those that have expired lie in front and are not read."""
    return key(code.last_day.isoformat() if code.last_day else NEVER, code.text)


def _of_day(last_day: date | None) -> str:
    return f"{last_day.isoformat()}#" if last_day else ""


def _code_of(item: Item) -> Code:
    day, told = item["sk"]["S"].split("#")[:2]
    return Code(told.replace("%23", "#").replace("%25", "%"), None if day == NEVER else date.fromisoformat(day))


def _coded(code: Code) -> dict[str, Value]:
    return {"code": text(code.text)} | ({"last": text(code.last_day.isoformat())} if code.last_day else {})


def _code(item: Item) -> Code:
    last = get_text(item, "last")
    return Code(item["code"]["S"], date.fromisoformat(last) if last else None)


def _put(pk: str, sk: str, attributes: dict[str, Value], condition: str | None = None) -> dict[str, Any]:
    put: dict[str, Any] = {"Item": {**Table.keys(pk, sk), **attributes}}
    return {"Put": put | ({"ConditionExpression": condition} if condition else {})}


def _delete(pk: str, sk: str, condition: str, values: dict[str, Value] | None = None) -> dict[str, Any]:
    delete: dict[str, Any] = {"Key": Table.keys(pk, sk), "ConditionExpression": condition}
    return {"Delete": delete | ({"ExpressionAttributeValues": values} if values else {})}
