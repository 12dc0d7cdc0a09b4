"""The world's own model: shops, buyers, orders as lists of steps, and what an order looks like at an instant.

It shares no code with the canonical model, so that the oracle is a second opinion and not an echo. Money is an integer
in minor units of the shop's currency; times are aware UTC datetimes and are the platform's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Shop:
    """One connected account. `key` is `platform/account`; `carrier` the platform's word for whoever takes its parcels."""

    platform: str
    account: str
    currency: str
    locale: str
    country: str
    carrier: str = ""

    @property
    def key(self) -> str:
        """The name of the shop in reports."""
        return f"{self.platform}/{self.account}"


@dataclass(frozen=True, slots=True)
class Product:
    """A thing that is sold. `price` in minor units of the shop's currency; `id` the platform's."""

    number: int
    title: str
    price: int
    id: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer as one platform knows them. `consent` None: the platform keeps no such thing.

    `habit`: lapsed (bought long ago only), active, new (nothing before day D), quiet (one order, long ago, and nothing on day D).
    `unionid` is the same for whoever is one person to the platform; `texts`: what they said to text messages, None for nothing;
    `permits`: they allowed the shop one message of a template.
    """

    shop: Shop
    id: str
    name: str
    email: str | None
    phone: str
    locale: str
    city: str
    consent: bool | None
    consent_at: datetime | None
    habit: str
    withdrawn_at: datetime | None = None
    unionid: str | None = None
    texts: bool | None = None
    permits: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Platform, account, id."""
        return self.shop.platform, self.shop.account, self.id

    def allows(self, now: datetime) -> bool | None:
        """Whether the buyer allows marketing mail as of `now`; None where the platform keeps no such thing."""
        return False if self.withdrawn_at and self.withdrawn_at <= now else self.consent

    def said_at(self, now: datetime) -> datetime | None:
        """When the consent of `now` was given, refused or withdrawn."""
        return self.withdrawn_at if self.withdrawn_at and self.withdrawn_at <= now else self.consent_at


