"""Shapes of Xiaohongshu's payloads, only the fields that are read. Orders are in whole fen, after-sales in yuan."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from chalicelib.toolkit.loose import Id

NULL = msgspec.Raw(b"null")
Yuan = int | Decimal | None
Flag = bool | int | str | None


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Xiaohongshu writes camel case, mostly."""


class Message(Shape):
    """An element of a push. `data` is an object as text."""

    msg_tag: str | None = None
    seller_id: Id = None
    data: msgspec.Raw = NULL


class Notice(Shape):
    """What `data` of a push names. Its figures are not read."""

    order_id: Id = None
    package_id: Id = None
    returns_id: Id = None
    update_time: Id = None


class Detail(Shape):
    """An element of `skuDetailList`: a piece of a line, or a child of a bundle."""

    erp_code: Id = None


class Sku(Shape):
    """An element of `skuList`: a line as the buyer saw it. Its totals are over all its pieces."""

    sku_id: Id = None
    sku_name: str | None = None
    erpcode: Id = None
    sku_quantity: Id = None
    sku_tag: Id = None
    total_paid_amount: Id = None
    total_merchant_discount: Id = None
    total_red_discount: Id = None
    total_tax_amount: Id = None
    sku_detail_list: msgspec.Raw = NULL  # read only where the line names no code of the merchant's


class Package(Shape):
    """An element of `simpleDeliveryOrderList`."""

    express_tracking_no: Id = None
    express_company_code: Id = None


class Order(Shape):
    """`data` of order.getOrderDetail, or an element of `orderList`, which has no amounts and no lines."""

    order_id: Id = None
    order_type: Id = None
    order_status: Id = None
    order_after_sales_status: Id = None
    created_time: Id = None
    paid_time: Id = None
    update_time: Id = None
    delivery_time: Id = None
    cancel_time: Id = None
    finish_time: Id = None
    receiver_province_name: str | None = None
    receiver_city_name: str | None = None
    receiver_district_name: str | None = None
    receiver_name: str | None = None
    receiver_phone: str | None = None
    receiver_address: str | None = None
    receiver_country_id: str | None = None
    open_address_id: str | None = None
    sku_list: list[Sku] | None = None
    original_order_id: Id = None
    total_pay_amount: Id = None
    total_shipping_free: Id = None
    total_deposit_amount: Id = None
    total_deposit_amount_total: Id = None
    total_merchant_discount: Id = None
    total_red_discount: Id = None
    express_tracking_no: Id = None
    express_company_code: Id = None
    simple_delivery_order_list: list[Package] | None = None
    user_id: Id = None


class ReturnedSku(Shape):
    """A line that an after-sale is about."""

    sku_id: Id = None
    applied_count: Id = None
    applied_total_amount_yuan: Yuan = None


class Aftersale(Shape):
    """`afterSaleInfo` of the detail, or an element of `afterSaleBasicInfos`, which tells no refund status."""

    returns_id: Id = None
    return_type: Id = None
    reason_name_zh: str | None = None
    status: Id = None
    order_id: Id = None
    apply_time: Id = None
    updated_at: Id = None
    skus: list[ReturnedSku] | None = None
    expected_refund_amount_yuan: Yuan = None
    refund_amount_yuan: Yuan = None
    refund_status: Id = None
    refund_time: Id = None


class Document(Shape):
    """What hydrating puts together: an order with its after-sales."""

    order: Order | None = None
    aftersales: list[Aftersale] | None = None


class Anything(Shape):
    """Any payload, to tell what it is."""

    order: msgspec.Raw = NULL
    aftersales: msgspec.Raw = NULL
    data: msgspec.Raw = NULL
    order_list: msgspec.Raw = NULL
    after_sale_info: msgspec.Raw = NULL
    after_sale_basic_infos: msgspec.Raw = NULL
    msg_tag: Id = None
    order_id: Id = None
    created_time: Id = None
    returns_id: Id = None
    status: Id = None


class Row(Shape):
    """The head of an order or an after-sale."""

    order_id: Id = None
    returns_id: Id = None
    order_after_sales_status: Id = None
    update_time: Id = None
    updated_at: Id = None
    after_sale_info: msgspec.Raw = NULL


class Listed(Shape):
    """`data` of a listing."""

    total: Id = None
    total_count: Id = None
    order_list: list[Row] | None = None
    after_sale_basic_infos: list[Row] | None = None


class Answer(msgspec.Struct, gc=False):
    """The envelope of every call: success needs `error_code` 0 and `success`. Newer calls have a second one inside, with `code`."""

    error_code: Id = None
    code: Id = None
    success: Flag = None
    error_msg: str | None = None
    msg: str | None = None
    data: msgspec.Raw = NULL


class Granted(Shape):
    """`data` of oauth.refreshToken; the ends are points in time, milliseconds."""

    access_token: str
    access_token_expires_at: Id = None
    refresh_token: str | None = None
