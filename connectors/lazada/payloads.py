"""Shapes of Lazada's payloads, only the fields that are read. Ids and numbers come as numbers or text, amounts as either."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Amount = Any  # text, int or Decimal; chalicelib.toolkit.loose.money_in refuses the rest
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Notice(msgspec.Struct, gc=False):
    """`data` of a push: ids, and the time of the change."""

    trade_order_id: Id = None
    reverse_order_id: Id = None
    seller_id: Id = None
    id: Id = None
    item_id: Id = None
    message_id: str | None = None
    status_update_time: Id = None
    send_time: Id = None


class Push(msgspec.Struct, gc=False):
    """A push. The envelope's `timestamp` changes with each try and is not read."""

    message_type: int
    seller_id: Id = None
    data: msgspec.Raw = NULL


class Fingerprint(msgspec.Struct, gc=False):
    """What tells one push from another."""

    message_type: int
    seller_id: Id = None
    data: Any = None


class Address(msgspec.Struct, gc=False):
    """`address_shipping`."""

    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    country: str | None = None
    address1: str | None = None
    address3: str | None = None
    address4: str | None = None
    address5: str | None = None
    city: str | None = None
    post_code: str | None = None


class Order(msgspec.Struct, gc=False):
    """The head of an order, of /order/get or /orders/get. The currency is told by its items only."""

    order_id: Id = None
    order_number: Id = None
    created_at: str | None = None
    updated_at: str | None = None
    statuses: list[str] | None = None
    price: Amount = None
    shipping_fee: Amount = None
    voucher: Amount = None
    voucher_seller: Amount = None
    voucher_platform: Amount = None
    voucher_code: Id = None
    payment_method: str | None = None
    customer_first_name: str | None = None
    customer_last_name: str | None = None
    address_shipping: Address | None = None
    is_cancel_pending: Flag = None
    need_cancel_confirm: Flag = None


class Item(msgspec.Struct, gc=False):
    """One unit of an order. The fields stand as the platform sends them, which a decoder finds quickest."""

    tax_amount: Amount = None
    voucher_seller: Amount = None
    payment_time: Id = None
    buyer_id: Id = None
    is_cancel_pending: Flag = None
    product_id: Id = None
    sku: Id = None
    shop_sku: Id = None
    stage_pay_status: str | None = None
    sku_id: Id = None
    order_item_id: Id = None
    name: str | None = None
    order_id: Id = None
    need_cancel_confirm: Flag = None
    status: str | None = None
    voucher_platform: Amount = None
    paid_price: Amount = None
    created_at: str | None = None
    voucher_seller_lpi: Amount = None
    wallet_credits: Amount = None
    updated_at: str | None = None
    currency: str | None = None
    voucher_platform_lpi: Amount = None
    item_price: Amount = None
    tracking_code: Id = None
    shipping_amount: Amount = None
    shipment_provider: str | None = None


class ReverseLine(msgspec.Struct, gc=False):
    """One unit of a reverse order. `refund_amount` is in minor units: cents, or whole dong."""

    reverse_order_line_id: Id = None
    trade_order_line_id: Id = None
    reverse_status: str | None = None
    refund_amount: Id = None
    is_need_refund: Any = None
    reason_text: str | None = None
    return_order_line_gmt_create: Id = None
    return_order_line_gmt_modified: Id = None


class Reverse(msgspec.Struct, gc=False):
    """A reverse order: an element of /reverse/getreverseordersforseller, or the data of the detail call."""

    reverse_order_id: Id = None
    trade_order_id: Id = None
    request_type: str | None = None
    reverse_order_lines: list[ReverseLine] | None = None
    reverseOrderLineDTOList: list[ReverseLine] | None = None


class Document(msgspec.Struct, gc=False):
    """What hydrating and pulling put together; also an order or a reverse order on its own."""

    order: Order | None = None
    items: list[Item] | None = None
    reverses: list[Reverse] | None = None


class Wrapped(msgspec.Struct, gc=False):
    """The outermost object of anything: an answer of the API, a document of ours, or a bare order or reverse order."""

    code: Id = None
    data: msgspec.Raw = NULL
    result: msgspec.Raw = NULL
    order: msgspec.Raw = NULL
    items: msgspec.Raw = NULL
    reverses: msgspec.Raw = NULL
    orders: msgspec.Raw = NULL
    order_id: Id = None
    order_item_id: Id = None
    reverse_order_id: Id = None
    message_type: Id = None


