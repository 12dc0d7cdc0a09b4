"""Shapes of Shopee's payloads: only the fields that are read. Money is a JSON number in major units, ids may pass 2^53."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from chalicelib.toolkit.floats import ABSENT

Id = int | str | None
Amount = int | Decimal | None  # a whole number is decoded to int, at a third of the cost


class Shape(msgspec.Struct, gc=False):
    """Base of all shapes; unknown fields are skipped."""


class Push(Shape):
    """A push. `data` differs by `code`; a push for the whole application has no `shop_id`."""

    code: int
    data: msgspec.Raw = ABSENT
    shop_id: Id = None
    timestamp: Id = None
    msg_id: str | None = None


class Notice(Shape):
    """What pushes about orders and returns name. Order pushes spell `ordersn`, return pushes `order_sn`."""

    ordersn: Id = None
    order_sn: Id = None
    return_sn: Id = None
    package_number: Id = None
    fulfillment_status: str | None = None
    update_time: Id = None
    shop_id: Id = None
    verify_info: str | None = None


class ChatText(Shape):
    """The content of a message of type text."""

    text: str | None = None


class ChatMessage(Shape):
    """A chat message."""

    message_id: Id = None
    conversation_id: Id = None
    from_id: Id = None
    to_id: Id = None
    from_user_name: str | None = None
    to_user_name: str | None = None
    message_type: str | None = None
    created_timestamp: Id = None
    content: msgspec.Raw = ABSENT


class ChatData(Shape):
    """The data of a chat push; `type` "message" or "notification"."""

    type: str | None = None
    content: ChatMessage | None = None


class Item(Shape):
    """A line of an order. Prices are for one piece; `model_discounted_price` is 0 in a bundle deal."""

    item_id: Id = None
    item_name: str | None = None
    item_sku: str | None = None
    model_id: Id = None
    model_sku: str | None = None
    order_item_id: Id = None
    line_item_id: Id = None
    model_quantity_purchased: int = 0
    model_original_price: msgspec.Raw = ABSENT
    model_discounted_price: msgspec.Raw = ABSENT
    promotion_type: str | None = None
    return_requested_qty: int | None = None
    returned_qty: int | None = None


class Package(Shape):
    """A parcel of an order."""

    package_number: Id = None
    logistics_status: str | None = None
    shipping_carrier: str | None = None


class Address(Shape):
    """Where it goes; masked for most applications."""

    name: str | None = None
    phone: str | None = None
    district: str | None = None
    city: str | None = None
    state: str | None = None
    region: str | None = None
    zipcode: str | None = None
    full_address: str | None = None


class OrderBody(Shape):
    """An order as get_order_detail tells it. Times are Unix seconds, 0 or null for "not yet"."""

    order_sn: str | None = None
    region: str | None = None
    currency: str | None = None
    cod: bool | None = None
    total_amount: msgspec.Raw = ABSENT
    order_status: str | None = None
    shipping_carrier: str | None = None
    create_time: Id = None
    update_time: Id = None
    pay_time: Id = None
    pickup_done_time: Id = None
    buyer_user_id: Id = None
    buyer_username: str | None = None
    cancel_by: str | None = None
    cancel_reason: str | None = None
    recipient_address: Address | None = None
    item_list: list[Item] | None = None
    package_list: list[Package] | None = None


class EscrowItem(Shape):
    """A line of the escrow, for all its pieces: before and after price cuts, and what vouchers and coins take off."""

    item_id: Id = None
    model_id: Id = None
    line_item_id: Id = None
    original_price: msgspec.Raw = ABSENT
    discounted_price: msgspec.Raw = ABSENT
    discount_from_coin: msgspec.Raw = ABSENT
    discount_from_voucher_shopee: msgspec.Raw = ABSENT
    discount_from_voucher_seller: msgspec.Raw = ABSENT


class Income(Shape):
    """The money of an order, each part by who bears it."""

    buyer_total_amount: msgspec.Raw = ABSENT
    original_price: msgspec.Raw = ABSENT
    seller_discount: msgspec.Raw = ABSENT
    shopee_discount: msgspec.Raw = ABSENT
    voucher_from_seller: msgspec.Raw = ABSENT
    voucher_from_shopee: msgspec.Raw = ABSENT
    coins: msgspec.Raw = ABSENT
    payment_promotion: msgspec.Raw = ABSENT
    credit_card_promotion: msgspec.Raw = ABSENT
    buyer_paid_shipping_fee: msgspec.Raw = ABSENT
    buyer_transaction_fee: msgspec.Raw = ABSENT
    buyer_paid_packaging_fee: msgspec.Raw = ABSENT
    cross_border_tax: msgspec.Raw = ABSENT
    bcrs_deposit: msgspec.Raw = ABSENT
    commission_fee: msgspec.Raw = ABSENT
    service_fee: msgspec.Raw = ABSENT
    escrow_amount: msgspec.Raw = ABSENT
    items: list[EscrowItem] | None = None


class Payment(Shape):
    """What else the buyer was charged at checkout."""

    buyer_service_fee: msgspec.Raw = ABSENT
    buyer_tax_amount: msgspec.Raw = ABSENT
    icms_tax_amount: msgspec.Raw = ABSENT
    import_tax_amount: msgspec.Raw = ABSENT
    iof_tax_amount: msgspec.Raw = ABSENT
    shipping_fee_sst_amount: msgspec.Raw = ABSENT
    insurance_premium: msgspec.Raw = ABSENT
    bulky_handling_fee: msgspec.Raw = ABSENT


class Escrow(Shape):
    """The answer of get_escrow_detail."""

    order_sn: str | None = None
    return_order_sn_list: list[str] | None = None
    order_income: Income | None = None
    buyer_payment_info: Payment | None = None


class ReturnItem(Shape):
    """A line of a return."""

    item_id: Id = None
    model_id: Id = None
    amount: int | None = None


class ReturnBody(Shape):
    """A return or refund that a buyer asked for."""

    return_sn: str | None = None
    order_sn: str | None = None
    status: str | None = None
    refund_amount: Amount = None
    currency: str | None = None
    reason: str | None = None
    text_reason: str | None = None
    create_time: Id = None
    update_time: Id = None
    needs_logistics: bool | None = None
    return_solution: int | None = None
    item: list[ReturnItem] | None = None


class Moved(Shape):
    """What a parcel push told: which parcel, how far, when."""

    package_number: str | None = None
    fulfillment_status: str | None = None
    update_time: Id = None


class Response(ReturnBody):
    """What `response` holds, by call; get_return_detail answers the return itself."""

    order_list: list[OrderBody] | None = None
    return_list: list[ReturnBody] | None = msgspec.field(name="return", default=None)


class Top(OrderBody):
    """A bare order, an answer of the API, or a document of ours with all that was read for one order."""

    error: str | None = None
    response: Response | None = None
    order: OrderBody | None = None
    escrow: Escrow | None = None
    returns: list[ReturnBody] | None = None
    tracking: dict[str, str] | None = None
    moved: Moved | None = None
    code: int | None = None


class RefundTop(ReturnBody):
    """A bare return, an answer of the API, or a push, which names a return only."""

    error: str | None = None
    response: Response | None = None
    code: int | None = None


class CommentReply(Shape):
    """The shop's answer."""

    reply: str | None = None
    create_time: Id = None


