"""GraphQL's spelling of an order and a customer, turned into the REST shapes so that there is one mapping."""

from __future__ import annotations

from functools import cache

import msgspec

from chalicelib.contract import Ref
from chalicelib.errors import Permanent
from chalicelib.toolkit.decode import decoder, read
from connectors.shopify import payloads as rest
from connectors.shopify import status as words
from connectors.shopify.numbers import number
from connectors.shopify.payloads import Amount, Time


class Node(msgspec.Struct, gc=False, rename="camel"):
    """Base of the shapes; GraphQL names are camelCase."""


class Money(Node):
    """An amount with its currency."""

    amount: Amount
    currency_code: str | None = None


class MoneyBag(Node):
    """An amount in both currencies, of which the shop's is read."""

    shop_money: Money


class Linked(Node):
    """A reference: a global id such as `gid://shopify/Product/1`."""

    id: str


class Allocation(Node):
    """A share of a discount."""

    allocated_amount_set: MoneyBag


class LineNode(Node):
    """One line of an order."""

    id: str
    quantity: int
    original_unit_price_set: MoneyBag
    sku: str | None = None
    title: str | None = None
    product: Linked | None = None
    variant: Linked | None = None
    discount_allocations: list[Allocation] | None = None
    discounted_total_set: MoneyBag | None = None


class PageInfo(Node):
    """Whether a connection goes on."""

    has_next_page: bool = False
    end_cursor: str | None = None


class Lines(Node):
    """The lines, and whether there are more than were read."""

    nodes: list[LineNode]
    page_info: PageInfo | None = None


class ShippingNode(Node):
    """One shipping charge before and after its discounts."""

    original_price_set: MoneyBag
    discounted_price_set: MoneyBag | None = None


class ShippingNodes(Node):
    """The shipping charges."""

    nodes: list[ShippingNode]


class TransactionNode(Node):
    """One movement of money."""

    kind: str | None = None
    status: str | None = None
    processed_at: Time | None = None
    amount_set: MoneyBag | None = None


class TransactionNodes(Node):
    """The movements of one refund."""

    nodes: list[TransactionNode]


class RefundNode(Node):
    """A refund inside its order."""

    id: str
    created_at: Time | None = None
    note: str | None = None
    total_refunded_set: MoneyBag | None = None
    transactions: TransactionNodes | None = None


class Tracking(Node):
    """A parcel's number."""

    company: str | None = None
    number: str | None = None


class FulfilmentNode(Node):
    """A fulfilment inside its order."""

    id: str
    status: str | None = None
    display_status: str | None = None
    created_at: Time | None = None
    delivered_at: Time | None = None
    tracking_info: list[Tracking] | None = None


class EmailAddress(Node):
    """A customer's e-mail address."""

    email_address: str | None = None


class PhoneNumber(Node):
    """A customer's phone number."""

    phone_number: str | None = None


class CustomerNode(Node):
    """The customer inside an order."""

    id: str
    display_name: str | None = None
    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None


class AddressNode(Node):
    """Where it goes."""

    name: str | None = None
    phone: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province_code: str | None = None
    province: str | None = None
    zip: str | None = None
    country_code_v2: str | None = msgspec.field(name="countryCodeV2", default=None)


