"""Digest: a day's cells to a report, rendered and put into the outbox, once per reader and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.channels import Notice
from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Capability
from chalicelib.domain.mail import reader_name
from chalicelib.domain.metrics import AccountLine, Comparison, DayReport, Freshness, MessagesDay, People, Sums, TopProduct
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Rejected
from chalicelib.notices import to_reader
from chalicelib.ports import Archive, CellHead, Clock, Connectors, Counters, Marks, Outbox, Renderer, Vault, Work
from chalicelib.reckoning import Reckoning, order_sums, outcomes, people

TOP_PRODUCTS = 10
ORDERS = frozenset({Capability.PULLS_ORDERS, Capability.IMPORTS_FILES})  # one of them has whoever tells orders
PUSH_SILENCE = timedelta(hours=24)  # a shop that only pushes and has been silent for longer is called late
AccountKey = tuple[str, str]


@dataclass(slots=True)
class _Day:
    """One day's cells, added up by account."""

    sums: dict[AccountKey, dict[str, Sums]] = field(default_factory=dict)
    people: dict[AccountKey, People] = field(default_factory=dict)
    messages: dict[str, dict[str, int]] = field(default_factory=dict)


class Digest:
    """The step."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        reckoning: Reckoning,
        marks: Marks,
        work: Work,
        connectors: Connectors,
        renderer: Renderer,
        vault: Vault,
        archive: Archive,
        outbox: Outbox,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._reckoning = reckoning
        self._marks = marks
        self._work = work
        self._connectors = connectors
        self._renderer = renderer
        self._vault = vault
        self._archive = archive
        self._outbox = outbox
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """On schedule: from the configured local hour on, queue yesterday's digest; returns how many mails were queued."""
        config = self._config()
        local = self._clock.now().astimezone(config.zone)
        if local.hour < config.digest.hour or not (config.digest.recipients or config.digest.robots):
            return 0
        return self.queue(local.date() - timedelta(days=1))

    def queue(self, day: date) -> int:
        """Render a day's digest and queue it for each reader; a reader who has it already gets no second one."""
        config = self._config()
        readers = [("email", name) for name in config.digest.recipients] + [("robot", name) for name in config.digest.robots]
        owners = {self._vault.lookup(config.merchant, "reader", reader_name(*reader)): reader[0] for reader in readers}
        ids = {owner: f"digest-{day.isoformat()}-{owner}" for owner in owners}
        missing = [owner for owner in owners if self._outbox.read(config.merchant, owner, ids[owner]) is None]
        if not missing:
            return 0
        report = self.report(day)
        places = {channel: self._keep(config.merchant, day, channel, report) for channel in {owners[owner] for owner in missing}}
        told = {"day": day.isoformat()}
        now = self._clock.now()
        made = (
            to_reader(config, owners[owner], owner, ids[owner], told | places[owners[owner]], template="digest", at=now)
            for owner in missing
        )
        return sum(int(self._outbox.add(message)) for message in made)

    def report(self, day: date) -> DayReport:
        """All that a day's digest says, from cells that are recomputed first where they are dirty."""
        config = self._config()
        days = [self._day(config.merchant, when) for when in (day, day - timedelta(days=1), day - timedelta(days=7))]
        freshness = tuple(self._freshness(config, account) for account in config.accounts if self._tells_orders(account))
        return DayReport(
            merchant=config.name or config.merchant,
            day=day,
            zone=config.zone.key,
            currency=config.currency,
            locale=config.digest.locale,
            generated_at=self._clock.now(),
            totals=self._totals(config, days),
            accounts=self._accounts(days),
            products=self._products(days[0]),
            messages=_messages(days[0]),
            freshness=freshness,
            provisional=any(source.state != "fresh" for source in freshness),
            unmapped=sum(sums.unmapped for by in days[0].sums.values() for sums in by.values()),
            quarantined=len(self._work.quarantined(config.merchant)),
        )

    def _day(self, merchant: str, day: date) -> _Day:
        whole = _Day()
        for head in self._reckoning.day(merchant, day):
            _add(whole, head)
        return whole

    def _accounts(self, days: list[_Day]) -> tuple[AccountLine, ...]:
        keys = sorted({(*account, currency) for day in days for account, by in day.sums.items() for currency in by})
        lines = []
        for platform, account, currency in keys:
            key = (platform, account)
            lines.append(
                self._line(
                    key, currency, [day.sums.get(key, {}).get(currency) for day in days], [day.people.get(key) for day in days]
                )
            )
        return tuple(lines)

    def _totals(self, config: Config, days: list[_Day]) -> tuple[AccountLine, ...]:
        """One line a currency. People of several accounts are not added: one member may have bought at two."""
        currencies = sorted({currency for day in days for by in day.sums.values() for currency in by})
        lines = []
        for currency in sorted(currencies, key=lambda code: (code != config.currency, code)):
            sums = [_whole(by.get(currency) for by in day.sums.values()) for day in days]
            single = [next(iter(day.people.values())) if len(day.people) == 1 and len(currencies) == 1 else None for day in days]
            lines.append(self._line(("", ""), currency, sums, single))
        return tuple(lines)

    def _line(self, key: AccountKey, currency: str, sums: list[Sums | None], persons: list[People | None]) -> AccountLine:
        def compare(read: Callable[[Sums], int | None]) -> Comparison:
            return Comparison(*(read(entry) if entry else None for entry in sums))

        def count(read: Callable[[People], int]) -> Comparison:
            return Comparison(*(read(entry) if entry else None for entry in persons))

        return AccountLine(
            platform=key[0],
            platform_name=self._name(key[0]),
            account=key[1],
            currency=currency,
            gmv=compare(lambda entry: entry.gmv),
            net_sales=compare(lambda entry: entry.net_sales),
            orders=compare(lambda entry: entry.orders),
            aov=compare(lambda entry: entry.aov),
            refunds=compare(lambda entry: entry.refunds),
            new_buyers=count(lambda entry: entry.new),
            returning_buyers=count(lambda entry: entry.returning),
        )

    def _products(self, day: _Day) -> tuple[TopProduct, ...]:
        found = [
            TopProduct(key[0], self._name(key[0]), key[1], currency, product_id, product.title, product.quantity, product.amount)
            for key, by in day.sums.items()
            for currency, sums in by.items()
            for product_id, product in sums.products.items()
        ]
        # Amounts in two currencies do not compare: ranked within their currency, the merchant's own first.
        home = self._config().currency
        ranked = sorted(found, key=lambda p: (p.currency != home, p.currency, -p.amount, p.platform, p.account, p.product_id))
        return tuple(ranked[:TOP_PRODUCTS])

    def _name(self, platform: str) -> str:
        if not platform:
            return ""
        try:
            return self._connectors.connector(platform).info.name
        except Rejected:  # a platform that this version no longer knows still has its history
            return platform

    def _tells_orders(self, account: AccountConfig) -> bool:
        """Whether sums wait for it. One that only speaks, or tells reviews and spend, would make every day provisional."""
        return not ORDERS.isdisjoint(self._connectors.connector(account.platform).info.capabilities)

    def _freshness(self, config: Config, account: AccountConfig) -> Freshness:
        heard = {name: self._heard(config.merchant, account, name) for name in ("push", "pull")}
        latest = max((at for at in heard.values() if at), default=None)
        pulls = account.pull_minutes and Capability.PULLS_ORDERS in self._connectors.connector(account.platform).info.capabilities
        limit = timedelta(minutes=2 * account.pull_minutes + 10) if pulls else PUSH_SILENCE
        looked = heard["pull"] if pulls else latest
        state = "never" if latest is None else "late" if looked is None or self._clock.now() - looked > limit else "fresh"
        return Freshness(account.platform, account.account, heard["push"], heard["pull"], state)

    def _heard(self, merchant: str, account: AccountConfig, source: str) -> datetime | None:
        stored = self._marks.get(merchant, f"heard#{account.platform}#{account.account}#{source}")
        return datetime.fromisoformat(stored[0]) if stored else None

    def _keep(self, merchant: str, day: date, channel: str, report: DayReport) -> dict[str, str]:
        """Sealed in the archive, where it lies until it is sent. Returns where, and what opens it."""
        said: Rendered | Notice = self._renderer.digest(report) if channel == "email" else self._renderer.notice(report)
        name = day.isoformat() if channel == "email" else f"{day.isoformat()}-{channel}"
        self._archive.put(f"{merchant}/digests/{name}", self._vault.seal_raw(merchant, msgspec.json.encode(said), f"digest-{name}"))
        return {"archive": f"{merchant}/digests/{name}", "context": f"digest-{name}"}


