"""Reports are read again through the API before they are believed; an answer that ends it can only make us say less."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Retriable, Skippable
from chalicelib.toolkit.beijing import ZONE, moment
from chalicelib.toolkit.loose import Odd, ident
from connectors.sms import push, status
from connectors.sms.aliyun import call
from connectors.sms.payloads import Detail, Queried, Row
from connectors.sms.values import KEY, READ, from_aliyun, to_aliyun

QUERY = "QuerySendDetails"
BEHIND = 1_800  # seconds until another look


def hydrate(event: Event, api: Api) -> Event:
    """The event with what Aliyun itself tells.

    Skippable when it knows no such message: then it was not ours. Retriable while it does not know itself what the report tells.
    """
    if event.topic == push.ANSWER:
        return replace(event, thin=False)
    row = READ.decode(Row, event.payload, event.delivery_id)
    biz_id, phone = ident(row.biz_id), from_aliyun(ident(row.phone_number))
    number = to_aliyun(phone) if phone else None
    day = _day(row, event)
    if biz_id is None or number is None or day is None:
        raise READ.malformed("a report that names no message", "$.biz_id", event.delivery_id)
    params = [("PhoneNumber", number), ("BizId", biz_id), ("SendDate", day), ("PageSize", "10"), ("CurrentPage", "1")]
    _, body = call(api, QUERY, params)
    found = READ.decode(Queried, body, event.delivery_id).SmsSendDetailDTOs
    if found is None or not found.SmsSendDetailDTO:
        raise Skippable("resource-missing", "Aliyun knows no such message", connector=KEY, delivery_id=event.delivery_id)
    rows = [READ.decode(Detail, bytes(raw), event.delivery_id, "$.details") for raw in found.SmsSendDetailDTO]
    if all(str(one.SendStatus) == str(status.WAITING) for one in rows):
        # Something became of it, or there were no report: no other one will come to tell what.
        raise Retriable("platform-behind", f"{QUERY} still says that it waits", after=BEHIND, connector=KEY)
    document = {"biz_id": biz_id, "details": found.SmsSendDetailDTO}
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _day(row: Row, event: Event) -> str | None:
    """The day on which it was sent, in the platform's own time."""
    try:
        at: datetime | None = moment(row.send_time, "send_time")
    except Odd as odd:
        raise READ.of(odd, "$", event.delivery_id) from None
    return at.astimezone(ZONE).strftime("%Y%m%d") if at else None
