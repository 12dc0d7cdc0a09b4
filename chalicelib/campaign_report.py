"""What became of a campaign's members: the funnel, and what it earned against those who were left alone. Used by the command line.

Everything is read from the rows themselves, now: a refund, a merge or a late receipt of yesterday is in it today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from chalicelib.config import Config
from chalicelib.domain.attribution import ArmName, ArmOutcome, Bought, Draw, Drawn, attribute
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.coupons import Code, name_of
from chalicelib.domain.facts import Cell, MemberOrder
from chalicelib.domain.graph import Member
from chalicelib.domain.lift import Earned, Lift, earned, lift
from chalicelib.domain.member import DUE_BUCKETS
from chalicelib.domain.order import local_day
from chalicelib.domain.record import OrderKey, view
from chalicelib.errors import ConfigError
from chalicelib.offer_ports import ClickStore
from chalicelib.offers import Offers
from chalicelib.people import People
from chalicelib.ports import CellStore, Clock, MemberStore, Message, OrderStore, Outbox

A = TypeVar("A")
B = TypeVar("B")
GONE = ("sending", "sent", "unknown")
WAITING = ("queued", "deferred")


@dataclass(frozen=True, slots=True)
class Funnel:
    """People who were drawn and what became of their messages.

    `reasons`: messages that did not go, by (state, reason), with those that still wait. `sent` by (channel, step); of messages that
    may have gone, too. `clicked` and `converted`: treated people.
    """

    drawn: int
    treated: int
    holdout: int
    apart: int
    reasons: Mapping[tuple[str, str], int]
    sent: Mapping[tuple[str, int], int]
    clicked: int
    converted: int


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """Of the members drawn from `first` to `last`. Amounts in minor units of `currency`.

    `open_until`: the last day on which an order can still count, None when that is past. `versions`: what was in force when they
    were drawn. `lift` None: not enough data. `profit`: the bounds of what `earned` says, from those of the revenue's interval.
    """

    campaign: str
    currency: str
    first: date
    last: date
    conversion_days: int
    open_until: date | None
    versions: tuple[str, ...]
    funnel: Funnel
    treated: ArmOutcome
    holdout: ArmOutcome
    lift: Lift | None
    offers_cost: int
    messages_cost: int
    earned: Earned | None
    profit: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A draw as its cell has it."""

    message_id: str
    owner: str
    draw: Draw
    version: str


