"""One cost of several accounts: how much of it is known, what is missing, and what the rest is taken to be. Pure. See costs.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, get_args

from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.ratio import Ratio

MOST_GAPS = 10
WAITING = "waiting"  # orders that have not left, whose freight is still to come
LINELESS = "no lines"  # orders that tell no lines, so that nobody knows what was sold
Kind = Literal["goods", "commission", "freight", "payment", "messages", "ads"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something whose cost is not known: `count` of it, in sales of `amount` where that can be said.

    `name`: a sku (goods; count: pieces), `carrier, region` or WAITING (freight; parcels), an account (commission, payment; orders.
    ads; days), a channel (messages).
    """

    name: str
    count: int
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One cost. `amount` is what is known of it, `estimated` what its rest comes to at the same rate.

    `covered`: the share that is known, of goods by money, of parcels, of the days of advertising accounts, of messages, else of
    sales. `whole`: nothing of it is left out, for what is not known is estimated. `gaps`: the largest of `lacking` things that are
    missing. `usual`: accounts whose commission is the platform's usual one, since the merchant told none.
    """

    kind: Kind
    amount: int
    estimated: int
    covered: Ratio
    whole: bool
    gaps: tuple[Gap, ...] = ()
    lacking: int = 0
    usual: tuple[str, ...] = ()

    @property
    def cost(self) -> int | None:
        """What is known and what is estimated; None where nothing of it is known."""
        known = self.whole or self.covered.numerator or self.amount or self.estimated
        return self.amount + self.estimated if known else None


@dataclass(slots=True)
class Known:
    """How much of something has a known cost: `cost` of `known` out of `all`, and what lacks.

    `free`: pieces without a cost that were given away, and orders without lines or money: no share of money tells of them.
    """

    cost: int = 0
    known: int = 0
    all: int = 0
    free: int = 0
    gaps: dict[str, Gap] = field(default_factory=dict)

    def lack(self, name: str, count: int, amount: int = 0) -> None:
        """One more thing without a cost."""
        so_far = self.gaps.get(name, Gap(name, 0))
        self.gaps[name] = Gap(name, so_far.count + count, so_far.amount + amount)


@dataclass(frozen=True, slots=True)
class Fee:
    """What an account is charged; `usual`: by the platform's usual commission, since the merchant told none."""

    amount: int
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a cost, of which share, and what is missing. Nobody told anything: covered 0 of 1."""

    amount: int = 0
    covered: Ratio = field(default_factory=lambda: Ratio(0, 1))
    gaps: Mapping[str, Gap] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps and self.covered.numerator == self.covered.denominator


Parts = dict[AccountKey, Part]
Shares = tuple[Part, Parts]  # of all accounts together, and of each


def by_rate(kind: Kind, known: Mapping[AccountKey, Known], least: int) -> Shares:
    """What is known of most of an account is estimated for the rest of it at its own rate; else at that of all accounts."""
    whole = Known(*(sum(getattr(each, name) for each in known.values()) for name in ("cost", "known", "all", "free")))
    parts = {}
    for account, each in known.items():
        rates = (each, whole) if each.all > each.known else ()
        rate = next((rate for rate in rates if is_most(rate.known, rate.all, least)), None)
        estimated = round(Fraction(rate.cost * (each.all - each.known), rate.known)) if rate else 0
        told = not each.free and (rate is not None or not rates)
        parts[account] = part_of(kind, Told(each.cost, Ratio(each.known, each.all), each.gaps), estimated, whole=told)
    estimates, gaps = sum(part.estimated for part in parts.values()), merged(each.gaps for each in known.values())
    told = all(part.whole for part in parts.values())
    return part_of(kind, Told(whole.cost, Ratio(whole.known, whole.all), gaps), estimates, whole=told), parts


def is_most(known: int, all_: int, least: int) -> bool:
    """Whether enough is known; of nothing, all is."""
    return known * 1000 >= all_ * least and (known > 0 or all_ <= 0)


def by_sales(kind: Kind, sales: Mapping[AccountKey, tuple[int, int]], fees: Mapping[AccountKey, Fee | None]) -> Shares:
    """A cost that follows from sales where the merchant told how; `sales` are (money before refunds, orders)."""
    parts = {}
    for account, fee in fees.items():
        name, (money, orders) = "/".join(account), sales[account]
        if fee is None:
            parts[account] = part_of(kind, Told(0, Ratio(0, money), {name: Gap(name, orders, money)}), whole=False)
        else:
            parts[account] = part_of(kind, Told(fee.amount, Ratio(money, money)), usual=(name,) if fee.usual else ())
    gaps = {gap.name: gap for part in parts.values() for gap in part.gaps}
    known = sum(part.covered.numerator or 0 for part in parts.values())
    told = Told(sum(part.amount for part in parts.values()), Ratio(known, sum(money for money, _ in sales.values())), gaps)
    usual = tuple(name for part in parts.values() for name in part.usual)
    return part_of(kind, told, whole=not gaps, usual=usual), parts


def allotted(kind: Kind, costs: Mapping[AccountKey, int], told: Told) -> Shares:
    """A cost that was allotted to accounts; what is known of it is the same for each."""
    parts = {account: part_of(kind, replace(told, amount=cost), whole=told.whole) for account, cost in costs.items()}
    return part_of(kind, told, whole=told.whole), parts


def part_of(kind: Kind, told: Told, estimated: int = 0, *, whole: bool = True, usual: tuple[str, ...] = ()) -> Part:
    """A part, the largest of its gaps first."""
    largest = sorted(told.gaps.values(), key=lambda gap: (-gap.amount, -gap.count, gap.name))[:MOST_GAPS]
    return Part(kind, told.amount, estimated, told.covered, whole, tuple(largest), len(told.gaps), usual)


def merged(gaps: Iterable[Mapping[str, Gap]]) -> dict[str, Gap]:
    """Gaps of several accounts by name."""
    whole = Known()
    for each in gaps:
        for gap in each.values():
            whole.lack(gap.name, gap.count, gap.amount)
    return whole.gaps
