"""The demo's rehearsal: a whole day of all platforms against the whole of Huitou on this machine, checked by an oracle."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import Message as Envelope
from email.parser import BytesParser
from email.policy import default as mail_policy
from typing import Any

import msgspec
from aiosmtpd.controller import Controller

from chalicelib import bootstrap
from chalicelib.adapters.smtp import SmtpChannel, SmtpServer
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.domain.member import holdout
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.metrics import AccountDay, People, Sums
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey, unite, view
from chalicelib.ports import Message
from chalicelib.reckoning import order_sums, people
from ops.installation import Given, application, runtime
from ops.local import LocalKms, MemoryArchive, MemorySecrets, TallyCounters, moto
from ops.rehearsal_config import CAMPAIGN, READER, SILENT_DAYS, WINDOW_DAYS, toml
from ops.runtime.queue import LocalQueues, open_queues
from ops.runtime.runtime import Runtime
from ops.simulator import traffic
from ops.simulator.api.kit import QuickClock, SimClock
from ops.simulator.model import Shop, World
from ops.simulator.oracle import Oracle
from ops.simulator.player import Player, Tally
from ops.simulator.registry import platform
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import HISTORY_DAYS

SWEEP_AT = timedelta(seconds=1)
SEND_AT = timedelta(hours=11, minutes=5)  # after the quiet hours of all of China: Urumqi's clocks are two hours behind
DIGEST_AT = timedelta(days=1, minutes=5)  # while the last pull is fresh; a merchant would rather read it at eight
SETTLE_SECONDS = 180

Progress = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """What happened, and every disagreement with the oracle."""

    history: Tally = field(default_factory=Tally)
    day: Tally = field(default_factory=Tally)
    dropped: int = 0
    pulled: int = 0
    orders: int = 0
    days: int = 0
    drawn: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    digest: Envelope | None = None
    digest_raw: bytes = b""
    counters: TallyCounters = field(default_factory=TallyCounters)


class _Inbox:
    """What the SMTP server took in."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002  # aiosmtpd's names
        """Keep the message."""
        self.mails.append(bytes(envelope.original_content or envelope.content))
        return "250 kept"


@dataclass
class Stage:
    """Everything the rehearsal plays on."""

    world: World
    clock: SimClock
    config: Config
    app: Application
    runtime: Runtime
    queues: LocalQueues
    platforms: Platforms
    inbox: _Inbox
    counters: TallyCounters

    def feed(self, platform: str, body: bytes) -> None:
        """A platform writes a record into its queue."""
        self.queues.feeds[platform].send([body.decode()])

    def settle(self) -> None:
        """Let everything under way come to its end, and note that the projector has."""
        self.runtime.settle(SETTLE_SECONDS)
        self.runtime.fire("tick")
        self.runtime.settle(SETTLE_SECONDS)


@contextmanager
def stage(world: World) -> Iterator[Stage]:
    """The whole of Huitou over moto, the simulated platforms and a real SMTP server, started; torn down at the end."""
    inbox = _Inbox()
    smtp = Controller(inbox, hostname="127.0.0.1", port=_free_port())
    # moto keeps every item and stream record as objects: walking them over and over costs more than it frees.
    collector = gc.get_threshold()
    gc.set_threshold(200_000, *collector[1:])
    with moto(wire=False) as engine:
        smtp.start()
        clock = SimClock(world.opening)
        config = parse(toml(world))
        counters = TallyCounters()
        queues = open_queues(feeds=[shop.platform for shop in world.shops if platform(shop.platform).wire.feed])
        platforms = Platforms(world, clock)
        # A day passes in a minute: between signing a call and its arrival the simulated clock may move by an hour.
        limits = QuickClock(world.opening)
        for api in platforms.apis.values():
            api.skew_seconds = 86_400
            api.limits = limits.now
        given = Given(
            config=lambda: config,
            secrets=MemorySecrets({(s.platform, s.account): traffic.secrets_of(world, s.platform).values for s in world.shops}),
            clock=clock,
            counters=counters,
            archive=MemoryArchive(),
            kms=LocalKms(),
            http=lambda _info: SimulatedHttp(platforms),
            channel=lambda: SmtpChannel(SmtpServer("127.0.0.1", smtp.port, starttls=False), clock=clock.now),
            limits=limits,
        )
        app = application(engine, queues, given)
        running = runtime(app, engine, queues, workers=(1, 1))
        try:
            with running:
                yield Stage(world, clock, config, app, running, queues, platforms, inbox, counters)
        finally:
            gc.set_threshold(*collector)
            smtp.stop()
            queues.close()
            bootstrap.install(None)


def rehearse(on: Stage, progress: Progress) -> Outcome:
    """Play history, the day and the morning after; then compare with the oracle."""
    outcome = Outcome(counters=on.counters)
    _history(on, outcome, progress)
    on.clock.advance(on.world.start + SWEEP_AT)
    on.app.trigger.approve(CAMPAIGN)
    on.runtime.fire("sweep")
    outcome.drawn = on.counters.total("winback_drawn")
    _day(on, outcome, progress)
    _morning_after(on, outcome, progress)
    _compare(on, outcome, progress)
    return outcome


