"""Generic beyond the suite: the reference library as the oracle of signatures, and files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from chalicelib.contract import Account, RawRequest, Ref, Secrets
from chalicelib.domain.order import Order
from chalicelib.errors import ConfigError, Permanent, Rejected
from connectors.generic import CONNECTOR
from connectors.generic.standard import ID, SIGNATURE, TIMESTAMP

SECRET = "whsec_TWZLUTlyOEdLWXFyVHdqVVBEOElMUFpJbzJMYUxhU3c="
OTHER = "whsec_QW5vdGhlclNlY3JldE9mVGhpc1Rlc3RTaG9wSGVyZSE="
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = Account("demo", "generic", "acme")
BODY = '{"order_id":"1","status":"paid","currency":"CNY","order_no":"张 1"}'.encode()


def _request(body: bytes = BODY, **headers: str) -> RawRequest:
    kept = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return RawRequest("POST", "https://hooks.example.com/webhooks/generic/acme", kept, (), body)


def _by_oracle(secret: str, at: datetime, delivery: str = "msg_1") -> RawRequest:
    signature = Webhook(secret).sign(delivery, at, BODY.decode())
    return _request(webhook_id=delivery, webhook_timestamp=str(int(at.timestamp())), webhook_signature=signature)


def _verify(request: RawRequest, *secrets: str, now: datetime = NOW) -> str | None:
    return CONNECTOR.verify(request, ACCOUNT, Secrets({"webhook_secret": secrets or (SECRET,)}), now).delivery_id


def test_what_the_reference_library_signs_verifies() -> None:
    assert _verify(_by_oracle(SECRET, NOW)) == "msg_1"
    assert _verify(_by_oracle(SECRET, NOW), OTHER, SECRET) == "msg_1"


def test_what_we_sign_the_reference_library_verifies() -> None:
    signed = CONNECTOR.sign(_request(), ACCOUNT, Secrets({"webhook_secret": (SECRET, OTHER)}), datetime.now(UTC))
    headers = {name: values[0] for name, values in signed.headers.items()}
    assert Webhook(SECRET).verify(BODY, headers)


@pytest.mark.parametrize("seconds", [-299, -300, 0, 300, 299])
def test_within_five_minutes_either_way(seconds: int) -> None:
    assert _verify(_by_oracle(SECRET, NOW), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 10**6])
def test_outside_five_minutes_either_way(seconds: int) -> None:
    with pytest.raises(Rejected, match="timestamp-stale"):
        _verify(_by_oracle(SECRET, NOW), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "stamp", ["", "nan", "inf", "1e9", "1795262400000", "+1795262400", " 1795262400", "१७९५२६२४००", "1795262400.5"]
)
def test_odd_timestamps_are_refused(stamp: str) -> None:
    request = _by_oracle(SECRET, NOW)
    with pytest.raises(Rejected):
        _verify(replace(request, headers={**request.headers, TIMESTAMP: (stamp,)}))


@pytest.mark.parametrize("name", [ID, TIMESTAMP, SIGNATURE])
def test_every_header_is_signed_and_needed(name: str) -> None:
    request = _by_oracle(SECRET, NOW)
    rest = {each: values for each, values in request.headers.items() if each != name}
    changed = {ID: "msg_2", TIMESTAMP: str(int(NOW.timestamp()) + 1), SIGNATURE: "v1,AAAA"}[name]
    for headers in (rest, {**rest, name: ("",)}, {**rest, name: (changed,)}):
        with pytest.raises(Rejected):
            _verify(replace(request, headers=headers))


def test_one_good_signature_in_a_list_is_enough_and_other_versions_count_for_nothing() -> None:
    request = _by_oracle(SECRET, NOW)
    good = request.headers[SIGNATURE][0]
    for value in (f"v1,AAAA {good}", f"v1a,BBBB {good} v2,CCCC"):
        assert _verify(replace(request, headers={**request.headers, SIGNATURE: (value,)}))
    for value in (good.replace("v1,", "v2,"), good.removeprefix("v1,"), good.replace("v1,", "v1a,")):
        with pytest.raises(Rejected):
            _verify(replace(request, headers={**request.headers, SIGNATURE: (value,)}))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "秘密"])
def test_a_secret_that_is_none_is_a_configuration_error(secret: str) -> None:
    with pytest.raises(ConfigError):
        _verify(_by_oracle(SECRET, NOW), secret)


HEADER = (
    "order_id,status,currency,tax_included,placed_at,total,paid,shipping,buyer_name,sku,title,quantity,unit_price,line_discount"
)
ROWS = (
    "A1,paid,CNY,true,2026-11-20 16:00:00,390.00,390.00,10.00,李小雅,S1,龙井,2,199.00,18.00",
    "A2,cancelled,JPY,,2026-11-20T16:00:00+09:00,1200,0,,,S9,湯呑み,1,1200,",
    "A1,paid,CNY,,,,,,,S2,=HYPERLINK(1),1,0.00,",
)


def _import(name: str, content: bytes, **options: str) -> list[Order]:
    ref = Ref(Account("demo", "generic", "acme", options), "file-1", "import")
    events = CONNECTOR.import_file(name, content, ref)
    assert len({event.delivery_id for event in events}) == len(events)
    mapped = [each for event in events for each in CONNECTOR.canonical(event.kind, event.payload, ref)]
    assert all(isinstance(each, Order) for each in mapped)
    return [each for each in mapped if isinstance(each, Order)]


def _csv(*rows: str, header: str = HEADER) -> str:
    return "\r\n".join((header, *rows)) + "\r\n"


@pytest.mark.parametrize("content", [_csv(*ROWS).encode(), _csv(*ROWS).encode("utf-8-sig")])
def test_csv_groups_rows_by_order(content: bytes) -> None:
    first, second = _import("orders.csv", content, timezone="Asia/Shanghai")
    assert [line.merchant_sku or line.sku for line in first.lines] == ["S1", "S2"]
    assert (first.amounts.items, first.amounts.total, first.lines[0].total) == (39800, 39000, 38000)
    assert first.lines[1].title == "=HYPERLINK(1)"
    assert first.placed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert (second.order_id, second.status, second.amounts.total, second.currency) == ("A2", "cancelled", 1200, "JPY")
    assert second.amounts.shipping is None


def test_csv_in_gbk_only_when_the_option_says_so() -> None:
    content = _csv(ROWS[0]).encode("gbk")
    (order,) = _import("o.csv", content, encoding="gbk", timezone="Asia/Shanghai")
    assert order.buyer.name == "李小雅"
    with pytest.raises(Permanent, match="row 2"):
        _import("o.csv", content)
    with pytest.raises(ConfigError):
        _import("o.csv", content, encoding="latin-1")


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ((ROWS[1].replace("1200,0", "1200.5,0"),), "row 2, column total"),
        ((ROWS[1], ROWS[1].replace("A2,cancelled", "A3,paid").replace("JPY", "YEN")), "row 3, column currency"),
        ((ROWS[0],), "row 2, column placed_at"),  # no offset, and no option timezone
        ((ROWS[1], ROWS[1].replace("cancelled", "paid")), "row 3, column status"),
        ((ROWS[1].replace("A2", ""),), "row 2, column order_id"),
        ((ROWS[1].replace("湯呑み,1", "湯呑み,1.5"),), "row 2, column quantity"),
        ((ROWS[1] + ",more",), "row 2"),
        ((ROWS[1].replace("A2", '"A2'),), "row 2"),
        (("A9,paid,USD,,,=1+1,,,,,,,,",), "row 2, column total"),
        (("A9,paid,USD,,,1e3,,,,,,,,",), "row 2, column total"),
        (("A9,paid,USD,maybe,,,,,,,,,,",), "row 2, column tax_included"),
    ],
)
def test_csv_names_the_row_of_what_it_cannot_read(rows: tuple[str, ...], where: str) -> None:
    with pytest.raises(Permanent) as caught:
        _import("orders.csv", _csv(*rows).encode())
    assert caught.value.path == where


@pytest.mark.parametrize("header", ["order_id,status", "order_id,status,currency,totl", "order_id,status,currency,status", ""])
def test_csv_refuses_headers_it_does_not_know(header: str) -> None:
    with pytest.raises(Permanent, match="row 1"):
        _import("orders.csv", _csv(header=header).encode())


ONE, TWO = {"order_id": "1", "status": "paid", "currency": "USD"}, {"order_id": "2", "status": "x", "currency": "USD"}


@pytest.mark.parametrize("write", [json.dumps, lambda both: "\n\n".join(json.dumps(each) for each in both)])
def test_json_array_and_lines(write: Callable[[list[dict[str, str]]], str]) -> None:
    orders = _import("orders.json", b"\xef\xbb\xbf" + write([ONE, TWO]).encode())
    assert [(order.order_id, order.status) for order in orders] == [("1", "paid"), ("2", "unknown")]


def test_json_single_object_over_several_lines() -> None:
    assert [order.order_id for order in _import("o.json", json.dumps(ONE, indent=1).encode())] == ["1"]


def test_json_lines_name_the_broken_line() -> None:
    with pytest.raises(Permanent, match="row 2"):
        _import("o.jsonl", json.dumps(ONE).encode() + b"\n{oops\n")
