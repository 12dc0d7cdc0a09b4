"""A day in a few numbers by account and currency: what trends, comparisons and restatements are made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from chalicelib.domain.metrics import People, Sums, average_of

AccountKey = tuple[str, str]
TOLD = ("gmv", "net_sales", "orders", "refunds")  # what a digest is held to afterwards


class Takings(msgspec.Struct, array_like=True, gc=False):
    """An account's day, or several, in one currency. Adding is exact."""

    orders: int = 0
    gmv: int = 0
    tax_platform: int = 0
    refunds: int = 0
    units: int = 0
    refund_count: int = 0

    def add(self, other: Takings) -> None:
        """Add another's."""
        self.orders += other.orders
        self.gmv += other.gmv
        self.tax_platform += other.tax_platform
        self.refunds += other.refunds
        self.units += other.units
        self.refund_count += other.refund_count

    @property
    def net_sales(self) -> int:
        """As in docs/metrics.md."""
        return self.gmv - self.tax_platform - self.refunds

    @property
    def aov(self) -> int | None:
        """As in docs/metrics.md."""
        return average_of(self.gmv, self.orders)


class Entry(msgspec.Struct, array_like=True):
    """A day. `dirty`: the dirty numbers of its cells, added up, when it was written; another sum means another day.

    Accounts are `platform/account`. `silent`: those whose source was not fresh then, so that what is missing of them says nothing.
    """

    dirty: int
    sums: dict[str, dict[str, Takings]] = msgspec.field(default_factory=dict)
    people: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    silent: list[str] = msgspec.field(default_factory=list)


class Span(msgspec.Struct):
    """Several days added up by account; `people` (new, returning) are counted by day: who comes on two days is two."""

    sums: dict[AccountKey, dict[str, Takings]] = msgspec.field(default_factory=dict)
    people: dict[AccountKey, People] = msgspec.field(default_factory=dict)

    def whole(self) -> dict[str, Takings]:
        """Over all accounts, by currency."""
        found: dict[str, Takings] = {}
        for by_currency in self.sums.values():
            for currency, takings in by_currency.items():
                found.setdefault(currency, Takings()).add(takings)
        return found


def name_of(account: AccountKey) -> str:
    """An account as an entry names it."""
    return f"{account[0]}/{account[1]}"


def account_of(name: str) -> AccountKey:
    """The account again."""
    platform, _, account = name.partition("/")
    return platform, account


def entry_of(
    dirty: int, sums: Mapping[AccountKey, Mapping[str, Sums]], people: Mapping[AccountKey, People], silent: Iterable[str]
) -> Entry:
    """A day's entry from its cells' sums."""
    return Entry(
        dirty,
        {
            name_of(account): {
                currency: Takings(told.orders, told.gmv, told.tax_platform, told.refunds, told.units, told.refund_count)
                for currency, told in sorted(by_currency.items())
                if told.orders or told.refunds
            }
            for account, by_currency in sorted(sums.items())
        },
        {name_of(account): (told.new, told.returning) for account, told in sorted(people.items())},
        sorted(silent),
    )


def span_of(entries: Iterable[Entry]) -> Span:
    """Days added up."""
    span = Span()
    for entry in entries:
        for name, by_currency in entry.sums.items():
            mine = span.sums.setdefault(account_of(name), {})
            for currency, takings in by_currency.items():
                mine.setdefault(currency, Takings()).add(takings)
        for name, (new, returning) in entry.people.items():
            span.people.setdefault(account_of(name), People()).add(People(new, returning))
    return span


class Told(msgspec.Struct, array_like=True):
    """What a digest said of a period by currency (TOLD). `by`: the period whose digest said so; `was`: what stood before."""

    by: str
    said: dict[str, tuple[int, ...]]
    was: dict[str, tuple[int, ...]] | None = None


def said_of(span: Span) -> dict[str, tuple[int, ...]]:
    """What a digest of these days says, by currency."""
    return {currency: tuple(getattr(takings, name) for name in TOLD) for currency, takings in sorted(span.whole().items())}


def changes(told: Told, now: Mapping[str, tuple[int, ...]], by: str) -> list[tuple[str, str, int, int]]:
    """(currency, what, told, now) of all that is not as it was told before the digest `by`."""
    before = told.was if told.by == by and told.was is not None else told.said
    zero = (0,) * len(TOLD)
    return [
        (currency, what, then, is_now)
        for currency in sorted(before.keys() | now.keys())
        for what, then, is_now in zip(TOLD, before.get(currency, zero), now.get(currency, zero), strict=True)
        if then != is_now
    ]


def told_by(told: Told | None, now: Mapping[str, tuple[int, ...]], by: str) -> Told:
    """What stands once the digest `by` has said this. The same digest again leaves what stood before it."""
    if told is None:
        return Told(by, dict(now))
    return Told(by, dict(now), told.was if told.by == by else told.said)


def days_known(entries: Mapping[date, Entry]) -> date | None:
    """The first day on which anything was sold or refunded."""
    return min((day for day, entry in entries.items() if any(entry.sums.values())), default=None)
