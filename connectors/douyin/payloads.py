"""Shapes of Douyin's payloads, only the fields that are read. A number comes as a number, as text, or as text in quotes."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")
Number = int | str | None


class Message(msgspec.Struct, gc=False):
    """One push. `data` is an object or an object as text; the identifier has two spellings."""

    tag: int | str
    msg_id: int | str | None = None
    msgId: int | str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class Notice(msgspec.Struct, gc=False):
    """What `data` of a push tells: ids, amounts of an after-sale, and one of several times (Unix seconds)."""

    p_id: Number = None
    s_id: Number = None
    shop_id: Number = None
    aftersale_id: Number = None
    aftersale_status: Number = None
    aftersale_type: Number = None
    refund_amount: Number = None
    create_time: Number = None
    pay_time: Number = None
    ship_time: Number = None
    complete_time: Number = None
    cancel_time: Number = None
    update_time: Number = None
    modify_time: Number = None
    apply_time: Number = None
    refuse_time: Number = None
    return_time: Number = None
    close_time: Number = None
    success_time: Number = None
    agree_time: Number = None


NOTICE_TIMES = tuple(name for name in Notice.__struct_fields__ if name.endswith("_time"))


class Region(msgspec.Struct, gc=False):
    """A place of the address tree."""

    name: str | None = None


class Address(msgspec.Struct, gc=False):
    """`post_addr` or `mask_post_addr`."""

    province: Region | None = None
    city: Region | None = None
    town: Region | None = None
    street: Region | None = None
    detail: str | None = None
    encrypt_detail: str | None = None


class LineAftersale(msgspec.Struct, gc=False):
    """Where the after-sale of a line stands."""

    after_sale_status: Number = None
    after_sale_type: Number = None
    refund_status: Number = None


class SkuOrder(msgspec.Struct, gc=False):
    """A line: the order of one SKU."""

    order_id: Number = None
    product_id: Number = None
    product_id_str: str | None = None
    sku_id: Number = None
    code: Number = None
    out_sku_id: Number = None
    product_name: str | None = None
    item_num: Number = None
    origin_amount: Number = None
    pay_amount: Number = None
    promotion_amount: Number = None
    given_product_type: str | None = None
    has_tax: bool | str | int | None = None
    logistics_receipt_time: Number = None
    after_sale_info: LineAftersale | None = None
    author_id: Number = None
    ad_env_type: str | None = None


class Parcel(msgspec.Struct, gc=False):
    """One element of `logistics_info`."""

    tracking_no: str | None = None
    company: str | None = None
    company_name: str | None = None
    ship_time: Number = None


class Phase(msgspec.Struct, gc=False):
    """A stage of a deposit order."""

    pay_success: bool | str | int | None = None
    phase_pay_amount: Number = None


class Coupon(msgspec.Struct, gc=False):
    """A coupon used on the order."""

    coupon_meta_id: Number = None


class Discounts(msgspec.Struct, gc=False):
    """What one bearer gave."""

    coupon_info: list[Coupon] | None = None


class Promotions(msgspec.Struct, gc=False):
    """`promotion_detail`."""

    shop_discount_detail: Discounts | None = None
    platform_discount_detail: Discounts | None = None
    kol_discount_detail: Discounts | None = None


class ShopOrder(msgspec.Struct, gc=False):
    """An order: `shop_order_detail`, or an element of `shop_order_list`."""

    order_id: Number = None
    shop_id: Number = None
    order_status: Number = None
    main_status: Number = None
    pay_type: Number = None
    create_time: Number = None
    pay_time: Number = None
    ship_time: Number = None
    finish_time: Number = None
    update_time: Number = None
    pay_amount: Number = None
    order_amount: Number = None
    post_amount: Number = None
    packing_amount: Number = None
    promotion_shop_amount: Number = None
    promotion_platform_amount: Number = None
    promotion_talent_amount: Number = None
    promotion_pay_amount: Number = None
    modify_amount: Number = None
    tax_amount: Number = None
    doudian_open_id: Number = None
    open_id: Number = None
    post_receiver: str | None = None
    encrypt_post_receiver: str | None = None
    mask_post_receiver: str | None = None
    post_tel: str | None = None
    encrypt_post_tel: str | None = None
    mask_post_tel: str | None = None
    post_addr: Address | None = None
    mask_post_addr: Address | None = None
    sku_order_list: list[SkuOrder] | None = None
    logistics_info: list[Parcel] | None = None
    order_phase_list: list[Phase] | None = None
    promotion_detail: Promotions | None = None


class AftersaleInfo(msgspec.Struct, gc=False):
    """An after-sale; the list and the detail call spell its names differently."""

    aftersale_id: Number = None
    after_sale_id: Number = None
    aftersale_status: Number = None
    after_sale_status: Number = None
    aftersale_type: Number = None
    after_sale_type: Number = None
    refund_status: Number = None
    refund_amount: Number = None
    refund_total_amount: Number = None
    apply_time: Number = None
    update_time: Number = None
    reason: str | None = None


class AftersaleLine(msgspec.Struct, gc=False):
    """A line of the order that an after-sale is about."""

    sku_order_id: Number = None
    aftersale_item_num: Number = None
    after_sale_item_count: Number = None


class AftersaleOrder(msgspec.Struct, gc=False):
    """The order of an after-sale: `related_order_info` in the list, `sku_order_infos` in the detail."""

    shop_order_id: Number = None
    related_order_info: list[AftersaleLine] | None = None
    sku_order_infos: list[AftersaleLine] | None = None


class AftersaleTexts(msgspec.Struct, gc=False):
    """The words that go with the codes."""

    reason_text: str | None = None


class ProcessInfo(msgspec.Struct, gc=False):
    """`process_info` of afterSale.Detail."""

    after_sale_info: AftersaleInfo | None = None


class Aftersale(msgspec.Struct, gc=False):
    """An element of `items` of afterSale.List, or `data` of afterSale.Detail."""

    aftersale_info: AftersaleInfo | None = None
    process_info: ProcessInfo | None = None
    order_info: AftersaleOrder | None = None
    text_part: AftersaleTexts | None = None


class Body(msgspec.Struct, gc=False):
    """What an answer of the API, or our own document, holds."""

    shop_order_detail: ShopOrder | None = None
    shop_order_list: list[ShopOrder] | None = None
    aftersale: Aftersale | None = None
    items: list[Aftersale] | None = None
    process_info: ProcessInfo | None = None
    order_info: AftersaleOrder | None = None


class Document(Body, gc=False):
    """An answer of the API with its wrapper or without, a document of ours, a bare order, or a push (its data may be text)."""

    data: Body | str | None = None
    tag: int | str | None = None
    sku_order_list: msgspec.Raw = msgspec.Raw(b"null")


class Answer(msgspec.Struct, gc=False):
    """The wrapper of every answer of the API, new shape (`code`) and old (`err_no`)."""

    code: Number = None
    err_no: Number = None
    sub_code: Number = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class DetailData(msgspec.Struct, gc=False):
    """`data` of order.orderDetail, uninterpreted."""

    shop_order_detail: msgspec.Raw = msgspec.Raw(b"null")


class OrderPage(msgspec.Struct, gc=False):
    """`data` of order.searchList."""

    total: Number
    shop_order_list: list[msgspec.Raw] | None = None


class AftersalePage(msgspec.Struct, gc=False):
    """`data` of afterSale.List."""

    total: Number
    items: list[msgspec.Raw] | None = None


class Row(msgspec.Struct, gc=False):
    """The head of an element of a page."""

    order_id: Number = None
    shop_id: Number = None
    update_time: Number = None
    aftersale_info: AftersaleInfo | None = None


class TokenData(msgspec.Struct, gc=False):
    """`data` of token.create and token.refresh; `expires_in` in seconds."""

    access_token: str
    expires_in: Number
    refresh_token: str | None = None
    shop_id: Number = None


class SmsData(msgspec.Struct, gc=False):
    """`data` of sms.send; `code` 0 is success."""

    code: Number = None
    message_id: Number = None