class Media(Shape):
    """Pictures and films of a comment."""

    image_url_list: list[str] | None = None
    video_url_list: list[str] | None = None


class Comment(Shape):
    """A buyer's comment on an item."""

    comment_id: Id = None
    comment: str | None = None
    buyer_username: str | None = None
    order_sn: str | None = None
    item_id: Id = None
    model_id_list: list[int] | None = None
    create_time: Id = None
    rating_star: int | None = None
    hidden: bool | None = None
    comment_reply: CommentReply | None = None
    cmt_reply: CommentReply | None = None
    media: Media | None = None


class CommentPage(Shape):
    """The answer of get_comment, its comments as they came."""

    item_comment_list: list[msgspec.Raw] = []
    more: bool | None = None
    next_cursor: Id = None


class CommentList(Shape):
    """The comments of get_comment."""

    item_comment_list: list[Comment] | None = None


class CommentTop(Comment):
    """A bare comment, or an answer of the API."""

    error: str | None = None
    response: CommentList | None = None


class SpendBody(Shape):
    """A day of all ads. `broad`: what buyers of any item bought within 7 days after a click."""

    date: str | None = None
    impression: int | None = None
    clicks: int | None = None
    expense: Amount = None
    broad_order: int | None = None
    broad_gmv: Amount = None


class SpendTop(Shape):
    """The report; `reported_at` is ours."""

    error: str | None = None
    response: list[SpendBody] | None = None
    reported_at: str | None = None


class Row(Shape):
    """What a listing tells of an order."""

    order_sn: str | None = None


class OrderPage(Shape):
    """The answer of get_order_list."""

    order_list: list[Row] = []
    more: bool | None = None
    next_cursor: Id = None


class ReturnPage(Shape):
    """The answer of get_return_list, its returns as they came."""

    returns: list[msgspec.Raw] = msgspec.field(name="return", default_factory=list)
    more: bool | None = None


class Answer(Shape):
    """Any answer of the API."""

    error: str | None = None
    response: msgspec.Raw = ABSENT


class TokenAnswer(Shape):
    """The answer of the token calls. `expire_in` is a length in seconds, or a Unix time where it is beyond 10^9."""

    error: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    expire_in: int | None = None


class Tracking(Shape):
    """The answer of get_tracking_number."""

    tracking_number: str | None = None


class Result(Shape):
    """What became of one reply."""

    comment_id: Id = None
    fail_error: str | None = None


class Results(Shape):
    """The answer of reply_comment."""

    result_list: list[Result] = []


class SentMessage(Shape):
    """The answer of send_message."""

    message_id: Id = None
