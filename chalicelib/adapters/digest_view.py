"""A day report in words: the one model that both the HTML and the plain text of a digest are written from.

All strings are final (locale, symbols, signs) and cleaned of control and bidi characters; nothing is escaped yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from chalicelib.adapters.catalogue import Words, words
from chalicelib.domain import wording
from chalicelib.domain.metrics import AccountLine, Comparison, DayReport, Freshness, MessagesDay
from chalicelib.domain.wording import Change, Locale

_NAME, _TITLE, _NAMED_SOURCES, _SUBJECT, _LONG_AMOUNT = 48, 72, 4, 60, 15


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: its value on the day, and the change against yesterday and the same weekday a week ago.

    `judged` is False where up is neither good nor bad in itself; such changes carry no colour.
    """

    label: str
    value: str
    yesterday: Change
    last_week: Change
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A titled table of metrics in one currency; `title` and `subtitle` are platform and account for an account's block.

    `flag` names the state of the account's source where it is not fresh.
    """

    title: str
    subtitle: str
    flag: str
    orders: str
    headline: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One of the best-selling products."""

    title: str
    source: str
    quantity: str
    amount: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One campaign's messages; `withheld_because` is a sentence, empty when nothing was withheld."""

    campaign: str
    sent: str
    holdout: str
    withheld: str
    withheld_because: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How fresh one source is."""

    source: str
    last_push: str
    last_pull: str
    state: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class View:
    """A digest, top to bottom. `glance` has a line an account, largest first, and is empty where there is only one.

    `known` is False when no source was heard and no figure is known; `compared` is False when the headline has no base at all.
    `change_first`: the language says "+1.0% vs Thu", not "vs Thu +1.0%". `dense`: amounts so long that a phone needs small type.
    """

    locale: Locale
    merchant: str
    day: str
    subject: str
    preheader: str
    versus_yesterday: str
    versus_last_week: str
    known: bool
    compared: bool
    change_first: bool
    dense: bool
    total: Block
    notes: tuple[str, ...]
    provisional: str
    attention: tuple[str, ...]
    glance: tuple[Block, ...]
    accounts: tuple[Block, ...]
    others: tuple[tuple[str, Block], ...]
    other_note: str
    products: tuple[ProductLine, ...]
    messages: tuple[MessageLine, ...]
    sources: tuple[SourceLine, ...]
    footer: tuple[str, ...]
    generated: str


def build(report: DayReport) -> View:
    """Put a report into words. A currency that is no ISO code, or a naive time: ValueError; an unknown zone: KeyError."""
    locale = wording.locale_of(report.locale)
    return _Builder(report, locale, words("digest", locale)).view()


class _Builder:
    """Holds what every part needs: the report, the locale, its words."""

    def __init__(self, report: DayReport, locale: Locale, say: Words) -> None:
        self.report, self.locale, self.say = report, locale, say
        self.zone = ZoneInfo(report.zone)
        self.names = {line.platform: line.platform_name for line in report.accounts}
        self.heard = _heard(report)
        self.flags = {(s.platform, s.account): self.state(s) for s in report.freshness if s.state != "fresh"}
        self.main = _settled(_main_line(report), self.heard("", ""))
        self.known = self.main.orders.today is not None
        self.empty = not self.main.orders.today

    def view(self) -> View:
        report, say, locale = self.report, self.say, self.locale
        lines = [_settled(line, self.heard(line.platform, line.account)) for line in report.accounts]
        ordered = sorted(lines, key=lambda line: _rank(line, self.main.currency))
        accounts = tuple(self.block(line) for line in ordered)
        total = self.block(self.main)
        others = sorted(
            (_settled(line, self.heard("", "")) for line in report.totals if line.currency != self.main.currency),
            key=lambda line: line.currency,
        )
        return View(
            locale=locale,
            merchant=wording.clean(report.merchant, _NAME),
            day=wording.long_day(report.day, locale),
            subject=self.subject(),
            preheader=self.preheader(),
            versus_yesterday=say("versus_yesterday", weekday=wording.weekday(report.day - timedelta(days=1), locale)),
            versus_last_week=say("versus_last_week", weekday=wording.weekday(report.day, locale)),
            known=self.known,
            compared={total.headline.yesterday.direction, total.headline.last_week.direction} != {"none"},
            change_first=locale == "en",
            dense=max(len(block.headline.value) for block in (total, *accounts)) > _LONG_AMOUNT,
            total=total,
            notes=self.notes(),
            provisional=self.provisional(),
            attention=self.attention(),
            glance=accounts if len(accounts) > 1 else (),
            accounts=accounts,
            others=tuple((say("other_currency", currency=line.currency), self.block(line)) for line in others),
            other_note=say("other_currency_note", currency=self.main.currency),
            products=tuple(self.products()),
            messages=tuple(self.messages()),
            sources=tuple(self.sources()),
            footer=tuple(say(key) for key in ("define_gmv", "define_net", "define_aov", "define_buyers", "define_change")),
            generated=self.generated(),
        )

    def block(self, line: AccountLine) -> Block:
        """The metrics of one line; people are left out of a total that cannot count them."""

        def amount(key: str, cell: Comparison, *, judged: bool = True) -> Row:
            return self.row(key, cell, wording.money(cell.today, line.currency, self.locale), judged=judged)

        def number(key: str, cell: Comparison) -> Row:
            return self.row(key, cell, wording.count(cell.today, self.locale))

        rows = [
            amount("gmv", line.gmv),
            number("orders", line.orders),
            amount("aov", line.aov),
            amount("refunds", line.refunds, judged=False),
        ]
        if line.account or line.new_buyers.today is not None or line.returning_buyers.today is not None:
            rows += [number("new_buyers", line.new_buyers), number("returning_buyers", line.returning_buyers)]
        return Block(
            title=wording.clean(line.platform_name or line.platform, _NAME),
            subtitle=wording.clean(line.account, _NAME),
            flag=self.flags.get((line.platform, line.account), ""),
            orders=wording.count(line.orders.today, self.locale),
            headline=amount("net_sales", line.net_sales),
            rows=tuple(rows),
        )

    def row(self, key: str, cell: Comparison, value: str, *, judged: bool = True) -> Row:
        yesterday = wording.change(Comparison.change(cell.today, cell.yesterday), self.locale)
        last_week = wording.change(Comparison.change(cell.today, cell.last_week), self.locale)
        return Row(self.say(key), value, yesterday, last_week, judged)

    def subject(self) -> str:
        """The longest of three forms that stays under 60 characters; the number is in each of them."""
        say, day = self.say, self.report.day
        short = wording.short_day(day, self.locale)
        suffix = say("subject_provisional") if self.report.provisional else ""
        if not self.known:
            return say("subject_no_data", day=short) + suffix
        net = self.main.net_sales
        amount = wording.money(net.today, self.main.currency, self.locale)
        change = wording.change(Comparison.change(net.today, net.yesterday), self.locale)
        before = wording.weekday(day - timedelta(days=1), self.locale)
        values = {"day": short, "weekday": wording.weekday(day, self.locale), "amount": amount}
        forms = [say("subject_plain", **values)]
        if change.direction != "none":
            forms[:0] = [say(key, **values, change=change.text, before=before) for key in ("subject_full", "subject_short")]
        fitting = [form + suffix for form in forms if wording.width(form + suffix) < _SUBJECT]
        return wording.header_text(fitting[0] if fitting else amount, _SUBJECT - 1)

    def preheader(self) -> str:
        if self.empty:
            return self.say("preheader_empty" if self.known else "no_data")
        orders, aov, refunds = (cell.today for cell in (self.main.orders, self.main.aov, self.main.refunds))
        return self.say(
            "preheader",
            orders=wording.count(orders, self.locale),
            aov=wording.money(aov, self.main.currency, self.locale),
            refunds=wording.money(refunds, self.main.currency, self.locale),
        )

    def notes(self) -> tuple[str, ...]:
        notes = [self.say("no_orders")] if self.known and self.empty else []
        cells = [cell for line in self.report.totals for cell in (line.orders, line.gmv)]
        if self.known and all(cell.yesterday is None and cell.last_week is None for cell in cells):
            notes.append(self.say("first_day"))
        return tuple(notes)

    def provisional(self) -> str:
        """What the banner says; empty when every source is fresh. A stale source raises it whatever the flag says."""
        stale = [source for source in self.report.freshness if source.state != "fresh"]
        if not stale and not self.report.provisional:
            return ""
        if not stale:
            return self.say("provisional_bare")
        named = [self.say("aside", what=self.source(s), state=self.state(s).lower()) for s in stale[:_NAMED_SOURCES]]
        if len(stale) > _NAMED_SOURCES:
            named.append(self.say("more_sources", number=str(len(stale) - _NAMED_SOURCES)))
        note = self.say("provisional_note", sources=self.say("separator").join(named))
        return note + self.say("gap") + self.say("all_stale") if len(stale) == len(self.report.freshness) else note

    def attention(self) -> tuple[str, ...]:
        numbers = (("unmapped", self.report.unmapped), ("quarantined", self.report.quarantined))
        return tuple(self.say(key, number=wording.count(number, self.locale)) for key, number in numbers if number > 0)

    def products(self) -> Iterable[ProductLine]:
        for product in self.report.products:
            yield ProductLine(
                title=wording.clean(product.title, _TITLE) or self.say("untitled"),
                source=f"{wording.clean(product.platform_name, _NAME)} · {wording.clean(product.account, _NAME)}",
                quantity=wording.count(product.quantity, self.locale),
                amount=wording.money(product.amount, product.currency, self.locale),
            )

    def messages(self) -> Iterable[MessageLine]:
        for line in self.report.messages:
            yield MessageLine(
                campaign=wording.clean(line.campaign, _NAME),
                sent=wording.count(line.sent, self.locale),
                holdout=wording.count(line.holdout, self.locale),
                withheld=wording.count(sum(line.withheld.values()), self.locale),
                withheld_because=self.because(line),
            )

    def because(self, line: MessagesDay) -> str:
        """The reasons in words, most frequent first; a reason without words is shown by its slug rather than hidden."""
        reasons = words("reason", self.locale)
        said = [
            f"{reasons.get(slug.replace('_', '-')) or wording.clean(slug, _NAME)} {wording.count(number, self.locale)}"
            for slug, number in sorted(line.withheld.items(), key=lambda item: (-item[1], item[0]))
            if number > 0
        ]
        return self.say("withheld_because", reasons=self.say("separator").join(said)) if said else ""

    def sources(self) -> Iterable[SourceLine]:
        for source in sorted(self.report.freshness, key=lambda s: (s.state == "fresh", s.platform, s.account)):
            yield SourceLine(
                source=self.source(source),
                last_push=wording.moment(source.last_push_at, self.zone, self.locale),
                last_pull=wording.moment(source.last_pull_at, self.zone, self.locale),
                state=self.state(source),
                fresh=source.state == "fresh",
            )

    def source(self, source: Freshness) -> str:
        name = self.names.get(source.platform, source.platform)
        return f"{wording.clean(name, _NAME)} · {wording.clean(source.account, _NAME)}"

    def state(self, source: Freshness) -> str:
        return words("state", self.locale)(source.state)

    def generated(self) -> str:
        zone = self.report.zone
        at = wording.moment(self.report.generated_at, self.zone, self.locale)
        return self.say("footer_zone", zone=zone) + self.say("gap") + self.say("footer_generated", at=at, zone=zone)


def _main_line(report: DayReport) -> AccountLine:
    """The line of the headline: the merchant's currency; without one the currency with most orders; without any, an empty one."""
    if report.totals:
        own = [line for line in report.totals if line.currency == report.currency]
        return own[0] if own else max(report.totals, key=lambda line: (line.orders.today or 0, line.currency))
    none = Comparison(None, None, None)
    return AccountLine("", "", "", report.currency, none, none, none, none, none, none, none)


