"""What one simulated platform is: all that world, stories, traffic, APIs and oracle know of it, in one description.

A platform is one package `ops/simulator/platforms/<key>/` whose `PLATFORM` is a `Platform`. Every trait has the default
of a plain marketplace, so that a platform states only what is its own. docs/simulator.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from ops.simulator.api.kit import Handler, SimClock
from ops.simulator.delivery import Delivery
from ops.simulator.model import Buyer, Shop, SimOrder, World


def as_it_is(digits: str) -> str:
    """A secret of 32 hexadecimal digits."""
    return digits


def decimal(digits: str) -> str:
    """A secret, or public identifier, of 16 decimal digits."""
    return str(int(digits, 16))[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret of the account. `make` turns 32 hexadecimal digits, which the seed gives, into its form.

    `public`: an identifier, which a forger knows as well. `like`: made from the digits of that other secret, where two
    belong together (one value under two names, a public and its private key). `own`: the platform keeps it to itself, as
    a key that it signs with: the merchant never has it.
    """

    make: Callable[[str], str] = as_it_is
    public: bool = False
    like: str = ""
    own: bool = False


def in_steps(first: int) -> Callable[[int, Random], str]:
    """Order ids that rise from `first` by about a thousand each."""
    return lambda number, draw: str(first + number * 1009 + draw.randint(0, 1000))


def every(first: int, step: int = 37) -> Callable[[int, Random], str]:
    """Buyer ids `step` apart."""
    return lambda number, _draw: str(first + number * step)


def digits_of(order_id: str) -> int:
    """The digits of an order id as one number."""
    return int("".join(letter for letter in order_id if letter.isdigit()))


def shifted(offset: int) -> Callable[[str, int], str]:
    """Ids of parcels or refunds (or positions) that are the order's digits plus `offset`, plus their place."""
    return lambda order_id, index: str(digits_of(order_id) + offset + index)


def _positions(order_id: str, index: int) -> str:
    return f"{order_id}-{index + 1}"


def _parcels(order_id: str, index: int) -> str:
    return f"PK-{digits_of(order_id)}-{index + 1}"


