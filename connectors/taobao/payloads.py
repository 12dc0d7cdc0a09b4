"""Shapes of TOP's payloads, only the fields that are read. Lists come as `{"order": [...]}`, or bare where simplified."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Amount = Any  # text, int or Decimal; chalicelib.toolkit.loose.exact_in refuses the rest
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Line(msgspec.Struct, gc=False):
    """An element of `orders.order`, in the order in which the platform writes its fields."""

    adjust_fee: Amount = None
    consign_time: str | None = None
    discount_fee: Amount = None
    divide_order_fee: Amount = None
    invoice_no: str | None = None
    is_idle: Flag = None
    logistics_company: str | None = None
    num: Id = None
    num_iid: Id = None
    oid: Id = None
    oid_str: str | None = None
    outer_iid: str | None = None
    outer_sku_id: str | None = None
    part_mjz_discount: Amount = None
    price: Amount = None
    refund_status: str | None = None
    sku_id: Id = None
    status: str | None = None
    sub_order_tax_fee: Amount = None
    title: str | None = None


class Lines(msgspec.Struct, gc=False):
    """`orders`, not simplified."""

    order: list[Line] | None = None


class Promotion(msgspec.Struct, gc=False):
    """An element of `promotion_details.promotion_detail`."""

    promotion_id: str | None = None


class Promotions(msgspec.Struct, gc=False):
    """`promotion_details`, not simplified."""

    promotion_detail: list[Promotion] | None = None


class Trade(msgspec.Struct, gc=False):
    """A trade of taobao.trade.fullinfo.get. Amounts are yuan, times local times of China."""

    adjust_fee: Amount = None
    buyer_cod_fee: Amount = None
    buyer_nick: str | None = None
    buyer_open_uid: str | None = None
    consign_time: str | None = None
    created: str | None = None
    discount_fee: Amount = None
    end_time: str | None = None
    modified: str | None = None
    order_tax_fee: Amount = None
    orders: Lines | list[Line] | None = None
    ouid: str | None = None
    pay_time: str | None = None
    payment: Amount = None
    platform_subsidy_fee: Amount = None
    post_fee: Amount = None
    promotion_details: Promotions | list[Promotion] | None = None
    receiver_address: str | None = None
    receiver_city: str | None = None
    receiver_country: str | None = None
    receiver_district: str | None = None
    receiver_mobile: str | None = None
    receiver_name: str | None = None
    receiver_phone: str | None = None
    receiver_state: str | None = None
    receiver_zip: str | None = None
    status: str | None = None
    step_paid_fee: Amount = None
    step_trade_status: str | None = None
    tid: Id = None
    tid_str: str | None = None
    trade_from: str | None = None
    type: str | None = None


class Refund(msgspec.Struct, gc=False):
    """A refund of taobao.refund.get or taobao.refunds.receive.get."""

    refund_id: Id = None
    tid: Id = None
    oid: Id = None
    status: str | None = None
    refund_fee: Amount = None
    reason: str | None = None
    num: Id = None
    has_good_return: Flag = None
    created: str | None = None
    modified: str | None = None


class Refunds(msgspec.Struct, gc=False):
    """`refunds`, not simplified."""

    refund: list[Refund] | None = None


class IdleItem(msgspec.Struct, gc=False):
    """`item` of a Xianyu order."""

    item_id: Id = None
    title: str | None = None


class IdleOrder(msgspec.Struct, gc=False):
    """`result.module` of alibaba.idle.isv.order.query. Amounts are fen, times Unix milliseconds."""

    biz_order_id: Id = None
    order_status: Id = None
    create_time: Id = None
    pay_time: Id = None
    ship_time: Id = None
    end_time: Id = None
    payment: Id = None
    post_fee: Id = None
    buy_amount: Id = None
    buyer_nick: str | None = None
    encryption_buyer_id: str | None = None
    sku: str | None = None
    item: IdleItem | None = None


class IdleResult(msgspec.Struct, gc=False):
    """`result` of a Xianyu call."""

    module: IdleOrder | None = None
    success: Flag = None


class Inner(msgspec.Struct, gc=False):
    """What stands inside an answer's wrapper, or bare where it is simplified."""

    trade: Trade | None = None
    refund: Refund | None = None
    refunds: Refunds | list[Refund] | None = None
    result: IdleResult | None = None