def _add(day: _Day, head: CellHead) -> None:
    key = (head.cell.platform, head.cell.account)
    summary = head.summary or b""
    if head.cell.kind == "orders":
        mine = day.sums.setdefault(key, {})
        for currency, sums in order_sums(summary).items():
            mine.setdefault(currency, Sums()).add(sums)
    elif head.cell.kind == "people":
        day.people.setdefault(key, People()).add(people(summary))
    elif head.cell.kind == "messages":
        counts = day.messages.setdefault(head.cell.account, {})
        for name, count in outcomes(summary).items():
            counts[name] = counts.get(name, 0) + count


def _whole(parts: Iterable[Sums | None]) -> Sums | None:
    whole: Sums | None = None
    for part in parts:
        if part is not None:
            whole = whole or Sums()
            whole.add(part)
    return whole


def _messages(day: _Day) -> tuple[MessagesDay, ...]:
    found = []
    for campaign, counts in sorted(day.messages.items()):
        if campaign == "-":
            continue
        held = sum(count for name, count in counts.items() if name == "suppressed:holdout")
        withheld = {
            name.partition(":")[2]: count
            for name, count in counts.items()
            if name != "suppressed:holdout" and not name.startswith(("sent:", "unknown:"))
        }
        sent = sum(count for name, count in counts.items() if name.startswith(("sent:", "unknown:")))
        found.append(MessagesDay(campaign, sent, held, withheld))
    return tuple(found)
