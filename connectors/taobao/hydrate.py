"""From a message to what it is about: the trade, the refund with its trade, the rating, or the Xianyu order."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Skippable
from chalicelib.toolkit.loose import Id, ident, told
from connectors.taobao import status
from connectors.taobao.api import answer
from connectors.taobao.feed import content_of
from connectors.taobao.payloads import IdleResult, Message, RawList, Row
from connectors.taobao.values import KEY, READ, digits

# What is not asked for is not answered; `orders` and `promotion_details` bring all their own fields.
TRADE_FIELDS = (
    "tid,tid_str,status,type,created,modified,pay_time,consign_time,end_time,payment,post_fee,discount_fee,adjust_fee,total_fee,"
    "received_payment,platform_subsidy_fee,order_tax_fee,buyer_cod_fee,step_trade_status,step_paid_fee,trade_from,"
    "buyer_nick,buyer_open_uid,ouid,receiver_name,receiver_mobile,receiver_phone,receiver_address,receiver_zip,receiver_state,"
    "receiver_city,receiver_district,receiver_country,orders,promotion_details"
)
REFUND_FIELDS = "refund_id,tid,oid,status,refund_fee,reason,num,has_good_return,created,modified,refund_phase,dispute_type"
RATE_FIELDS = "tid,oid,role,nick,ouid,result,created,content,reply,num_iid"
MOST_RATES = 150  # ratings a page [docs]


def hydrate(event: Event, api: Api) -> Event:
    """The event with what TOP tells. Of the message only the topic and the ids are used."""
    if event.kind == "review":
        return replace(event, thin=False, payload=_rating(event, api))
    if event.kind == "refund":
        return replace(event, thin=False, payload=_refund(event, api))
    if event.kind != "order":
        raise Skippable("topic-ignored", "nothing is read for this topic", connector=KEY, delivery_id=event.delivery_id)
    order_id = _resource(event)
    if event.topic.startswith(status.IDLE):
        return replace(event, thin=False, payload=msgspec.json.encode({"result": _idle(order_id, event, api)}))
    return replace(event, thin=False, payload=msgspec.json.encode({"trade": _trade(order_id, event, api)}))


def _trade(tid: str, event: Event, api: Api) -> msgspec.Raw:
    raw = _there(answer(api, "taobao.trade.fullinfo.get", [("tid", tid), ("fields", TRADE_FIELDS)]).trade, "trade", event)
    row = READ.decode(Row, bytes(raw), event.delivery_id, "$.trade")
    _same(row.tid_str or row.tid, tid, "$.trade.tid", event)
    return raw


def _idle(order_id: str, event: Event, api: Api) -> msgspec.Raw:
    raw = _there(answer(api, "alibaba.idle.isv.order.query", [("biz_order_id", order_id)]).result, "result", event)
    module = READ.decode(IdleResult, bytes(raw), event.delivery_id, "$.result").module
    _same(module.biz_order_id if module else None, order_id, "$.result.module.biz_order_id", event)
    return raw


def _refund(event: Event, api: Api) -> bytes:
    refund_id = _resource(event)
    params = [("refund_id", refund_id), ("fields", REFUND_FIELDS)]
    raw = _there(answer(api, "taobao.refund.get", params).refund, "refund", event)
    row = READ.decode(Row, bytes(raw), event.delivery_id, "$.refund")
    _same(row.refund_id, refund_id, "$.refund.refund_id", event)
    tid = digits(row.tid)
    if tid is None:
        raise READ.malformed("a refund without its trade", "$.refund.tid", event.delivery_id)
    return msgspec.json.encode({"trade": _trade(tid, event, api), "refund": raw})


def _rating(event: Event, api: Api) -> bytes:
    """Tmall tells a rating by its line; Taobao the ratings of a trade, of which those of the line are kept."""
    oid = _resource(event)
    tid = digits(content_of(READ.decode(Message, event.payload, event.delivery_id), event.delivery_id).tid)
    if api.account.options.get("tmall") == "true":
        raw = answer(api, "tmall.traderate.feeds.get", [("child_trade_id", oid)]).tmall_rate_info
        if not told(raw):
            raise Skippable("review-hidden", "the rating is not shown (any more)", connector=KEY, delivery_id=event.delivery_id)
        return msgspec.json.encode({"tmall_rate_info": raw, "oid": oid, "tid": tid})
    params = [("fields", RATE_FIELDS), ("rate_type", "get"), ("role", "buyer"), ("page_size", str(MOST_RATES))]
    found = answer(api, "taobao.traderates.get", [*params, ("tid", tid or oid)]).trade_rates
    rows = (found.trade_rate if isinstance(found, RawList) else found) or []
    own = [raw for raw in rows if ident(READ.decode(Row, bytes(raw), event.delivery_id, "$.trade_rates").oid) == oid]
    if not own:
        raise Skippable("review-hidden", "the rating is not shown (any more)", connector=KEY, delivery_id=event.delivery_id)
    return msgspec.json.encode({"trade_rates": own})


def _resource(event: Event) -> str:
    found = digits(event.resource_id)
    if found is None:
        raise READ.malformed("an id that is no number", "$.content", event.delivery_id)
    return found


def _there(raw: msgspec.Raw, name: str, event: Event) -> msgspec.Raw:
    if not told(raw):
        raise READ.malformed("an answer without what was asked for", f"$.{name}", event.delivery_id)
    return raw


def _same(value: Id, asked: str, path: str, event: Event) -> None:
    if ident(value) != asked:
        raise READ.malformed("an answer about another one", path, event.delivery_id)