def _refunds(order_id: str, index: int) -> str:
    return f"RF-{digits_of(order_id)}-{index + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """How the platform numbers things. Order and buyer ids must be unlike those of every other platform.

    `order(number, draw)` counts from 0, `buyer(number, draw)` and `product(number)` from 1; `order_no(number, order id)`;
    `line`, `parcel`, `refund` take the order's id and a place from 0. `added_line`: the place of a position that joins later.
    """

    order: Callable[[int, Random], str]
    buyer: Callable[[int, Random], str]
    product: Callable[[int], str]
    order_no: Callable[[int, str], str] = lambda _number, order_id: order_id
    line: Callable[[str, int], str] = _positions
    parcel: Callable[[str, int], str] = _parcels
    refund: Callable[[str, int], str] = _refunds
    added_line: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What an order is made of. Amounts in minor units of the shop's currency; tax rates in tenths of a percent.

    `prices`: factor and divisor from the catalogue's cents of CNY. Each order draws one of `shipping` (half of them none), of
    `tips` and of the two or three `tax_rates`; repeat 0 where most have none. `coupons`: the platform bears some discounts.
    `tax_by_platform`: it collects and remits the tax itself. `one_item`: an order has one position.
    """

    prices: tuple[int, int] = (1, 1)
    shipping: tuple[int, ...] = (600, 990, 1200)
    coupons: bool = False
    tips: tuple[int, ...] = ()
    tax_rates: tuple[int, ...] = ()
    tax_included: bool = True
    tax_by_platform: bool = False
    one_item: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What can become of an order: stories of `stories.py` with their weights, and the platform's customs in them.

    `pace`: so many times as fast as the mail, since a dish is brought in minutes. `milliseconds`: its times have them.
    `paid_same_day`: every payment falls on the day of its order. `asks_first`: a line's refund is requested before it is
    granted. `refunds_by_line`: money goes back a whole position at a time, one refund each.
    `cancel_refunds`: a cancelled order has its money back in the same act; `silent_cancel`: nothing ever tells that it went
    back. `collects`: cash on delivery is paid when the last parcel arrives, else nobody tells when. `amends`: what an
    amendment before payment changes. `prepaid`: orders show once they are paid, a second after they are placed. `bare`: stories
    whose orders have neither freight nor coupon nor tax that the platform keeps, since one could not tell what part was refunded.
    """

    stories: Mapping[str, int]
    pace: int = 1
    milliseconds: bool = False
    paid_same_day: bool = False
    asks_first: bool = False
    refunds_by_line: bool = False
    cancel_refunds: bool = False
    silent_cancel: bool = False
    collects: bool = False
    prepaid: bool = False
    amends: Literal["lines", "freight"] = "lines"
    bare: frozenset[str] = frozenset()


def as_told(at: datetime) -> datetime:
    """A time that is told as it is."""
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Tells:
    """What the platform tells a merchant: what the oracle then expects.

    `untold`: facts that are null whatever the way, `either`: told by one way and not by another, so that no claim is made;
    both by name: `paid_at`, `units`, `buyer.id`, `amounts.tax`, ... `zeroes`: facts that one way leaves out where they are 0.
    `once_paid`: facts that are null until an order is paid or released to the shop. `no_status`: canonical states that its
    order status does not know; the next lower one is expected.
    `unclear`: by canonical status, facts of which no claim is made while an order is in it. `buyer` False: nobody knows who
    bought. `allots_coupons`: platform coupons are part of a line's discount; `allots_discounts` False: no discount at all is.
    `refund_each`: what a refund of several pieces is told as, one or one a piece. `hears`: a time as it can be read back,
    where the platform's own clock does not tell every instant. `phone`, `unionid`: told with every order, as `email` is.
    `opens`: channels on which its terms let its buyers be written to for marketing. `permits`: buyers allow single messages,
    which go through the platform itself.
    """

    email: bool = False
    phone: bool = False
    unionid: bool = False
    opens: frozenset[str] = frozenset()
    permits: bool = False
    consent: bool = False
    buyer: bool = True
    unclear: Mapping[str, frozenset[str]] = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    zeroes: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    once_paid: frozenset[str] = frozenset()
    no_status: frozenset[str] = frozenset()
    allots_coupons: bool = True
    allots_discounts: bool = True
    refund_each: Literal["claim", "piece"] = "claim"
    hears: Callable[[datetime], datetime] = as_told


def no_pushes(_world: World, _since: datetime, _until: datetime) -> Iterable[Delivery]:
    """A platform that pushes nothing: everything comes by pull."""
    return ()


def _no_snapshot(_world: World, _order: SimOrder, _now: datetime) -> Iterable[Delivery]:
    return ()


def _no_people(_world: World, _buyer: Buyer, _now: datetime) -> Iterable[Delivery]:
    return ()


def any_2xx(status: int, _body: bytes) -> bool:
    """Any 2xx is an acknowledgement."""
    return 200 <= status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How it talks. `deliveries(world, since, until)`: every push for steps with since <= at < until.

    `snapshot(world, order, now)`: pushes after which a receiver knows all of an order as of `now`. `people(world, buyer,
    now)`: pushes that tell of a buyer (consent) apart from orders. `signed` False: a changed byte goes unnoticed. `feed`: its
    pushes are records of a queue or bus that only it can write to (`ReceivesFeed`), not requests; nobody forges them.
    `acknowledged(status, body)`: whether an answer is its acknowledgement. `api`: its API, None where there is none to
    pull from; `hosts`: the hosts it answers on, the first being that of orders. `narrow`: its lists are cut so narrow that
    sixty days of them take thousands of calls, or do not tell when money went back; the demo then tells its history by
    `snapshot`. `lag`: its lists end so long before now, so that a pull of all has to wait for it.
    """

    deliveries: Callable[[World, datetime, datetime], Iterable[Delivery]] = no_pushes
    snapshot: Callable[[World, SimOrder, datetime], Iterable[Delivery]] = _no_snapshot
    people: Callable[[World, Buyer, datetime], Iterable[Delivery]] = _no_people
    signed: bool = True
    feed: bool = False
    acknowledged: Callable[[int, bytes], bool] = any_2xx
    api: Callable[[World, SimClock], Handler] | None = None
    hosts: tuple[str, ...] = ()
    narrow: bool = False
    lag: timedelta = timedelta()

    @property
    def pushes(self) -> bool:
        """Whether it pushes at all."""
        return self.deliveries is not no_pushes


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What buyers say in public on a platform whose API takes a shop's answer (`Base.answered`).

    `asks`: questions, and no reviews. `edits`, `deletes`: its list shows that a review was edited, or taken back. `follows`: buyers
    add to a review, as a review of its own. `defaults`: it writes praise itself where a buyer says nothing. `told`: the time
    that it tells a review to be written at.
    """

    asks: bool = False
    edits: bool = False
    deletes: bool = False
    follows: bool = False
    defaults: bool = False
    told: Callable[[datetime], datetime] = as_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One simulated platform with its one shop. `options`: what the account needs beside its secrets.

    `quiet`: how much of the crowd that bought once, and long ago, bought here. `voices` None: a shop answers nobody in public.
    """

    shop: Shop
    secrets: Mapping[str, Secret]
    ids: Ids
    lives: Lives
    wire: Wire
    trade: Trade = Trade()
    tells: Tells = Tells()
    options: Mapping[str, str] = field(default_factory=dict)
    quiet: float = 0.0
    voices: Voices | None = None
