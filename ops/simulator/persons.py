"""Who is one person, what they bought, where they stand, and how they may be written to: reckoned from the world alone.

Written anew from docs/members.md and the ADR on members; it shares no code with the receiver. Two buyers are one person when they
show one address, number or unionid, unless more than five buyers show it; relay addresses and local numbers show nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ops.simulator.facts import Key, OrderFacts
from ops.simulator.model import Buyer, State
from ops.simulator.registry import platform

MOST = 5
RELAYS = ("privaterelay.appleid.com",)  # those of this world
WHOLE = frozenset({"VND"})  # currencies of this world without a minor unit
PURCHASE_GRID = {  # recency 5 to 1 down, mean of frequency and money 1 to 5 across
    5: ("potential", "potential", "potential", "champions", "champions"),
    4: ("potential", "potential", "loyal", "loyal", "champions"),
    3: ("hibernating", "potential", "loyal", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "hibernating", "at_risk", "cannot_lose"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One person as of an instant. `net` by currency and day, minor units; `days` of purchase, ascending; `newest`: their counted
    orders, the last first.
    """

    buyers: tuple[Buyer, ...]
    orders: int
    days: tuple[date, ...]
    net: Mapping[tuple[str, date], int]
    visits: frozenset[tuple[str, str, date]]
    newest: tuple[tuple[date, Key, Buyer], ...]

    @property
    def totals(self) -> dict[str, int]:
        """Net by currency."""
        found: Counter[str] = Counter()
        for (currency, _), amount in self.net.items():
            found[currency] += amount
        return dict(found)


def persons(states: Mapping[Key, State], facts: Mapping[Key, OrderFacts]) -> list[Person]:
    """Everybody who has shown themselves by an order, whether or not it counts."""
    known = {state.order.buyer.key: state.order.buyer for key, state in states.items() if facts[key].buyer_id is not None}
    mine: dict[tuple[str, str, str], list[Key]] = defaultdict(list)
    for key, state in states.items():
        mine[state.order.buyer.key].append(key)
    return [_person(group, [key for buyer in group for key in mine[buyer.key]], states, facts) for group in _groups(known)]


def _groups(known: Mapping[tuple[str, str, str], Buyer]) -> Iterable[tuple[Buyer, ...]]:
    """The buyers of each person: whoever hangs together by what few enough show."""
    showing: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for key, buyer in known.items():
        for shown in _shown(buyer):
            showing[shown].append(key)
    group = {key: frozenset({key}) for key in known}
    for keys in showing.values():
        if 1 < len(keys) <= MOST:
            joined = frozenset().union(*(group[key] for key in keys))
            group.update(dict.fromkeys(joined, joined))
    return [tuple(known[key] for key in sorted(keys)) for keys in sorted(set(group.values()), key=sorted)]


def _shown(buyer: Buyer) -> set[tuple[str, str]]:
    tells, shown = platform(buyer.shop.platform).tells, set()
    if tells.email and buyer.email and not buyer.email.endswith(RELAYS):
        shown.add(("email", buyer.email))
    if tells.phone and buyer.phone.startswith("+"):
        shown.add(("phone", buyer.phone))
    if tells.unionid and buyer.unionid:
        shown.add(("unionid", buyer.unionid))
    return shown


def _person(buyers: tuple[Buyer, ...], keys: list[Key], states: Mapping[Key, State], facts: Mapping[Key, OrderFacts]) -> Person:
    net: Counter[tuple[str, date]] = Counter()
    counted = []
    for key in keys:
        day, state = facts[key].day, states[key]
        if day is not None:
            net[facts[key].currency, day] += state.total - state.refunded
            counted.append((day, key))
    return Person(
        buyers=buyers,
        orders=len(counted),
        days=tuple(sorted({day for day, _ in counted})),
        net=dict(net),
        visits=frozenset((key[0], key[1], day) for day, key in counted),
        newest=tuple((day, key, states[key].order.buyer) for day, key in sorted(counted, reverse=True)),
    )


def money(person: Person, rates: Mapping[str, Fraction], currency: str) -> int:
    """What they brought, in minor units of the merchant's currency: every day by itself, halves to even."""
    return sum(
        amount if told == currency else round(amount * rates[told] * (100 if told in WHOLE else 1))
        for (told, _), amount in person.net.items()
    )


def segments(people: Iterable[Person], rates: Mapping[str, Fraction], currency: str) -> list[tuple[Person, str]]:
    """Everybody with a counted order and the segment they are in."""
    counted = [person for person in people if person.days]
    recency = _scores([person.days[-1].toordinal() for person in counted])
    frequency = _scores([len(person.days) for person in counted])
    worth = _scores([_step(money(person, rates, currency)) for person in counted])
    return [
        (person, _segment(recency[place], frequency[place], worth[place], len(person.days))) for place, person in enumerate(counted)
    ]


def _step(amount: int) -> int:
    """Money is compared by its eight highest bits."""
    width: int = 2 ** max(0, abs(amount).bit_length() - 8)
    return amount // width * width


def _scores(values: list[int]) -> list[int]:
    """1 to 5: one and a fifth of those with less."""
    first = {value: place for place, value in reversed(list(enumerate(sorted(values))))}
    return [1 + 5 * first[value] // len(values) for value in values]


def _segment(recency: int, frequency: int, worth: int, purchases: int) -> str:
    name = PURCHASE_GRID[recency][(frequency + worth) // 2 - 1]
    if purchases > 1:
        return name
    if recency >= 4:
        return "new"
    return {"champions": "potential", "loyal": "potential", "at_risk": "hibernating", "cannot_lose": "hibernating"}.get(name, name)


def way(person: Person, now: datetime) -> str | None:
    """The first of mail, text message and the platform's own message by which a person may be written to; None: by none."""
    if _address(person) and _word(person, now) is True:
        return "email"
    if _number(person) and any(buyer.texts for buyer in person.buyers):
        return "sms"
    own = [buyer for _, _, buyer in person.newest if platform(buyer.shop.platform).tells.permits]
    first = min(own, key=lambda buyer: buyer.id, default=None)
    return first.shop.platform if first and first.permits else None


def _open_to(person: Person, channel: str) -> list[Buyer]:
    """Whom they bought as at shops whose terms open a channel, the last first."""
    return [buyer for _, key, buyer in person.newest if channel in platform(key[0]).tells.opens]


def _address(person: Person) -> str | None:
    found = (buyer.email for buyer in _open_to(person, "email"))
    return next((email for email in found if email and not email.endswith(RELAYS)), None)


def _number(person: Person) -> str | None:
    """A number of the mainland: of the two senders of text messages this merchant has the one that reaches only it."""
    number = next((buyer.phone for buyer in _open_to(person, "sms") if buyer.phone.startswith("+")), None)
    return number if number and number.startswith("+86") else None


def _word(person: Person, now: datetime) -> bool | None:
    """The newest word on mail that any of their buyers said."""
    said = [
        (at, not allowed) for buyer in person.buyers if (allowed := buyer.allows(now)) is not None and (at := buyer.said_at(now))
    ]
    return not max(said)[1] if said else None