@dataclass(frozen=True, slots=True)
class Item:
    """One position. `off_seller` and `off_platform` are the discounts allotted to the whole position."""

    line_id: str
    product: Product
    quantity: int
    unit_price: int
    off_seller: int = 0
    off_platform: int = 0

    @property
    def gross(self) -> int:
        """Price before any discount."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an order.

    `kind`: placed, deposit, paid, amended, shipped, delivered, completed, cancelled, refund_requested, refund_rejected,
    refunded, exchanged. `ref` names the parcel or refund; `lines` the positions it concerns (all when empty).
    """

    at: datetime
    kind: str
    ref: str = ""
    amount: int = 0
    lines: tuple[str, ...] = ()
    added: Item | None = None
    shipping: int | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel with the positions in it."""

    id: str
    carrier: str
    number: str
    lines: tuple[str, ...]
    shipped_at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A refund or exchange. `state`: open, rejected, done. `at` is the time of the last change."""

    id: str
    kind: str
    amount: int
    lines: tuple[str, ...]
    state: str
    opened_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """An order at an instant: the fold of its steps up to then."""

    order: SimOrder
    updated_at: datetime
    items: tuple[Item, ...]
    shipping: int
    paid: int = 0
    paid_at: datetime | None = None
    released: bool = False
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    parcels: tuple[Parcel, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def gross(self) -> int:
        """Positions before any discount."""
        return sum(item.gross for item in self.items)

    @property
    def off_seller(self) -> int:
        """Discounts the seller bears."""
        return sum(item.off_seller for item in self.items)

    @property
    def off_platform(self) -> int:
        """Discounts the platform bears."""
        return sum(item.off_platform for item in self.items)

    @property
    def tax(self) -> int:
        """Tax on, or within, the discounted positions at the order's rate, half up."""
        base = self.gross - self.off_seller - self.off_platform
        whole = 1000 + self.order.tax_rate if self.order.tax_included else 1000
        return (base * self.order.tax_rate * 2 + whole) // (2 * whole)

    @property
    def total(self) -> int:
        """What the buyer owes."""
        tax = 0 if self.order.tax_included else self.tax
        return self.gross - self.off_seller - self.off_platform + self.shipping + tax + self.order.tip

    @property
    def refunded(self) -> int:
        """Sum of what was given back."""
        return sum(claim.amount for claim in self.claims if claim.kind == "refund" and claim.state == "done")

    @property
    def shipped_all(self) -> bool:
        """Whether every position has left."""
        sent = {line for parcel in self.parcels for line in parcel.lines}
        return bool(self.parcels) and all(item.line_id in sent for item in self.items)

    @property
    def delivered_all(self) -> bool:
        """Whether every position has left and every parcel has arrived."""
        return self.shipped_all and all(parcel.delivered_at for parcel in self.parcels)

    @property
    def delivered_at(self) -> datetime | None:
        """When the last parcel arrived."""
        if not self.delivered_all:
            return None
        return max(parcel.delivered_at for parcel in self.parcels if parcel.delivered_at)


@dataclass(frozen=True, slots=True)
class SimOrder:
    """An order with its whole life, future included. `tax_rate` in tenths of a percent. `coupon`: the code that the buyer named."""

    shop: Shop
    order_id: str
    order_no: str
    buyer: Buyer
    items: tuple[Item, ...]
    shipping: int
    steps: tuple[Step, ...]
    tip: int = 0
    tax_rate: int = 0
    tax_included: bool = False
    cod: bool = False
    test: bool = False
    story: str = "normal"
    coupon: str = ""

    @property
    def placed_at(self) -> datetime:
        """When the buyer ordered."""
        return self.steps[0].at

    def at(self, now: datetime) -> State | None:
        """The order as of `now` (inclusive); None before it was placed."""
        if now < self.placed_at:
            return None
        state = State(self, self.placed_at, self.items, self.shipping)
        for step in self.steps:
            if step.at > now:
                break
            state = _apply(state, step)
        return state

    def known_at(self, now: datetime) -> State:
        """The order as of `now`; ValueError before it was placed."""
        state = self.at(now)
        if state is None:
            raise ValueError("the order does not exist yet")
        return state

    def happened(self, since: datetime, until: datetime) -> Iterator[Step]:
        """Steps with since <= at < until."""
        return (step for step in self.steps if since <= step.at < until)


def _apply(state: State, step: Step) -> State:
    state = replace(state, updated_at=step.at)
    if step.kind in {"deposit", "paid"}:
        whole = state.total if step.kind == "paid" else step.amount
        done = step.at if step.kind == "paid" else None
        return replace(state, paid=whole, paid_at=done, released=state.released or step.kind == "paid")
    if step.kind == "amended":
        items = (*state.items, step.added) if step.added else state.items
        return replace(state, items=items, shipping=state.shipping if step.shipping is None else step.shipping)
    if step.kind == "completed":
        return replace(state, completed_at=step.at)
    if step.kind == "cancelled":
        return replace(state, cancelled_at=step.at)
    if step.kind in {"shipped", "delivered"}:
        return _parcel(state, step)
    if step.kind != "placed":
        return _claim(state, step)
    return state


def _parcel(state: State, step: Step) -> State:
    if step.kind == "delivered":
        arrived = (replace(parcel, delivered_at=step.at) if parcel.id == step.ref else parcel for parcel in state.parcels)
        return replace(state, parcels=tuple(arrived))
    lines = step.lines or tuple(item.line_id for item in state.items)
    parcel = Parcel(step.ref, state.order.shop.carrier, tracking(step.ref), lines, step.at)
    return replace(state, parcels=(*state.parcels, parcel), released=True)


def _claim(state: State, step: Step) -> State:
    held = {claim.id: claim for claim in state.claims}
    was = held.get(step.ref)
    outcome = {"refund_requested": "open", "refund_rejected": "rejected"}.get(step.kind, "done")
    kind = "exchange" if step.kind == "exchanged" else "refund"
    if was:
        held[step.ref] = replace(was, state=outcome, at=step.at)
    else:
        held[step.ref] = Claim(step.ref, kind, step.amount, step.lines, outcome, step.at, step.at)
    return replace(state, claims=tuple(held.values()))


def seller_sku(product: Product) -> str:
    """The merchant's own code of a product, the same on every platform."""
    return f"HT-{product.number:03d}"


def tracking(parcel: str) -> str:
    """The tracking number of a parcel."""
    return f"SIM{int(hashlib.sha256(parcel.encode()).hexdigest()[:10], 16):013d}"


def rng(*seed: object) -> Random:
    """A generator of its own for each purpose, so that a change in one part of the world leaves the others alone."""
    return Random("/".join(map(str, seed)))  # noqa: S311 (a repeatable world is the point; nothing here is secret)


def made_secret(seed: int, *name: str) -> str:
    """A secret that only the simulated platform and the simulated merchant know; 32 hexadecimal digits."""
    return hashlib.sha256("/".join(("simulator", str(seed), *name)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class World:
    """All that is true. `start` and `end` bound day `day` in the merchant's `zone` (UTC instants, end exclusive)."""

    seed: int
    merchant: str
    zone: ZoneInfo
    currency: str
    day: date
    start: datetime
    end: datetime
    shops: tuple[Shop, ...]
    products: tuple[Product, ...]
    buyers: tuple[Buyer, ...]
    orders: tuple[SimOrder, ...]
    secrets: dict[str, dict[str, str]] = field(repr=False)

    @property
    def opening(self) -> datetime:
        """The last instant before the day: what the shops looked like when it began."""
        return self.start - timedelta(milliseconds=1)

    @property
    def closing(self) -> datetime:
        """The last instant of the day: when everything it brought has happened."""
        return self.end - timedelta(milliseconds=1)

    def of(self, platform: str) -> Iterator[SimOrder]:
        """The orders of a platform, by time of placing."""
        return (order for order in self.orders if order.shop.platform == platform)

    def shop(self, platform: str) -> Shop:
        """The shop of a platform; KeyError when the world has none."""
        for shop in self.shops:
            if shop.platform == platform:
                return shop
        raise KeyError(platform)

    def find(self, platform: str, order_id: str) -> SimOrder | None:
        """One order by its platform id."""
        return next((order for order in self.of(platform) if order.order_id == order_id), None)

    def states(self, platform: str, now: datetime) -> Iterable[State]:
        """Every order of a platform that exists at `now`, as of then."""
        return (state for order in self.of(platform) if (state := order.at(now)) is not None)
