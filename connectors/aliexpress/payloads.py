"""Shapes of AliExpress's payloads, only the fields that are read. A list stands in an object of its own, or bare; none is `{}`."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Money(msgspec.Struct, gc=False):
    """An amount in major units under one of two names, or in minor units with their factor."""

    amount: Any = None
    amount_str: Any = None
    cent: Id = None
    cent_factor: Id = None
    currency_code: str | None = None


class RefundInfo(msgspec.Struct, gc=False):
    """What went back, of an order or of a line."""

    refund_status: str | None = None
    refund_reason: str | None = None
    refund_cash_amt: Money | None = None
    refund_time: str | None = None


class Child(msgspec.Struct, gc=False):
    """A line: a child order, in the words of the detail call or of the list."""

    id: Id = None
    child_id: Id = None
    product_id: Id = None
    sku_code: Id = None
    product_name: str | None = None
    product_count: Id = None
    product_price: Money | None = None
    product_unit_price: Money | None = None
    logistics_amount: Money | None = None
    refund_info: RefundInfo | None = None
    issue_status: str | None = None


class Parcel(msgspec.Struct, gc=False):
    """An element of `logistic_info_list`."""

    logistics_no: Id = None
    logistics_service_name: str | None = None
    gmt_send: str | None = None
    gmt_received: str | None = None
    receive_status: str | None = None


class Person(msgspec.Struct, gc=False):
    """`buyer_info`."""

    login_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(msgspec.Struct, gc=False):
    """`receipt_address`."""

    contact_person: str | None = None
    detail_address: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    country: str | None = None
    zip: Id = None
    phone_country: Id = None
    mobile_no: Id = None


class Order(msgspec.Struct, gc=False):
    """An order, in the words of the detail call or of the list."""

    id: Id = None
    order_id: Id = None
    order_status: str | None = None
    fund_status: str | None = None
    logistics_status: str | None = None
    issue_status: str | None = None
    order_end_reason: str | None = None
    end_reason: str | None = None
    biz_type: str | None = None
    gmt_create: str | None = None
    gmt_pay_success: str | None = None
    gmt_pay_time: str | None = None
    gmt_modified: str | None = None
    gmt_update: str | None = None
    gmt_trade_end: str | None = None
    order_amount: Money | None = None
    pay_amount: Money | None = None
    logistics_amount: Money | None = None
    child_order_list: dict[str, list[Child]] | list[Child] | None = None
    product_list: dict[str, list[Child]] | list[Child] | None = None
    logistic_info_list: dict[str, list[Parcel]] | list[Parcel] | None = None
    buyer_info: Person | None = None
    buyerloginid: str | None = None
    buyer_login_id: str | None = None
    receipt_address: Address | None = None
    refund_info: RefundInfo | None = None
    settlement_currency: str | None = None


class Result(msgspec.Struct, gc=False):
    """What stands in an answer, under one of several names."""

    target: Order | None = None
    data: Order | None = None
    target_list: dict[str, list[Order]] | list[Order] | None = None


class Document(msgspec.Struct, gc=False):
    """What hydrating puts together, and the outermost object of a push."""

    order: Order | None = None
    message_type: Id = None


class Push(msgspec.Struct, gc=False):
    """A push."""

    message_type: Id = None
    seller_id: Id = None
    data: Notice | None = None
    timestamp: Id = None


class Notice(msgspec.Struct, gc=False):
    """`data` of a push."""

    orderId: Id = None
    orderStatus: str | None = None


class Row(msgspec.Struct, gc=False):
    """What paging needs of an order."""

    order_id: Id = None
    gmt_update: str | None = None
    gmt_modified: str | None = None


class Listed(msgspec.Struct, gc=False):
    """`result` of the list call."""

    total_count: Id = None
    target_list: dict[str, list[Row]] | list[Row] | None = None
    success: Flag = None
    error_code: Id = None


class Outcome(msgspec.Struct, gc=False):
    """Whether a call that was answered succeeded."""

    success: Flag = None
    result_success: Flag = None
    error_code: Id = None


class ErrorResponse(msgspec.Struct, gc=False):
    """`error_response`."""

    code: Id = None
    type: str | None = None
    sub_code: Id = None
