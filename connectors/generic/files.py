"""Files of orders: JSON (an array or one object a line) and CSV (one row a line of an order, grouped by order id)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from chalicelib.contract import Ref
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.clocks import from_iso, rfc3339
from chalicelib.toolkit.decode import at, decoder, read
from connectors.generic.currencies import known

KEY = "generic"
MAX_ROWS = 200_000
ENCODINGS = {"utf-8": "utf-8", "gbk": "gb18030", "gb18030": "gb18030"}  # GB 18030 holds all of GBK

TEXTS = ("order_no", "status", "platform", "platform_status")
FLAGS = ("test", "tax_included")
TIMES = ("placed_at", "paid_at", "shipped_at", "delivered_at", "completed_at", "cancelled_at", "updated_at")
AMOUNTS = ("items", "discount_seller", "discount_platform", "shipping", "tax", "other", "total", "paid", "refunded")
BUYER = ("buyer_id", "buyer_nickname", "buyer_name", "buyer_email", "buyer_phone")
SHIP_TO = tuple(f"ship_{name}" for name in ("name", "phone", "country", "province", "city", "district", "address", "postcode"))
PARCEL = ("carrier", "tracking_no")
ORIGIN = ("source", "campaign", "coupon")
LINE = ("line_id", "product_id", "sku", "merchant_sku", "title", "quantity", "unit_price", "line_discount")
ORDER_COLUMNS = ("order_id", "currency", *TEXTS, *FLAGS, *TIMES, *AMOUNTS, *BUYER, *SHIP_TO, *PARCEL, *ORIGIN)
COLUMNS = (*ORDER_COLUMNS, *LINE)
REQUIRED = ("order_id", "status", "currency")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def json_objects(content: bytes, ref: Ref) -> list[bytes]:
    """The objects of a JSON array, of a single object, or of JSON Lines (blank lines skipped)."""
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"["):
        found = read(decoder(list[msgspec.Raw]), text, connector=KEY, delivery_id=ref.delivery_id)
        return [bytes(each) for each in found]
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > 1 and not _is_whole(lines[0][1]):
        return [text]
    for number, line in lines:
        if not _is_whole(line):
            raise _row(number, "not a JSON object", ref)
    return [line for _, line in lines]


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(decoder(dict[str, msgspec.Raw]).decode(line), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def csv_orders(content: bytes, ref: Ref) -> list[bytes]:
    """The orders of a CSV file as canonical JSON, in the order of their first rows."""
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for number, row in _rows(_text(content, ref), ref):
        order_id = row["order_id"]
        if not order_id:
            raise _row(number, "order_id is empty", ref, "order_id")
        groups.setdefault(order_id, []).append((number, row))
    return [msgspec.json.encode(_Sheet(ref, rows).order()) for rows in groups.values()]


def _text(content: bytes, ref: Ref) -> str:
    told = ref.account.options.get("encoding", "utf-8").lower()
    if told not in ENCODINGS:
        raise ConfigError("encoding-unknown", f"option encoding must be one of {', '.join(ENCODINGS)}", connector=KEY)
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode(ENCODINGS[told])
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise _row(number, f"not {told}; the option encoding names another", ref) from None


def _rows(text: str, ref: Ref) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Numbered rows (the header is row 1) as stripped text by column. Cells are text whatever they begin with."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _require_header(header, ref)
        for count, cells in enumerate(reader, start=2):
            if count > MAX_ROWS + 1:
                raise _row(count, f"more than {MAX_ROWS} rows", ref)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise _row(count, f"{len(cells)} cells under {len(header)} columns", ref)
            yield count, dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except csv.Error:
        raise _row(reader.line_num, "broken CSV", ref) from None


def _require_header(header: list[str], ref: Ref) -> None:
    unknown = [index for index, name in enumerate(header, start=1) if name not in COLUMNS]
    if unknown:
        raise _row(1, f"column {unknown[0]} is not a known one", ref)
    if len(set(header)) != len(header):
        raise _row(1, "a column stands twice", ref)
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise _row(1, f"column {missing[0]} is missing", ref)


class _Sheet:
    """The rows of one order."""

    def __init__(self, ref: Ref, rows: list[tuple[int, Mapping[str, str]]]) -> None:
        self._ref = ref
        self._rows = rows
        self._zone = _zone(ref)
        number, currency = self._told("currency")
        self._currency = at(_path(number, "currency"), known, currency, connector=KEY, delivery_id=ref.delivery_id)

    def order(self) -> dict[str, Any]:
        """The order as canonical JSON values."""
        order: dict[str, Any] = {"order_id": self._rows[0][1]["order_id"], "currency": self._currency}
        order |= {name: self._told(name)[1] or None for name in TEXTS}
        if order["status"] is None:
            raise _row(self._rows[0][0], "status is empty", self._ref, "status")
        order |= {name: value for name in FLAGS if (value := self._flag(name)) is not None}
        order |= {name: self._time(name) for name in TIMES}
        order["lines"] = [line for index, row in enumerate(self._rows, start=1) if (line := self._line(index, *row))]
        order["amounts"] = self._amounts(order["lines"])
        order["buyer"] = {name.removeprefix("buyer_"): self._told(name)[1] or None for name in BUYER}
        order["ship_to"] = {name.removeprefix("ship_"): self._told(name)[1] or None for name in SHIP_TO}
        parcel = {name: self._told(name)[1] or None for name in PARCEL}
        order["shipments"] = [parcel] if any(parcel.values()) else []
        source, campaign, coupon = (self._told(name)[1] or None for name in ORIGIN)
        order["attribution"] = {"source": source, "campaign": campaign, "coupons": [coupon] if coupon else []}
        return order

    def _told(self, name: str) -> tuple[int, str]:
        """The value of a column of the order and its row: the same in all rows, or blank after the first."""
        number, value = self._rows[0][0], self._rows[0][1][name]
        for later, row in self._rows[1:]:
            if row[name] and row[name] != value:
                if value:
                    raise _row(later, "differs from the order's first row", self._ref, name)
                number, value = later, row[name]
        return number, value

    def _flag(self, name: str) -> bool | None:
        number, value = self._told(name)
        if not value:
            return None
        if value.lower() not in _TRUTH:
            raise _row(number, "neither true nor false", self._ref, name)
        return _TRUTH[value.lower()]

    def _time(self, name: str) -> str | None:
        number, value = self._told(name)
        if not value:
            return None
        found: datetime = at(_path(number, name), from_iso, value, self._zone, connector=KEY, delivery_id=self._ref.delivery_id)
        return rfc3339(found)

    def _minor(self, number: int, name: str, value: str) -> int | None:
        if not value:
            return None
        return at(_path(number, name), minor_units, value, self._currency, connector=KEY, delivery_id=self._ref.delivery_id)

    def _amounts(self, lines: list[dict[str, Any]]) -> dict[str, int | None]:
        amounts = {name: self._minor(number, name, value) for name in AMOUNTS for number, value in (self._told(name),)}
        prices = [line["unit_price"] for line in lines]
        if amounts["items"] is None and lines and None not in prices:
            amounts["items"] = sum(line["unit_price"] * line["quantity"] for line in lines)
        return amounts

    def _line(self, index: int, number: int, row: Mapping[str, str]) -> dict[str, Any] | None:
        if not any(row[name] for name in LINE):
            return None
        if not row["quantity"].isdecimal() or not row["quantity"].isascii() or len(row["quantity"]) > 9:
            raise _row(number, "a whole number is needed", self._ref, "quantity")
        line: dict[str, Any] = {name: row[name] or None for name in ("product_id", "sku", "merchant_sku", "title")}
        line["line_id"] = row["line_id"] or str(index)
        line["quantity"] = int(row["quantity"])
        line["unit_price"] = self._minor(number, "unit_price", row["unit_price"])
        line["discount"] = self._minor(number, "line_discount", row["line_discount"] or "0")
        return line


def _zone(ref: Ref) -> ZoneInfo | None:
    name = ref.account.options.get("timezone")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError("timezone-unknown", "option timezone is no IANA zone", connector=KEY) from None


def _path(number: int, column: str) -> str:
    return f"row {number}, column {column}"


def _row(number: int, detail: str, ref: Ref, column: str | None = None) -> Permanent:
    path = f"row {number}" if column is None else _path(number, column)
    return Permanent("file-malformed", detail, connector=KEY, path=path, delivery_id=ref.delivery_id)
