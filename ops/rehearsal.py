"""The demo's rehearsal: a whole day of all platforms against the whole of Huitou on this machine, checked by an oracle."""

from __future__ import annotations

from datetime import date, timedelta
from email.parser import BytesParser
from email.policy import default as mail_policy
from typing import Any

import msgspec

from chalicelib.bootstrap import Application
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.metrics import AccountDay, People
from chalicelib.domain.order import Order
from chalicelib.domain.periods import period_of
from chalicelib.domain.record import OrderKey, unite, view
from ops.rehearsal_campaign import rehearse_campaign
from ops.rehearsal_config import CAMPAIGN, READER
from ops.rehearsal_digests import rehearse_digests
from ops.rehearsal_reviews import rehearse_reviews
from ops.rehearsal_stage import Outcome, Progress, Stage, stage
from ops.simulator import traffic
from ops.simulator.model import Shop, World
from ops.simulator.oracle import Oracle
from ops.simulator.registry import platform
from ops.simulator.world import HISTORY_DAYS

__all__ = ["Outcome", "Progress", "Stage", "rehearse", "stage"]

SWEEP_AT = timedelta(seconds=1)
SEND_AT = timedelta(hours=11, minutes=5)  # after the quiet hours of all of China: Urumqi's clocks are two hours behind
DIGEST_AT = timedelta(days=1, minutes=5)  # while the last pull is fresh; a merchant would rather read it at eight


def rehearse(on: Stage, progress: Progress) -> Outcome:
    """Play history, the day and the morning after; compare with the oracle; then see who comes back, and answer reviews."""
    outcome = Outcome(counters=on.counters)
    _history(on, outcome, progress)
    on.clock.advance(on.world.start + SWEEP_AT)
    on.app.trigger.approve(CAMPAIGN)
    on.runtime.fire("sweep")
    outcome.drawn = on.counters.total("winback_drawn")
    _day(on, outcome, progress)
    _morning_after(on, outcome, progress)
    _compare(on, outcome, progress)
    rehearse_digests(on, outcome, progress)
    rehearse_campaign(on, outcome, progress)
    rehearse_reviews(on, outcome, progress)
    outcome.differences += [f"receive: {wrong}" for tally in (outcome.history, outcome.day) for wrong in tally.wrong]
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
            on.play(told, outcome.history)
        elif _pulled(shop):
            on.app.backfills.begin(shop.platform, shop.account, since)
            outcome.pulled += on.app.backfills.work(shop.platform, shop.account).queued
        else:
            file = b"\n".join(delivery.body for delivery in past if delivery.platform == shop.platform)
            outcome.pulled += on.app.pull.import_file(shop.platform, shop.account, "history.jsonl", file)
    consents = [
        traffic.Sent(on.world.opening, each, "plain")
        for each in traffic.people(on.world)
        if _pulled(on.world.shop(each.platform)) and not platform(each.platform).wire.narrow
    ]
    on.play(consents, outcome.history)
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
    on.play(night, outcome.day, lambda count: progress("day", count, whole))
    on.clock.advance(on.world.start + SEND_AT)
    on.send()
    on.play(plan.sent[len(night) :], outcome.day, lambda count: progress("day", count, whole))
    on.clock.advance(on.world.closing)
    on.platforms.wait(_lag(on.world))
    on.settle()
    for shop in on.world.shops:
        if _pulled(shop):
            outcome.pulled += on.app.pull.account(shop.platform, shop.account)
    on.settle()


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
    progress("compare", 3, 3)


def _compare_digest(on: Stage, oracle: Oracle, outcome: Outcome) -> None:
    """What the digest says of each account, against the oracle; and that it calls itself fresh."""
    report = on.app.digest.report(period_of("day", on.world.day))
    expected = oracle.day(on.world.day)
    said = {(line.platform, line.account, line.currency): line for line in report.accounts}
    for key, facts in expected.items():
        line = said.get(key)
        wanted = (facts.gmv, facts.net_sales, facts.orders, facts.aov, facts.refunds, facts.new, facts.returning)
        if line is None and not (facts.orders or facts.refunds):
            continue  # placed and not paid for: it counts nowhere yet
        if line is None:
            outcome.differences.append(f"digest: {'/'.join(key)} is missing")
            continue
        columns = (line.gmv, line.net_sales, line.orders, line.aov, line.refunds, line.new_buyers, line.returning_buyers)
        found = tuple(column.now or (None if column is line.aov else 0) for column in columns)
        if found != wanted:
            outcome.differences.append(f"digest: {'/'.join(key)} should say {wanted}, says {found}")
    if report.provisional:
        outcome.differences.append("digest: calls itself provisional although every source was just heard")


def _stored_keys(on: Stage) -> list[OrderKey]:
    """Every order in the table, found by reading all of it: the demo may, a handler may not."""
    table: Any = on.app.parts.table
    orders = [pk.split("#") for pk, sk in table.client.keys(table.name) if sk == "order"]
    return [OrderKey(merchant, platform, account, order_id) for merchant, _, platform, account, order_id in orders]


def read_order(app: Application, key: OrderKey) -> Order | None:
    """An order with its personal data opened; None when there is none."""
    layers = read_layers(app, key)
    return None if layers is None else view(key, layers)


def read_layers(app: Application, key: OrderKey) -> Layers | None:
    """All that was told of an order, with its personal data opened; None when there is none."""
    stored = app.orders.read(key)
    if not stored.version:
        return None
    personal: Layers = {}
    if stored.personal and stored.subject:
        opened = app.parts.vault.open(key.merchant, stored.subject, stored.personal, key.place)
        personal = {Clock(*clock): told for clock, told in msgspec.json.decode(opened)}
    return unite(stored.layers, personal)


def account_days(app: Application, merchant: str, day: date) -> list[AccountDay]:
    """A day's cells, fresh, by account."""
    told = app.days.day(merchant, day)
    keys = sorted(told.sums.keys() | told.people.keys())
    return [AccountDay(*key, day, told.sums.get(key, {}), told.people.get(key, People())) for key in keys]