class OrderNode(Node):
    """An order."""

    id: str
    currency_code: str
    legacy_resource_id: str | int | None = None
    name: str | None = None
    presentment_currency_code: str | None = None
    test: bool | None = None
    taxes_included: bool | None = None
    display_financial_status: str | None = None
    display_fulfillment_status: str | None = None
    return_status: str | None = None
    created_at: Time | None = None
    processed_at: Time | None = None
    updated_at: Time | None = None
    cancelled_at: Time | None = None
    closed_at: Time | None = None
    total_discounts_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag | None = None
    total_tax_set: MoneyBag | None = None
    total_tip_received: Money | None = None
    original_total_duties_set: MoneyBag | None = None
    original_total_additional_fees_set: MoneyBag | None = None
    total_price_set: MoneyBag | None = None
    current_total_price_set: MoneyBag | None = None
    total_received_set: MoneyBag | None = None
    total_refunded_set: MoneyBag | None = None
    email: str | None = None
    phone: str | None = None
    payment_gateway_names: list[str] | None = None
    discount_codes: list[str] | None = None
    customer: CustomerNode | None = None
    shipping_address: AddressNode | None = None
    shipping_lines: ShippingNodes | None = None
    line_items: Lines | None = None
    fulfillments: list[FulfilmentNode] | None = None
    refunds: list[RefundNode] | None = None
    transactions: list[TransactionNode] | None = None


class Connection(Node):
    """A page of orders."""

    nodes: list[OrderNode]


class Data(Node):
    """What stands under `data`."""

    order: OrderNode | None = None
    orders: Connection | None = None


@cache
def _data() -> msgspec.json.Decoder[Data]:
    return decoder(Data)


@cache
def _node() -> msgspec.json.Decoder[OrderNode]:
    return decoder(OrderNode)


def orders_in_data(payload: bytes, ref: Ref) -> list[rest.OrderBody]:
    """The orders of the value of `data`; Permanent when there is none."""
    data = read(_data(), payload, connector="shopify", delivery_id=ref.delivery_id)
    nodes = data.orders.nodes if data.orders is not None else [data.order] if data.order is not None else None
    if nodes is None:
        raise Permanent(
            "payload-malformed", "no order in the answer", connector="shopify", path="$.data", delivery_id=ref.delivery_id
        )
    return [order_body(each, ref) for each in nodes]


def order_in_node(payload: bytes, ref: Ref) -> rest.OrderBody:
    """A bare order node."""
    return order_body(read(_node(), payload, connector="shopify", delivery_id=ref.delivery_id), ref)


def order_body(node: OrderNode, ref: Ref) -> rest.OrderBody:
    """The node in REST's shape. A node whose lines were cut off is refused: half an order is none."""
    _require_whole(node, ref)
    return rest.OrderBody(
        id=str(node.legacy_resource_id or number(node.id)),
        name=node.name,
        currency=node.currency_code,
        presentment_currency=node.presentment_currency_code,
        test=node.test,
        taxes_included=node.taxes_included,
        financial_status=node.display_financial_status,
        fulfillment_status=node.display_fulfillment_status,
        created_at=node.created_at,
        processed_at=node.processed_at,
        updated_at=node.updated_at,
        cancelled_at=node.cancelled_at,
        closed_at=node.closed_at,
        total_discounts=_shop(node.total_discounts_set),
        total_shipping_price_set=_set(node.total_shipping_price_set),
        total_tax=_shop(node.total_tax_set),
        total_tip_received=_tip(node),
        original_total_duties_set=_set(node.original_total_duties_set),
        original_total_additional_fees_set=_set(node.original_total_additional_fees_set),
        total_price=_shop(node.total_price_set),
        current_total_price=_shop(node.current_total_price_set),
        received=_shop(node.total_received_set),
        refunded=_shop(node.total_refunded_set) if node.refunds is None else None,
        return_open=(node.return_status or "").lower() in words.RETURN_OPEN,
        email=node.email,
        phone=node.phone,
        payment_gateway_names=node.payment_gateway_names,
        discount_codes=[rest.Coupon(code=each) for each in node.discount_codes or ()],
        customer=_customer(node.customer),
        shipping_address=_address(node.shipping_address),
        shipping_lines=None if node.shipping_lines is None else [_shipping(each) for each in node.shipping_lines.nodes],
        line_items=None if node.line_items is None else [_line(each) for each in node.line_items.nodes],
        fulfillments=[_fulfilment(each) for each in node.fulfillments or ()],
        refunds=None if node.refunds is None else [_refund(each) for each in node.refunds],
        transactions=None if node.transactions is None else [_transaction(each) for each in node.transactions],
    )