class OrdersPage(msgspec.Struct, gc=False):
    """`data` of /orders/get."""

    orders: list[msgspec.Raw] | None = None
    count: Id = None
    countTotal: Id = None


class OrderRow(msgspec.Struct, gc=False):
    """What paging needs of an order."""

    order_id: Id = None
    updated_at: str | None = None


class OrderItems(msgspec.Struct, gc=False):
    """An element of /orders/items/get."""

    order_id: Id = None
    order_items: msgspec.Raw = NULL


class ItemRow(msgspec.Struct, gc=False):
    """What hydrating needs of an item."""

    order_id: Id = None
    status: str | None = None
    reverse_order_id: Id = None
    is_cancel_pending: Flag = None
    need_cancel_confirm: Flag = None


class ReversePage(msgspec.Struct, gc=False):
    """`result` of /reverse/getreverseordersforseller."""

    items: list[msgspec.Raw] | None = None
    total: Id = None
    success: Any = None


class ReverseRow(msgspec.Struct, gc=False):
    """What paging needs of a reverse order."""

    reverse_order_id: Id = None
    trade_order_id: Id = None


class Ratings(msgspec.Struct, gc=False):
    """Stars of a review; a follow-up has none."""

    overall_rating: Id = None
    product_rating: Id = None


class Video(msgspec.Struct, gc=False):
    """A video of a review."""

    video_url: str | None = None


class Review(msgspec.Struct, gc=False):
    """An element of `review_list` of /review/seller/list/v2."""

    id: Id = None
    order_id: Id = None
    product_id: Id = None
    review_content: str | None = None
    ratings: Ratings | None = None
    review_images: list[str] | None = None
    review_videos: list[Video] | None = None
    seller_reply: str | None = None
    submit_time: Id = None
    create_time: Id = None


class ReviewList(msgspec.Struct, gc=False):
    """`data` of /review/seller/list/v2, as mapping reads it."""

    review_list: list[Review] | None = None


class ReviewRows(msgspec.Struct, gc=False):
    """`data` of /review/seller/list/v2, as pulling cuts it."""

    review_list: list[msgspec.Raw] | None = None


class ReviewIds(msgspec.Struct, gc=False):
    """`data` of /review/seller/history/list."""

    id_list: list[Id] | None = None
    total: Id = None


class Product(msgspec.Struct, gc=False):
    """An element of /products/get."""

    item_id: Id = None


class ProductsPage(msgspec.Struct, gc=False):
    """`data` of /products/get."""

    products: list[Product] | None = None
    total_products: Id = None


class Message(msgspec.Struct, gc=False):
    """`data` of an IM push. `content` is an object as text."""

    session_id: str | None = None
    message_id: str | None = None
    content: str | None = None
    from_account_id: Id = None
    from_account_type: Id = None
    to_account_id: Id = None
    send_time: Id = None
    type: Id = None
    status: Id = None


class MessageContent(msgspec.Struct, gc=False):
    """`content` of a message: its text, or an address of a picture."""

    txt: str | None = None
    imgUrl: str | None = None
    img_url: str | None = None


class Said(msgspec.Struct, gc=False):
    """What saying something answers."""

    success: Any = None
    error_code: Id = None
    error_msg: str | None = None
    err_code: Id = None
    err_message: str | None = None
    data: msgspec.Raw = NULL
    session_id: str | None = None


class SaidMessage(msgspec.Struct, gc=False):
    """`data` of /im/message/send."""

    message_id: str | None = None
    session_id: str | None = None


class Campaign(msgspec.Struct, gc=False):
    """A row of the campaign report. Amounts in major units."""

    campaignId: Id = None
    campaignName: str | None = None
    productType: str | None = None
    impressions: Id = None
    clicks: Id = None
    spend: Amount = None
    storeOrders: Id = None
    storeRevenue: Amount = None


class Report(msgspec.Struct, gc=False):
    """One page of the campaign report."""

    result: list[Campaign] | None = None
    totalCount: Id = None
    success: Any = None
    errorCode: Id = None


class SpendDocument(msgspec.Struct, gc=False):
    """One day of the campaign report, as pulling puts it together."""

    day: str
    country: str
    reported_at: str
    rows: list[Campaign]