class Document(Inner, gc=False):
    """A payload of orders and refunds: ours, or an answer of TOP."""

    trade_fullinfo_get_response: Inner | None = None
    refund_get_response: Inner | None = None
    refunds_receive_get_response: Inner | None = None
    alibaba_idle_isv_order_query_response: Inner | None = None


class Rate(msgspec.Struct, gc=False):
    """An element of `trade_rates.trade_rate`. `role` says what was asked for, not who wrote it."""

    tid: Id = None
    oid: Id = None
    nick: str | None = None
    ouid: str | None = None
    result: str | None = None
    created: str | None = None
    content: str | None = None
    reply: str | None = None
    num_iid: Id = None


class Rates(msgspec.Struct, gc=False):
    """`trade_rates`, not simplified."""

    trade_rate: list[Rate] | None = None


class TmallRate(msgspec.Struct, gc=False):
    """`tmall_rate_info`: no stars, no ids."""

    content: str | None = None
    comment_time: str | None = None
    append_content: str | None = None
    append_time: str | None = None
    user_nick: str | None = None
    ouid: str | None = None


class RatesInner(msgspec.Struct, gc=False):
    """What stands inside the answer of a call for ratings. `oid` and `tid` are ours: Tmall's answer names neither."""

    trade_rates: Rates | list[Rate] | None = None
    tmall_rate_info: TmallRate | None = None
    oid: Id = None
    tid: Id = None


class RatesDocument(RatesInner, gc=False):
    """A payload of ratings: ours, or an answer of TOP."""

    traderates_get_response: RatesInner | None = None
    tmall_traderate_feeds_get_response: RatesInner | None = None


class RawList(msgspec.Struct, gc=False):
    """Any of the lists of a page, not simplified."""

    trade: list[msgspec.Raw] | None = None
    refund: list[msgspec.Raw] | None = None
    trade_rate: list[msgspec.Raw] | None = None
    tmc_message: list[msgspec.Raw] | None = None


class Answer(msgspec.Struct, gc=False):
    """What calls answer inside the wrapper, as far as hydration, pulls and the feed read it."""

    trade: msgspec.Raw = NULL
    refund: msgspec.Raw = NULL
    result: msgspec.Raw = NULL
    tmall_rate_info: msgspec.Raw = NULL
    trades: RawList | list[msgspec.Raw] | None = None
    refunds: RawList | list[msgspec.Raw] | None = None
    trade_rates: RawList | list[msgspec.Raw] | None = None
    messages: RawList | list[msgspec.Raw] | None = None
    total_results: Id = None
    is_success: Flag = None


class Row(msgspec.Struct, gc=False):
    """What names a row of a list, whichever it is."""

    tid: Id = None
    tid_str: str | None = None
    oid: Id = None
    refund_id: Id = None
    modified: str | None = None
    created: str | None = None


class Refusal(msgspec.Struct, gc=False):
    """`error_response`."""

    code: Id = None
    sub_code: str | None = None


class MessageHead(msgspec.Struct, gc=False):
    """What confirms a message of TMC."""

    id: Id = None


class Message(msgspec.Struct, gc=False):
    """A message of TMC. `content` is JSON once more."""

    id: Id = None
    topic: str | None = None
    content: str | None = None
    pub_time: str | None = None
    user_id: Id = None
    user_nick: str | None = None


class Content(msgspec.Struct, gc=False):
    """`content` of a message: ids, and of a refund the time of its change."""

    tid: Id = None
    oid: Id = None
    refund_id: Id = None
    order_id: Id = None
    biz_order_id: Id = None
    modified: str | None = None