def _require_whole(node: OrderNode, ref: Ref) -> None:
    lines = node.line_items
    if lines is not None and lines.page_info is not None and lines.page_info.has_next_page:
        raise Permanent(
            "payload-truncated", "the order has more lines", connector="shopify", path="$.lineItems", delivery_id=ref.delivery_id
        )


def _shop(bag: MoneyBag | None) -> Amount | None:
    return None if bag is None else bag.shop_money.amount


def _set(bag: MoneyBag | None) -> rest.MoneySet | None:
    return None if bag is None else rest.MoneySet(shop_money=rest.ShopMoney(amount=bag.shop_money.amount))


def _tip(node: OrderNode) -> Amount | None:
    tip = node.total_tip_received
    return tip.amount if tip is not None and tip.currency_code in (None, node.currency_code) else None


def _customer(node: CustomerNode | None) -> rest.Person | None:
    if node is None:
        return None
    return rest.Person(
        id=number(node.id),
        first_name=node.display_name,
        email=None if node.default_email_address is None else node.default_email_address.email_address,
        phone=None if node.default_phone_number is None else node.default_phone_number.phone_number,
    )


def _address(node: AddressNode | None) -> rest.Address | None:
    if node is None:
        return None
    return rest.Address(
        name=node.name,
        phone=node.phone,
        address1=node.address1,
        address2=node.address2,
        city=node.city,
        province=node.province,
        province_code=node.province_code,
        zip=node.zip,
        country_code=node.country_code_v2,
    )


def _line(node: LineNode) -> rest.LineItem:
    allotted = node.discount_allocations
    return rest.LineItem(
        id=number(node.id),
        quantity=node.quantity,
        price=node.original_unit_price_set.shop_money.amount,
        product_id=None if node.product is None else number(node.product.id),
        variant_id=None if node.variant is None else number(node.variant.id),
        sku=node.sku,
        title=node.title,
        discounted_total=_shop(node.discounted_total_set),
        discount_allocations=(
            None if allotted is None else [rest.Allocation(amount=each.allocated_amount_set.shop_money.amount) for each in allotted]
        ),
    )


def _shipping(node: ShippingNode) -> rest.ShippingLine:
    return rest.ShippingLine(price=node.original_price_set.shop_money.amount, discounted_price=_shop(node.discounted_price_set))


def _transaction(node: TransactionNode) -> rest.Transaction:
    money = None if node.amount_set is None else node.amount_set.shop_money
    return rest.Transaction(
        kind=(node.kind or "").lower(),
        status=(node.status or "").lower(),
        amount=None if money is None else money.amount,
        currency=None if money is None else money.currency_code,
        processed_at=node.processed_at,
    )


def _refund(node: RefundNode) -> rest.RefundBody:
    moves = None if node.transactions is None else [_transaction(each) for each in node.transactions.nodes]
    total = node.total_refunded_set
    if moves is None and total is not None:
        # A node read without its transactions tells the sum that went back, and no state.
        money = total.shop_money
        moved = rest.Transaction(kind="refund", status="success", amount=money.amount, currency=money.currency_code)
        moves = [moved] if any(each in "123456789" for each in str(money.amount)) else []
    return rest.RefundBody(id=number(node.id), created_at=node.created_at, note=node.note, transactions=moves)


def _fulfilment(node: FulfilmentNode) -> rest.FulfilmentBody:
    tracking = (node.tracking_info or [Tracking()])[0]
    arrived = node.delivered_at is not None or (node.display_status or "").lower() == words.DELIVERED
    return rest.FulfilmentBody(
        id=number(node.id),
        status=(node.status or "").lower(),
        shipment_status=words.DELIVERED if arrived else None,
        created_at=node.created_at,
        delivered_at=node.delivered_at,
        tracking_company=tracking.company,
        tracking_number=tracking.number,
    )
