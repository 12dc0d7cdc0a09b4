"""Pushes of Aliyun's: reports and answers, signed by nobody. A secret in the address is all that tells them from anybody's."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from chalicelib.contract import Event, EventKind, RawRequest, Ref, Reply, Secrets, Verified
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident
from chalicelib.toolkit.signing import same
from connectors.sms.payloads import Row
from connectors.sms.values import KEY, READ, from_aliyun, stops

ACKNOWLEDGEMENT = Reply(200, '{"code":0,"msg":"接收成功"}', "application/json")
REPORT, ANSWER = "SmsReport", "SmsUp"
MOST = 10_000  # rows of one push


def check(request: RawRequest, secrets: Secrets) -> Verified:
    """The last path segment must be the account's secret: 404 otherwise, as for any unknown path."""
    hits = [same(secret.encode(), (request.topic or "").encode("utf-8", "surrogatepass")) for secret in secrets.all("url_secret")]
    if not any(hits):
        raise Rejected("path-unknown", "no such path", status=404, connector=KEY)
    try:
        rows = _rows(request.body, None)
    except Permanent as error:
        raise Rejected("body-malformed", error.detail, status=400, connector=KEY, path=error.path) from None
    return Verified(hashlib.sha256(request.body).hexdigest(), None, ACKNOWLEDGEMENT, carries_event=bool(rows))


def _rows(body: bytes, delivery_id: str | None) -> list[msgspec.Raw]:
    rows = READ.decode(list[msgspec.Raw], body, delivery_id)
    if len(rows) > MOST:
        raise READ.malformed("more rows than a push has", "$", delivery_id)
    return rows


def to_events(body: bytes, ref: Ref) -> tuple[Event, ...]:
    """An event for each row. Thin, but for what cannot be read again and is not believed."""
    rows = _rows(body, ref.delivery_id)
    mark = hashlib.sha256(body).hexdigest()[:24]
    return tuple([_event(bytes(raw), index, mark, ref) for index, raw in enumerate(rows)])


def _event(raw: bytes, index: int, mark: str, ref: Ref) -> Event:
    path = f"$[{index}]"
    row = READ.decode(Row, raw, ref.delivery_id, path)
    biz_id, answer_id = ident(row.biz_id), ident(row.sequence_id)
    try:
        at: datetime | None = moment(row.report_time, "report_time") or moment(row.send_time, "send_time")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    kind: EventKind = "other"
    topic, resource = REPORT, biz_id
    if answer_id is not None and biz_id is None:
        topic, resource = ANSWER, answer_id
        kind = "buyer" if stops(row.content) and from_aliyun(ident(row.phone_number)) else "other"
    elif biz_id is not None and from_aliyun(ident(row.phone_number)):
        kind = "message"
    return Event(f"{mark}:{index}", topic, kind, resource, at, thin=kind != "other", payload=raw)