def _heard(report: DayReport) -> Callable[[str, str], bool]:
    """Whether an account's source is fresh; for the whole ("", "") whether any is. Without a word on freshness: heard."""
    states = {(source.platform, source.account): source.state for source in report.freshness}

    def heard(platform: str, account: str) -> bool:
        if platform or account:
            return states.get((platform, account), "fresh") == "fresh"
        return not states or "fresh" in states.values()

    return heard


def _settled(line: AccountLine, heard: bool) -> AccountLine:
    """A day without a figure is zero where the source was heard: it sold nothing. Where it was silent it stays unknown."""
    if not heard or line.orders.today is not None:
        return line

    def zero(cell: Comparison) -> Comparison:
        return replace(cell, today=0)

    sold = replace(line, gmv=zero(line.gmv), net_sales=zero(line.net_sales), orders=zero(line.orders), refunds=zero(line.refunds))
    if not line.account:
        return sold
    return replace(sold, new_buyers=zero(line.new_buyers), returning_buyers=zero(line.returning_buyers))


def _rank(line: AccountLine, main: str) -> tuple[bool, str, int, str, str]:
    """The headline's currency first, in each the largest net sales first; currencies are not compared with one another."""
    return line.currency != main, line.currency, -(line.net_sales.today or 0), line.platform, line.account
