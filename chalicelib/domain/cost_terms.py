"""What selling costs by the merchant's own word: fees by account, prices of messages, bands to aim at. Pure data.

Commissions that are not told have a default for the platforms named here; whoever uses one says so. All else that is not told is
unknown, never nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import MappingProxyType

AccountKey = tuple[str, str]
# Usual commissions in permille of what a platform asks, from and to; taken at their middle.
USUAL_COMMISSIONS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"taobao": (30, 50), "pinduoduo": (6, 10), "douyin": (50, 200), "kuaishou": (50, 200)}
)
# Shares of net sales by what a product is for the shop, in permille, from and to.
USUAL_STRUCTURE: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"hero": (150, 200), "core": (500, 600), "long-tail": (200, 300), "new": (50, 100)}
)


@dataclass(frozen=True, slots=True)
class Fee:
    """A share of net sales. `usual` is the platform's usual band in permille where the merchant told none, else None."""

    share: Fraction
    usual: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class AccountCosts:
    """Fees of one account, or of every account of a platform (`account` None). None: not told here.

    `commission` and `payment` are shares of net sales; `order_fee` and `payment_fee` minor units of the merchant's currency for
    each order that counts. `serves`: the shops that this account advertises for. `free_shipping`: the thresholds from which
    shipping is free, minor units of the account's own currency, ascending.
    """

    platform: str
    account: str | None = None
    commission: Fraction | None = None
    order_fee: int | None = None
    payment: Fraction | None = None
    payment_fee: int | None = None
    serves: tuple[AccountKey, ...] = ()
    free_shipping: tuple[int, ...] = ()
    ship_within_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A cost that is there every month whatever is sold, in minor units of the merchant's currency. Both days are in it."""

    name: str
    monthly: int
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What the composite score of a channel is made of, in permille; they come to 1,000."""

    direct: int = 700
    brand: int = 150
    members: int = 150


@dataclass(frozen=True, slots=True)
class CostTerms:
    """`[costs]` of the configuration.

    `least_covered`: below this share of sales with a known cost of goods there is no margin (permille). `safety_days`: the stock
    that fast sellers keep, from and to. `top_up`: the share of orders just under a threshold of free shipping that is assumed to
    add something to reach it (permille). `messages`: the price of one message by channel, in minor units of the merchant's
    currency, which may be parts of one.
    """

    ship_within_hours: int = 48
    least_covered: int = 800
    safety_days: tuple[int, int] = (3, 7)
    top_up: int = 150
    weights: Weights = Weights()
    structure: Mapping[str, tuple[int, int]] = field(default_factory=lambda: USUAL_STRUCTURE)
    messages: Mapping[str, Fraction] = field(default_factory=dict)
    fixed: tuple[Fixed, ...] = ()
    accounts: tuple[AccountCosts, ...] = ()

    def commission(self, account: AccountKey) -> Fee | None:
        """What the platform takes of net sales: told, else its usual one; None for a platform without one."""
        for entry in self._of(account):
            if entry.commission is not None:
                return Fee(entry.commission)
        usual = USUAL_COMMISSIONS.get(account[0])
        return Fee(Fraction(sum(usual), 2 * 1000), usual) if usual else None

    def payment(self, account: AccountKey) -> Fraction | None:
        """What being paid costs, as a share of net sales."""
        return next((entry.payment for entry in self._of(account) if entry.payment is not None), None)

    def order_fee(self, account: AccountKey) -> int | None:
        """What the platform takes for each order."""
        return next((entry.order_fee for entry in self._of(account) if entry.order_fee is not None), None)

    def payment_fee(self, account: AccountKey) -> int | None:
        """What being paid costs for each order."""
        return next((entry.payment_fee for entry in self._of(account) if entry.payment_fee is not None), None)

    def promised_hours(self, account: AccountKey) -> int:
        """Within how many hours of being paid an order has to leave."""
        told = (entry.ship_within_hours for entry in self._of(account))
        return next((hours for hours in told if hours is not None), self.ship_within_hours)

    def free_shipping(self, account: AccountKey) -> tuple[int, ...]:
        """From which order values on shipping is free; none where none is told."""
        return next((entry.free_shipping for entry in self._of(account) if entry.free_shipping), ())

    def serves(self, account: AccountKey) -> tuple[AccountKey, ...]:
        """The shops that an advertising account works for; none where none is told."""
        return next((entry.serves for entry in self._of(account) if entry.serves), ())

    def fixed_on(self, day: date) -> int:
        """The day's part of the fixed costs: the days of a month come to the month exactly."""
        return sum(_day_s_part(each.monthly, day) for each in self.fixed if _is_within(each, day))

    def _of(self, account: AccountKey) -> list[AccountCosts]:
        """The entries that speak of an account: its own first, then its platform's."""
        found = [entry for entry in self.accounts if entry.platform == account[0] and entry.account in (account[1], None)]
        return sorted(found, key=lambda entry: entry.account is None)


def _day_s_part(monthly: int, day: date) -> int:
    _, length = monthrange(day.year, day.month)
    return monthly * day.day // length - monthly * (day.day - 1) // length


def _is_within(fixed: Fixed, day: date) -> bool:
    return (fixed.since is None or fixed.since <= day) and (fixed.until is None or day <= fixed.until)
