"""Orders and their history rows in the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.adapters.table import Item, Table, Value, binary, get_bytes, get_int, get_text, key, number, opt, text
from chalicelib.domain.buckets import VOLUME_SHAPE, wider
from chalicelib.domain.facts import Image
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.record import OrderKey
from chalicelib.ports import HistoryRow, StoredOrder
from chalicelib.raw_names import shelf, tail

ORDER_SK = "order"
# Nobody has written the order since it was read: the whole guard of exactly-once effect (ADR 0003).
UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class DynamoOrders:
    """OrderStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, order: OrderKey) -> StoredOrder:
        """See the port."""
        item = self._table.get(order_pk(order), ORDER_SK)
        return stored_order(item, order) if item else StoredOrder(0)

    def read_many(self, orders: Collection[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """See the port."""
        places = {(order_pk(order), ORDER_SK): order for order in orders}
        items = self._table.get_many(list(places))
        return {places[place]: stored_order(item, places[place]) for place, item in items.items()}

    def write(self, order: OrderKey, stored: StoredOrder, *, expected_version: int) -> bool:
        """See the port."""
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(order_pk(order), ORDER_SK, order_item(stored, order), condition=condition, values=values)

    def keepable(self, order: OrderKey, known: Layers, told: Layers) -> Layers:  # noqa: ARG002  # chalicelib.keeping decides
        """See the port: all of it."""
        return told

    def strip(self, order: OrderKey, version: int) -> bool:
        """See the port."""
        return self._table.update(order_pk(order), ORDER_SK, "REMOVE pii", condition=UNCHANGED, values={":read": number(version)})

    def note(self, order: OrderKey, row: HistoryRow) -> None:
        """See the port."""
        attributes = opt(
            kind=text("history"),
            topic=text(row.topic),
            source=text(row.source),
            at=text(row.received_at.isoformat()),
            raw=text(row.archive_key) if row.archive_key else None,
            effect=text(row.effect),
        )
        self._table.put(order_pk(order), f"h#{row.at_millis:015d}#{row.digest}", attributes)

    def history(self, order: OrderKey) -> list[HistoryRow]:
        """See the port."""
        found: dict[tuple[int, str], HistoryRow] = {}
        for item in self._table.query(order_pk(order)):
            whole = item["sk"]["S"] == ORDER_SK
            rows = decode_told(get_bytes(item, "told"), _raw_root(order)) if whole else (_history_row(item),)
            found |= {(row.at_millis, row.digest): row for row in rows}  # one may be in both: it is about to leave the order
        return [found[name] for name in sorted(found)]

    def buckets(self, merchant: str, platform: str, account: str) -> tuple[int, int]:
        """See the port."""
        item = self._table.get(key(merchant, "V", platform, account), "buckets")
        return (get_int(item, "first"), get_int(item, "width")) if item else (0, 1)

    def grow(self, merchant: str, platform: str, account: str, seen: tuple[int, int], times: int = 2) -> None:
        """See the port."""
        first, width = seen
        self._table.put(
            key(merchant, "V", platform, account),
            "buckets",
            {
                "kind": text("volume"),
                "first": number(first + width),
                "width": number(wider(width, times)),
                "shape": number(VOLUME_SHAPE),
            },
            condition="attribute_not_exists(pk) OR #first = :seen",
            values={":seen": number(first)},
            names={"#first": "first"},
        )


def order_pk(order: OrderKey) -> str:
    """An order's partition: the order, its history."""
    return key(order.merchant, "O", order.platform, order.account, order.order_id)


def order_item(order: StoredOrder, key_: OrderKey) -> dict[str, Value]:
    """The attributes of a stored order but for its keys."""
    told = {row.digest for row in order.told}
    older = [digest for digest in order.seen if digest not in told]
    return opt(
        kind=text("order"),
        v=number(order.version),
        doc=binary(encode_layers(order.layers)),
        pii=binary(order.personal) if order.personal else None,
        subject=text(order.subject) if order.subject else None,
        member=text(order.member) if order.member else None,
        bucket=number(order.bucket),
        ids=text(" ".join(order.identities)) if order.identities else None,
        seen=text(" ".join(older)) if older else None,
        told=binary(encode_told(order.told, _raw_root(key_))) if order.told else None,
    )


def stored_order(item: Item, key_: OrderKey) -> StoredOrder:
    """From an item as read, or as the stream shows it."""
    told = decode_told(get_bytes(item, "told"), _raw_root(key_))
    return StoredOrder(
        version=get_int(item, "v"),
        layers=decode_layers(get_bytes(item, "doc") or b"[]"),
        personal=get_bytes(item, "pii"),
        subject=get_text(item, "subject"),
        member=get_text(item, "member"),
        bucket=get_int(item, "bucket"),
        identities=tuple((get_text(item, "ids") or "").split()),
        seen=(*(get_text(item, "seen") or "").split(), *(row.digest for row in told)),
        told=told,
    )


def image_of(item: Item) -> tuple[Image, tuple[str, ...]]:
    """An order's stream image with its identities."""
    merchant, _, platform, account, order_id = (part.replace("%23", "#").replace("%25", "%") for part in item["pk"]["S"].split("#"))
    order = OrderKey(merchant, platform, account, order_id)
    stored = stored_order(item, order)
    return Image(order, stored.version, stored.bucket, stored.member, stored.layers), stored.identities


def encode_layers(layers: Layers) -> bytes:
    """Layers as compact JSON: `[[[millis, rank, source], {entity: {field: value}}], ...]`."""
    return msgspec.json.encode([[list(clock), told] for clock, told in layers.items()])


def decode_layers(data: bytes) -> Layers:
    """The layers again."""
    raw: list[Any] = msgspec.json.decode(data)
    return {Clock(*clock): told for clock, told in raw}


def encode_told(rows: Iterable[HistoryRow], root: str) -> bytes:
    """History as compact JSON: `[[digest, millis, topic, source, received in microseconds, archive key], ...]`.

    An archive key that follows from the rest of its row is cut to `=form-digest`, another below `root` to what follows it; no
    other begins with an equals sign or a slash.
    """
    return msgspec.json.encode(
        [
            (
                row.digest,
                row.at_millis,
                row.topic,
                row.source,
                (row.received_at - _EPOCH) // _MICROSECOND,
                _cut(row, root),
            )
            for row in rows
        ]
    )


def decode_told(data: bytes | None, root: str) -> tuple[HistoryRow, ...]:
    """The history again. All of it was applied."""
    told: list[tuple[str, int, str, str, int, str | None]] = msgspec.json.decode(data) if data else []
    return tuple(
        HistoryRow(digest, millis, topic, source, at, _whole(raw, root, topic, at), "applied")
        for digest, millis, topic, source, received, raw in told
        for at in (_EPOCH + received * _MICROSECOND,)
    )


def _raw_root(order: OrderKey) -> str:
    """Where an order's raw requests lie but for those that another platform or account told."""
    return shelf(order.merchant, order.platform, order.account).removesuffix("/")


def _cut(row: HistoryRow, root: str) -> str | None:
    raw = row.archive_key
    if not raw or not raw.startswith(f"{root}/"):
        return raw
    _, _, last = raw.rpartition("/")
    short = f"={last.partition('-')[2]}"
    return short if _whole(short, root, row.topic, row.received_at) == raw else raw.removeprefix(root)


def _whole(raw: str | None, root: str, topic: str, at: datetime) -> str | None:
    if raw and raw[0] == "=":
        return f"{root}/{tail(at, topic, raw[1:])}"
    return root + raw if raw and raw[0] == "/" else raw


def _history_row(item: Item) -> HistoryRow:
    _, at_millis, digest = item["sk"]["S"].split("#")
    effect = get_text(item, "effect")
    return HistoryRow(
        digest=digest,
        at_millis=int(at_millis),
        topic=get_text(item, "topic") or "",
        source=get_text(item, "source") or "",
        received_at=datetime.fromisoformat(get_text(item, "at") or ""),
        archive_key=get_text(item, "raw"),
        effect="applied" if effect == "applied" else "same" if effect == "same" else "stale",
    )
