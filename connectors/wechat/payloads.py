"""Shapes of WeChat's payloads, only the fields that are read. Amounts are whole fen."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.toolkit.loose import Id

Fen = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Flag = bool | int | str | None
ABSENT = msgspec.Raw()


class Message(msgspec.Struct, gc=False):
    """What a push holds once it is opened. XML is read as JSON of the same names."""

    ToUserName: str | None = None
    FromUserName: str | None = None
    CreateTime: Id = None
    MsgType: str | None = None
    Event: str | None = None
    EventKey: str | None = None
    MsgId: Id = None
    Content: str | None = None
    PicUrl: str | None = None
    Encrypt: str | None = None
    List: msgspec.Raw = ABSENT
    SubscribeMsgPopupEvent: msgspec.Raw = ABSENT
    SubscribeMsgChangeEvent: msgspec.Raw = ABSENT
    SubscribeMsgSentEvent: msgspec.Raw = ABSENT
    order_info: msgspec.Raw = ABSENT
    finder_shop_aftersale_status_update: msgspec.Raw = ABSENT
    finder_shop_present_aftersale_status_update: msgspec.Raw = ABSENT
    finder_shop_complaint: msgspec.Raw = ABSENT
    user_info: msgspec.Raw = ABSENT


class Named(msgspec.Struct, gc=False):
    """The ids that the subject of an event names."""

    order_id: Id = None
    after_sale_order_id: Id = None


class Member(msgspec.Struct, gc=False):
    """`user_info` of a member event."""

    phone_number: Id = None
    join_time: Id = None


class Listed(msgspec.Struct, gc=False):
    """The part of a subscription event that XML puts around its list."""

    List: msgspec.Raw = ABSENT


class Subscription(msgspec.Struct, gc=False):
    """An element of the list of a subscription event."""

    TemplateId: str | None = None
    SubscribeStatusString: str | None = None
    MsgID: Id = None
    ErrorCode: Id = None
    ErrorStatus: str | None = None


class Price(msgspec.Struct, gc=False):
    """`price_info` of an order."""

    product_price: Fen | None = None
    order_price: Fen | None = None
    freight: Fen | None = None
    discounted_price: Fen | None = None
    change_down_price: Fen | None = None
    change_freight: Fen | None = None
    is_change_freight: Flag = None
    deduction_price: Fen | None = None
    merchant_discounted_price: Fen | None = None
    finder_discounted_price: Fen | None = None
    vip_discounted_price: Fen | None = None
    bulkbuy_discounted_price: Fen | None = None
    national_subsidy_discounted_price: Fen | None = None
    cash_coupon_discounted_price: Fen | None = None
    national_subsidy_merchant_discounted_price: Fen | None = None


class Product(msgspec.Struct, gc=False):
    """An element of `product_infos`: `sale_price` for one piece, `real_price` for all of them."""

    product_id: Id = None
    sku_id: Id = None
    sku_cnt: Count | None = None
    sku_code: str | None = None
    out_sku_id: str | None = None
    title: str | None = None
    sale_price: Fen | None = None
    real_price: Fen | None = None
    on_aftersale_sku_cnt: Count | None = None
    finish_aftersale_sku_cnt: Count | None = None
    is_free_gift: Flag = None
    product_unique_id: Id = None


class Pay(msgspec.Struct, gc=False):
    """`pay_info`."""

    pay_time: Id = None
    payment_method: Id = None


class Address(msgspec.Struct, gc=False):
    """`address_info`."""

    user_name: str | None = None
    postal_code: str | None = None
    province_name: str | None = None
    city_name: str | None = None
    county_name: str | None = None
    detail_info: str | None = None
    house_number: str | None = None
    tel_number: str | None = None
    use_tel_number: Flag = None


class Parcel(msgspec.Struct, gc=False):
    """An element of `delivery_product_info`."""

    waybill_id: Id = None
    delivery_id: str | None = None
    delivery_name: str | None = None
    delivery_time: Id = None


class Delivery(msgspec.Struct, gc=False):
    """`delivery_info`."""

    address_info: Address | None = None
    delivery_product_info: list[Parcel] | None = None
    ship_done_time: Id = None


class Coupon(msgspec.Struct, gc=False):
    """`coupon_info`."""

    user_coupon_id: Id = None


class Ext(msgspec.Struct, gc=False):
    """`ext_info`."""

    finder_id: str | None = None
    confirm_receipt_time: Id = None
    order_scene: Id = None


class Detail(msgspec.Struct, gc=False):
    """`order_detail`."""

    product_infos: list[Product] | None = None
    pay_info: Pay | None = None
    price_info: Price | None = None
    delivery_info: Delivery | None = None
    coupon_info: Coupon | None = None
    ext_info: Ext | None = None


class Mark(msgspec.Struct, gc=False):
    """An element of `aftersale_order_list`, a number or a word as its state."""

    aftersale_order_id: Id = None
    status: Id = None


class Marks(msgspec.Struct, gc=False):
    """`aftersale_detail` of an order."""

    aftersale_order_list: list[Mark] | None = None
    on_aftersale_order_cnt: Count | None = None


class Order(msgspec.Struct, gc=False):
    """`order` of order/get."""

    order_id: Id = None
    status: Id = None
    create_time: Id = None
    update_time: Id = None
    order_detail: Detail | None = None
    aftersale_detail: Marks | None = None
    openid: str | None = None
    unionid: str | None = None
    present_giver_openid: str | None = None


class Goods(msgspec.Struct, gc=False):
    """`product_info` of an after-sale."""

    product_id: Id = None
    sku_id: Id = None
    count: Count | None = None
    product_unique_id: Id = None


class Money(msgspec.Struct, gc=False):
    """`refund_info` of an after-sale."""

    amount: Fen | None = None


class AfterSale(msgspec.Struct, gc=False):
    """`after_sale_order` of getaftersaleorder."""

    after_sale_order_id: Id = None
    order_id: Id = None
    status: str | None = None
    type: str | None = None
    product_info: Goods | None = None
    refund_info: Money | None = None
    reason: Id = None
    reason_text: str | None = None
    create_time: Id = None
    update_time: Id = None


class Document(msgspec.Struct, gc=False):
    """An order with its after-sales as we put them together, or what either call answers."""

    order: Order | None = None
    aftersales: list[AfterSale] | None = None
    after_sale_order: AfterSale | None = None
    Event: str | None = None
    order_id: Id = None
    after_sale_order_id: Id = None


class OrderAnswer(msgspec.Struct, gc=False):
    """order/get, as far as reading goes on from it."""

    order: msgspec.Raw = ABSENT


class OrderHead(msgspec.Struct, gc=False):
    """Which order, and which after-sales it has."""

    order_id: Id = None
    aftersale_detail: Marks | None = None


class AfterSaleAnswer(msgspec.Struct, gc=False):
    """getaftersaleorder, as far as reading goes on from it."""

    after_sale_order: msgspec.Raw = ABSENT


class AfterSaleHead(msgspec.Struct, gc=False):
    """Which after-sale of which order."""

    after_sale_order_id: Id = None
    order_id: Id = None


class Ids(msgspec.Struct, gc=False):
    """A page of order/list/get or getaftersalelist."""

    order_id_list: list[Id] | None = None
    after_sale_order_id_list: list[Id] | None = None
    next_key: str | None = None
    has_more: bool | None = None


class Grant(msgspec.Struct, gc=False):
    """stable_token."""

    access_token: str
    expires_in: Id = None


class Said(msgspec.Struct, gc=False):
    """What sending answers."""

    msgid: Id = None
    replyId: Id = None


class Person(msgspec.Struct, gc=False):
    """`userInfo` of a comment."""

    openid: str | None = None
    nickName: str | None = None


class Words(msgspec.Struct, gc=False):
    """`content` of a comment or reply."""

    content: str | None = None
    txt: str | None = None
    media: msgspec.Raw = ABSENT


class Picture(msgspec.Struct, gc=False):
    """A picture or video of a comment."""

    img: str | None = None
    video: str | None = None


class OrderInfo(msgspec.Struct, gc=False):
    """`orderInfo` of a comment: the merchant's own number."""

    busiOrderId: Id = None


class Comment(msgspec.Struct, gc=False):
    """An element of `commentList`. `score`: a hundred for each star."""

    commentId: Id = None
    orderId: Id = None
    createTime: Id = None
    score: Id = None
    content: msgspec.Raw = ABSENT
    userInfo: Person | None = None
    orderInfo: OrderInfo | None = None


class Comments(msgspec.Struct, gc=False):
    """A page of mpcommentlist, or the document of one comment."""

    commentList: list[Comment] | None = None


class CommentPage(msgspec.Struct, gc=False):
    """A page of mpcommentlist, its comments as they came."""

    commentList: list[msgspec.Raw] | None = None
    total: Id = None