class CampaignReports:
    """Reads draws, people, orders, messages and clicks."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cells: CellStore,
        members: MemberStore,
        orders: OrderStore,
        outbox: Outbox,
        offers: Offers,
        clicks: ClickStore,
        clock: Clock,
        fan_out: int = 1,
    ) -> None:
        self._config = config
        self._cells = cells
        self._who = People(members)
        self._orders = orders
        self._outbox = outbox
        self._offers = offers
        self._clicks = clicks
        self._clock = clock
        self._fan_out = fan_out

    def report(self, campaign_key: str, first: date, last: date) -> CampaignReport:
        """Of those drawn from `first` to `last`. ConfigError when there is no such campaign."""
        config = self._config()
        campaign = next((entry for entry in config.campaigns if entry.key == campaign_key), None)
        if campaign is None:
            raise ConfigError("campaign-unknown", "no campaign of that key")
        rows = self._draws(config.merchant, campaign_key, first, last)
        people = self._people(config, campaign, rows)
        messages = self._messages(config.merchant, campaign_key, rows)
        outcome = attribute(people, campaign.conversion_days, campaign.offer.code if campaign.offer else None)
        treated, holdout = outcome.treated, outcome.holdout
        found = lift(treated.arm, holdout.arm)
        costs = (treated.with_code * (campaign.offer.cost if campaign.offer else 0), _cost(campaign, messages))
        last_open = max((row.draw.day for row in rows), default=first) + timedelta(days=campaign.conversion_days)
        return CampaignReport(
            campaign=campaign_key,
            currency=config.currency,
            first=first,
            last=last,
            conversion_days=campaign.conversion_days,
            open_until=last_open if rows and last_open >= local_day(self._clock.now(), config.zone) else None,
            versions=tuple(sorted({row.version for row in rows})),
            funnel=Funnel(
                drawn=len(people),
                treated=treated.members,
                holdout=holdout.members,
                apart=outcome.apart,
                reasons=_reasons(messages),
                sent=_sent(messages),
                clicked=treated.clicked,
                converted=treated.conversions,
            ),
            treated=treated,
            holdout=holdout,
            lift=found,
            offers_cost=costs[0],
            messages_cost=costs[1],
            earned=earned(found, treated.arm, costs, campaign.margin_permille) if found else None,
            profit=_profit(found, treated.members, costs, campaign.margin_permille) if found else None,
        )

    # --- reading ------------------------------------------------------------------------------------------------------------

    def _draws(self, merchant: str, campaign: str, first: date, last: date) -> list[_Row]:
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        cells = [Cell(merchant, day, "draws", "-", campaign, bucket) for day in days for bucket in range(DUE_BUCKETS)]
        return [row for found in self._each(self._cell, cells) for row in found]

    def _cell(self, cell: Cell) -> list[_Row]:
        return [
            _Row(name, row["m"], Draw(cell.day, date.fromisoformat(row["o"]), row["a"]), row["v"])
            for name, row in self._cells.named_rows(cell)
        ]

    def _people(self, config: Config, campaign: Campaign, rows: Iterable[_Row]) -> list[Drawn]:
        """The persons behind the draws, as they are known now."""
        of: dict[str, list[_Row]] = {}
        for row in rows:
            of.setdefault(row.owner, []).append(row)
        owners = sorted(of)
        found: dict[str, Member] = {}
        drawn: dict[str, list[_Row]] = {}
        for owner, member in zip(owners, self._each(lambda owner: self._who.member(config.merchant, owner), owners), strict=True):
            found[member.name] = member
            drawn.setdefault(member.name, []).extend(of[owner])
        names = sorted(found)
        return list(self._each(lambda name: self._drawn(config, campaign, found[name], drawn[name]), names))

    def _drawn(self, config: Config, campaign: Campaign, member: Member, rows: list[_Row]) -> Drawn:
        draws = tuple(row.draw for row in rows)
        windows = [draw.window(campaign.conversion_days) for draw in draws]
        bought = [self._bought(config, row) for row in member.rows if row.counts and any(a <= row.day <= b for a, b in windows)]
        told = [row for row in rows if row.draw.arm == "treated"]
        codes = [self._code(config, campaign, row) for row in rows] if bought else []  # of who bought nothing, a code tells nothing
        ids = tuple(row.message_id for row in told)
        clicks = [name for owner in {row.owner for row in told} for name in self._clicks.clicks(config.merchant, owner)]
        return Drawn(
            name=member.name,
            draws=draws,
            orders=tuple(bought),
            codes=frozenset(code.name for code in codes if code),
            clicked=any(_is_step_of(name, ids) for name in clicks),
            arms=self._arms(config.merchant, campaign, member),
        )

    def _arms(self, merchant: str, campaign: Campaign, member: Member) -> frozenset[ArmName]:
        """Whom several buyers turned out to be may have been drawn in the other arm on a day that is not looked at."""
        if len(member.buyers) == 1:
            return frozenset()
        told = (each for buyer in member.buyers for each in self._outbox.of(merchant, buyer) if each.campaign == campaign.key)
        return frozenset(each.arm for each in told if each.arm)

    def _code(self, config: Config, campaign: Campaign, row: _Row) -> Code | None:
        """The code that a draw's messages name: of the pool, or the one that they remind of."""
        if campaign.remind_pool:
            message = self._outbox.read(config.merchant, row.owner, row.message_id)
            of = message.values.get("reminds") if message else None
            return self._offers.code_of(config.merchant, of) if of else None
        pooled = campaign.offer is not None and campaign.offer.pool is not None
        return self._offers.code_of(config.merchant, row.message_id) if pooled else None

    def _bought(self, config: Config, row: MemberOrder) -> Bought:
        key = OrderKey(config.merchant, row.platform, row.account, row.order_id)
        stored = self._orders.read(key)
        told = view(key, stored.layers).attribution.coupons if stored.version else ()
        return Bought(
            order=f"{row.platform}/{row.account}/{row.order_id}",
            day=row.day,
            currency=row.currency,
            net=row.net,
            worth=config.members.rates.convert(row.net, row.currency, row.day),
            coupons=frozenset(name_of(text) for text in told),
        )

    def _messages(self, merchant: str, campaign: str, rows: Iterable[_Row]) -> list[Message]:
        """The messages of these draws, of all their steps."""
        drawn: dict[str, list[str]] = {}
        for row in rows:
            drawn.setdefault(row.owner, []).append(row.message_id)
        owners = sorted(drawn)
        found = zip(owners, self._each(lambda owner: self._outbox.of(merchant, owner), owners), strict=True)
        return [
            message
            for owner, told in found
            for message in told
            if message.campaign == campaign and _is_step_of(message.message_id, drawn[owner])
        ]

    def _each(self, work: Callable[[A], B], things: Iterable[A]) -> Iterator[B]:
        """In order; several at once where the table can take it."""
        if self._fan_out == 1:
            yield from map(work, things)
            return
        with ThreadPoolExecutor(self._fan_out) as pool:
            yield from pool.map(work, things)


def _is_step_of(message_id: str, draws: Iterable[str]) -> bool:
    """A first step bears the draw's name, a later one that and its number."""
    return any(
        message_id == name or (message_id.startswith(f"{name}-") and message_id[len(name) + 1 :].isdigit()) for name in draws
    )


def _reasons(messages: Iterable[Message]) -> Mapping[tuple[str, str], int]:
    told = Counter(
        ("waiting" if each.state in WAITING else each.state, each.reason or "") for each in messages if each.state not in GONE
    )
    return dict(sorted(told.items(), key=lambda entry: (-entry[1], entry[0])))


def _sent(messages: Iterable[Message]) -> Mapping[tuple[str, int], int]:
    told = Counter((each.channel, int(each.values.get("step", "0")) + 1) for each in messages if each.state in GONE)
    return dict(sorted(told.items(), key=lambda entry: (entry[0][1], entry[0][0])))


def _cost(campaign: Campaign, messages: Iterable[Message]) -> int:
    """Of all that was handed over, also of what was refused afterwards."""
    return sum(campaign.message_costs.get(each.channel, 0) for each in messages if each.sent_at)


def _profit(found: Lift, members: int, costs: tuple[int, int], margin_permille: int) -> tuple[int, int]:
    low, high = (round(bound * members) * margin_permille // 1000 - sum(costs) for bound in (found.revenue.low, found.revenue.high))
    return low, high