def _history(on: Stage, outcome: Outcome, progress: Progress) -> None:
    """Sixty days come in: pulled where the platform can be, a file for the merchant's own system, both on the bulk lane.

    Where a pull of so long a time takes thousands of calls, the platform tells it by pushes.
    """
    since = on.world.start - timedelta(days=HISTORY_DAYS + 2)
    past = traffic.history(on.world)
    on.platforms.wait(_lag(on.world))
    for number, shop in enumerate(on.world.shops):
        progress("history", number, len(on.world.shops) + 1)
        if platform(shop.platform).wire.narrow:
            told = [traffic.Sent(on.world.opening, each, "plain") for each in past if each.platform == shop.platform]
            _play(on, told, outcome.history, lambda _: None)
        elif _pulled(shop):
            outcome.pulled += on.app.pull.account(shop.platform, shop.account, since)
        else:
            file = b"\n".join(delivery.body for delivery in past if delivery.platform == shop.platform)
            outcome.pulled += on.app.pull.import_file(shop.platform, shop.account, "history.jsonl", file)
    consents = [
        traffic.Sent(on.world.opening, each, "plain")
        for each in traffic.people(on.world)
        if _pulled(on.world.shop(each.platform)) and not platform(each.platform).wire.narrow
    ]
    _play(on, consents, outcome.history, lambda _: None)
    on.settle()
    on.platforms.resume()
    progress("history", 1, 1)


def _lag(world: World) -> timedelta:
    """How long after an instant every platform's lists tell of it."""
    return max(platform(shop.platform).wire.lag for shop in world.shops)


def _pulled(shop: Shop) -> bool:
    return platform(shop.platform).wire.api is not None


def _day(on: Stage, outcome: Outcome, progress: Progress) -> None:
    plan = traffic.day(on.world)
    outcome.dropped = len(plan.dropped)
    opens = on.world.start + SEND_AT
    night = [sent for sent in plan.sent if sent.at < opens]
    whole = len(plan.sent)
    _play(on, night, outcome.day, lambda count: progress("day", count, whole))
    _send(on)
    _play(on, plan.sent[len(night) :], outcome.day, lambda count: progress("day", count, whole))
    on.clock.advance(on.world.closing)
    on.platforms.wait(_lag(on.world))
    on.settle()
    for shop in on.world.shops:
        if _pulled(shop):
            outcome.pulled += on.app.pull.account(shop.platform, shop.account)
    on.settle()


def _send(on: Stage) -> None:
    """The quiet hours are over: what is due goes through the gate."""
    on.clock.advance(on.world.start + SEND_AT)
    on.settle()
    while on.app.deliver.run():
        pass


def _morning_after(on: Stage, outcome: Outcome, progress: Progress) -> None:
    progress("digest", 0, 1)
    on.clock.advance(on.world.start + DIGEST_AT)
    on.runtime.fire("digest")
    while on.app.deliver.run():
        pass
    progress("digest", 1, 1)
    for raw in on.inbox.mails:
        mail = BytesParser(policy=mail_policy).parsebytes(raw)
        if READER in str(mail["To"]):
            if outcome.digest is not None:
                outcome.differences.append("digest: more than one mail to its reader")
            outcome.digest, outcome.digest_raw = mail, raw
    if outcome.digest is None:
        outcome.differences.append("digest: no mail to its reader")


def _compare(on: Stage, outcome: Outcome, progress: Progress) -> None:
    oracle = Oracle(on.world, on.world.closing)
    progress("compare", 0, 3)
    orders = [order for key in _stored_keys(on) if (order := read_order(on.app, key)) is not None]
    outcome.orders = len(orders)
    progress("compare", 1, 3)
    days = sorted(oracle.days() | {on.world.day})
    outcome.days = len(days)
    actual = [cell for day in days for cell in account_days(on.app, on.config.merchant, day)]
    outcome.differences += [str(difference) for difference in oracle.compare(orders, actual)]
    _compare_digest(on, oracle, outcome)
    progress("compare", 2, 3)
    _compare_messages(on, outcome)
    outcome.differences += [f"receive: {wrong}" for tally in (outcome.history, outcome.day) for wrong in tally.wrong]
    progress("compare", 3, 3)


def _compare_digest(on: Stage, oracle: Oracle, outcome: Outcome) -> None:
    """What the digest says of each account, against the oracle; and that it calls itself fresh."""
    report = on.app.digest.report(on.world.day)
    expected = oracle.day(on.world.day)
    said = {(line.platform, line.account, line.currency): line for line in report.accounts}
    for key, facts in expected.items():
        line = said.get(key)
        wanted = (facts.gmv, facts.net_sales, facts.orders, facts.aov, facts.refunds, facts.new, facts.returning)
        if line is None:
            outcome.differences.append(f"digest: {'/'.join(key)} is missing")
            continue
        columns = (line.gmv, line.net_sales, line.orders, line.aov, line.refunds, line.new_buyers, line.returning_buyers)
        found = tuple(column.today or (None if column is line.aov else 0) for column in columns)
        if found != wanted:
            outcome.differences.append(f"digest: {'/'.join(key)} should say {wanted}, says {found}")
    if report.provisional:
        outcome.differences.append("digest: calls itself provisional although every source was just heard")


def _stored_keys(on: Stage) -> list[OrderKey]:
    """Every order in the table, found by reading all of it: the demo may, a handler may not."""
    table, found = on.app.parts.table, []
    call: dict[str, Any] = {"TableName": table.name}
    while True:
        page = table.client.scan(**call)
        for item in page["Items"]:
            if item["sk"]["S"] == "order":
                merchant, _, platform, account, order_id = item["pk"]["S"].split("#")
                found.append(OrderKey(merchant, platform, account, order_id))
        if "LastEvaluatedKey" not in page:
            return found
        call["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def read_order(app: Application, key: OrderKey) -> Order | None:
    """An order with its personal data opened; None when there is none."""
    stored = app.orders.read(key)
    if not stored.version:
        return None
    personal: Layers = {}
    if stored.personal and stored.subject:
        opened = app.parts.vault.open(key.merchant, stored.subject, stored.personal)
        personal = {Clock(*clock): told for clock, told in msgspec.json.decode(opened)}
    return view(key, unite(stored.layers, personal))


def account_days(app: Application, merchant: str, day: date) -> list[AccountDay]:
    """A day's cells, fresh, by account."""
    sums: dict[tuple[str, str], dict[str, Sums]] = {}
    persons: dict[tuple[str, str], People] = {}
    for head in app.reckoning.day(merchant, day):
        key = (head.cell.platform, head.cell.account)
        if head.cell.kind == "orders":
            mine = sums.setdefault(key, {})
            for currency, part in order_sums(head.summary or b"").items():
                mine.setdefault(currency, Sums()).add(part)
        elif head.cell.kind == "people":
            persons.setdefault(key, People()).add(people(head.summary or b""))
    return [AccountDay(*key, day, sums.get(key, {}), persons.get(key, People())) for key in sorted(sums | persons)]


def _compare_messages(on: Stage, outcome: Outcome) -> None:
    """Who was drawn must be exactly who had lapsed; who got a mail, exactly who may get one.

    Open is only what the morning itself decides: a member who bought or took back consent between the sweep and the
    end of the quiet hours may have been seen in time or not, since that news travels with the day's faults.
    """
    merchant = on.config.merchant
    before = Oracle(on.world, on.world.opening)
    lapsed = before.lapsed(on.world.day, SILENT_DAYS, WINDOW_DAYS)
    ids = {on.app.parts.vault.lookup(merchant, "buyer", "\x1f".join(key)): key for key in lapsed}
    if outcome.drawn != len(ids):
        outcome.differences.append(f"win-back: {len(ids)} members had lapsed, {outcome.drawn} were drawn")
    morning = Oracle(on.world, on.world.start + SEND_AT)
    open_ = _changed_their_mind(on, before, morning)
    for member, key in ids.items():
        messages = on.app.outbox.of(merchant, member)
        if len(messages) != 1:
            outcome.differences.append(f"win-back: member of {key[0]} has {len(messages)} messages")
            continue
        name = _result(messages[0])
        outcome.messages[name] = outcome.messages.get(name, 0) + 1
        may = _expected(on, member, key, morning)
        if key not in open_ and (messages[0].state == "sent") != may:
            outcome.differences.append(f"win-back: member of {key[0]} should{'' if may else ' not'} get mail, is {name}")


def _changed_their_mind(on: Stage, before: Oracle, morning: Oracle) -> set[tuple[str, str, str]]:
    bought = {
        (*key[:2], facts.buyer_id)
        for key, facts in morning.orders.items()
        if facts.buyer_id is not None and facts.placed_at >= on.world.start
    }
    said = {
        (buyer.shop.platform, buyer.shop.account, buyer.id)
        for buyer in on.world.buyers
        if buyer.allows(before.now) != buyer.allows(morning.now)
    }
    return bought | said


def _expected(on: Stage, member: str, key: tuple[str, str, str], morning: Oracle) -> bool:
    buyer = next(b for b in on.world.buyers if (b.shop.platform, b.shop.account, b.id) == key)
    held = holdout(on.config.merchant, CAMPAIGN, member, on.config.campaigns[0].holdout_permille)
    return bool(buyer.email) and buyer.allows(morning.now) is True and not held


def _result(message: Message) -> str:
    return message.state if message.reason in (None, "ok") else f"{message.state}: {message.reason}"


def _play(on: Stage, stream: Sequence[traffic.Sent], tally: Tally, progress: Callable[[int], None]) -> None:
    """Post a stream over one connection and add what became of it to `tally`."""
    clock, public = on.clock, on.config.base_url
    player = Player(on.world, on.runtime.url, now=clock.now, advance=clock.advance, public=public, feed=on.feed, connections=1)
    before = tally.sent
    part = player.play(stream, lambda count: progress(before + count))
    tally.accepted += part.accepted
    tally.refused += part.refused
    tally.wrong += part.wrong
    tally.attempts += part.attempts


def _free_port() -> int:
    """A port that is free now; the SMTP server wants to know its own beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
