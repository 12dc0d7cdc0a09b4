"""A report in words: the view that HTML, plain text and cards of a digest are written from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.adapters import (
    digest_alerts,
    digest_charts,
    digest_gains,
    digest_parts,
    digest_profit,
    digest_sales,
    digest_storms,
    digest_trade,
)
from chalicelib.adapters.digest_model import Block, Product, Row, Section, View
from chalicelib.adapters.digest_roles import readable
from chalicelib.adapters.digest_words import LONGEST_NAME, LONGEST_TITLE, Tongue
from chalicelib.domain import wording
from chalicelib.domain.report import AccountLine, Comparison, Report

_NAMED_SOURCES, _SUBJECT, _LONG_AMOUNT = 4, 60, 15


def build(report: Report) -> View:
    """Put a report into words. A currency that is no ISO code, or a naive time: ValueError; an unknown zone: KeyError."""
    report = readable(report)
    return _Builder(report, Tongue(report)).view()


class _Builder:
    """Holds what every part needs: the report, and how its figures are said."""

    def __init__(self, report: Report, tongue: Tongue) -> None:
        self.report, self.tongue, self.say, self.locale = report, tongue, tongue.say, tongue.locale
        self.heard = _heard(report)
        self.flags = {(s.platform, s.account): tongue.state(s) for s in report.freshness if s.state != "fresh"}
        self.main = _settled(_main_line(report), self.heard("", ""))
        self.known = self.main.orders.now is not None
        self.empty = not self.main.orders.now
        self.one_day = report.period.kind == "day"

    def view(self) -> View:
        report, say, locale, period = self.report, self.say, self.locale, self.report.period
        lines = [_settled(line, self.heard(line.platform, line.account)) for line in report.accounts]
        ordered = sorted(lines, key=lambda line: _rank(line, self.main.currency))
        accounts = tuple(self.block(line) for line in ordered)
        total = self.block(self.main)
        others = sorted(
            (_settled(line, self.heard("", "")) for line in report.totals if line.currency != self.main.currency),
            key=lambda line: line.currency,
        )
        view = View(
            locale=locale,
            merchant=wording.clean(report.merchant, LONGEST_NAME),
            title=say(f"title_{period.kind}"),
            day=wording.long_period(period, locale),
            subject=self.subject(),
            preheader=self.preheader(),
            versus_before=self.tongue.versus_before,
            versus_base=self.tongue.versus_base,
            known=self.known,
            compared={total.headline.before.direction, total.headline.base.direction} != {"none"},
            change_first=locale == "en",
            dense=max(len(block.headline.value) for block in (total, *accounts)) > _LONG_AMOUNT,
            total=total,
            notes=self.notes(),
            provisional=self.provisional(),
            restated=say("restated_note") if report.restated else "",
            attention=self.attention(),
            glance=accounts if len(accounts) > 1 else (),
            others=tuple((say("other_currency", currency=line.currency), self.block(line)) for line in others),
            products=tuple(self.products()),
            sections=(),
            footer=self.footer(),
            generated=self.generated(),
            leave=report.leave or "",
        )
        return view.with_sections(self.sections(view, ordered))

    def sections(self, view: View, ordered: list[AccountLine]) -> list[Section]:
        """In the order of the mail: what is wrong, pictures, who sold, what it left, who bought, what is behind all that."""
        sales = digest_sales.Sales(self.report, self.tongue, view, ordered, self.flags)
        parts = digest_parts.Parts(self.report, self.tongue)
        trade = digest_trade.Trade(self.report, self.tongue)
        found = [
            digest_alerts.section(self.report.anomalies, self.tongue),
            digest_storms.section(self.report.storms, self.tongue),
            digest_charts.section(self.report, self.tongue) if self.known else None,
            sales.by_account(),
            sales.other_currencies(self.main.currency),
            sales.products(),
            digest_profit.section(self.report.profit, self.tongue),
            parts.channels(),
            *parts.figures(),
            trade.structure(),
            trade.stock(),
            trade.shipping(),
            trade.carriers(),
            trade.creators(),
            sales.messages(),
            trade.funnels(),
            digest_gains.section(self.report.gains, self.tongue),
            parts.restated(),
            sales.details(),
            sales.freshness(),
            parts.rates(),
        ]
        return [one for one in found if one is not None]

    def block(self, line: AccountLine) -> Block:
        """The metrics of one line; people are left out of a total that cannot count them."""

        def amount(key: str, cell: Comparison, *, judged: bool = True) -> Row:
            return self.row(key, cell, wording.money(cell.now, line.currency, self.locale), judged=judged)

        def number(key: str, cell: Comparison) -> Row:
            return self.row(key, cell, wording.count(cell.now, self.locale))

        rows = [
            amount("gmv", line.gmv),
            number("orders", line.orders),
            amount("aov", line.aov),
            amount("refunds", line.refunds, judged=False),
        ]
        if line.account or line.new_buyers.now is not None or line.returning_buyers.now is not None:
            rows += [number("new_buyers", line.new_buyers), number("returning_buyers", line.returning_buyers)]
        return Block(
            title=wording.clean(line.platform_name or line.platform, LONGEST_NAME),
            subtitle=wording.clean(line.account, LONGEST_NAME),
            flag=self.flags.get((line.platform, line.account), ""),
            orders=wording.count(line.orders.now, self.locale),
            headline=amount("net_sales", line.net_sales),
            rows=tuple(rows),
        )

    def row(self, key: str, cell: Comparison, value: str, *, judged: bool = True) -> Row:
        before, base = self.tongue.changes(cell)
        return Row(self.say(key), value, before, base, judged)

    def products(self) -> list[Product]:
        return [
            Product(
                title=wording.clean(product.title, LONGEST_TITLE) or self.say("untitled"),
                source=self.tongue.place(product.platform, product.account, product.platform_name),
                quantity=wording.count(product.quantity, self.locale),
                amount=wording.money(product.amount, product.currency, self.locale),
            )
            for product in self.report.products
        ]

    def subject(self) -> str:
        """The longest of three forms that stays under 60 characters; the number is in each of them."""
        say, period = self.say, self.report.period
        short, full = wording.short_period(period, self.locale), wording.named_period(period, self.locale)
        suffix = say("subject_provisional") if self.report.provisional else ""
        if not self.known:
            return say("subject_no_data", day=short) + suffix
        net = self.main.net_sales
        amount = wording.money(net.now, self.main.currency, self.locale)
        change = wording.change(Comparison.change(net.now, net.before), self.locale)
        forms = [say("subject_plain", day=full, amount=amount), say("subject_plain", day=short, amount=amount)]
        if change.direction != "none":
            told = {"amount": amount, "change": change.text}
            forms[:0] = [
                say("subject_full", day=full, against=self.tongue.versus_before, **told),
                say("subject_short", day=short, **told),
            ]
        fitting = [form + suffix for form in forms if wording.width(form + suffix) < _SUBJECT]
        return wording.header_text(fitting[0] if fitting else amount, _SUBJECT - 1)

    def preheader(self) -> str:
        if self.empty:
            return self.say("no_orders" if self.one_day else "no_orders_span") if self.known else self.say("no_data")
        orders, aov, refunds = (cell.now for cell in (self.main.orders, self.main.aov, self.main.refunds))
        return self.say(
            "preheader",
            orders=wording.count(orders, self.locale),
            aov=wording.money(aov, self.main.currency, self.locale),
            refunds=wording.money(refunds, self.main.currency, self.locale),
        )

    def notes(self) -> tuple[str, ...]:
        notes = [self.say("no_orders" if self.one_day else "no_orders_span")] if self.known and self.empty else []
        cells = [cell for line in self.report.totals for cell in (line.orders, line.gmv)]
        if self.known and all(cell.before is None and cell.base is None for cell in cells):
            notes.append(self.say("first_day" if self.one_day else "first_span"))
        return tuple(notes)

    def provisional(self) -> str:
        """What the banner says; empty when every source is fresh. A stale source raises it whatever the flag says."""
        stale = [source for source in self.report.freshness if source.state != "fresh"]
        if not stale and not self.report.provisional:
            return ""
        if not stale:
            return self.say("provisional_bare")
        named = [self.say("aside", what=self.tongue.source(s), state=self.tongue.state(s).lower()) for s in stale[:_NAMED_SOURCES]]
        if len(stale) > _NAMED_SOURCES:
            named.append(self.say("more_sources", number=str(len(stale) - _NAMED_SOURCES)))
        note = self.say("provisional_note", sources=self.say("separator").join(named))
        return note + self.say("gap") + self.say("all_stale") if len(stale) == len(self.report.freshness) else note

    def attention(self) -> tuple[str, ...]:
        numbers = (("unmapped", self.report.unmapped), ("quarantined", self.report.quarantined))
        return tuple(self.say(key, number=wording.count(number, self.locale)) for key, number in numbers if number > 0)

    def footer(self) -> tuple[str, ...]:
        counted = ("define_net", "define_buyers") if self.one_day else ("define_net_span", "define_buyers_span")
        keys = ("define_gmv", counted[0], "define_aov", counted[1], f"define_change_{self.report.period.kind}")
        return tuple(self.say(key) for key in keys)

    def generated(self) -> str:
        zone = self.report.zone
        at = wording.moment(self.report.generated_at, self.tongue.zone, self.locale)
        return self.say("footer_zone", zone=zone) + self.say("gap") + self.say("footer_generated", at=at, zone=zone)


def _main_line(report: Report) -> AccountLine:
    """The line of the headline: the merchant's currency; without one the currency with most orders; without any, an empty one."""
    if report.totals:
        own = [line for line in report.totals if line.currency == report.currency]
        return own[0] if own else max(report.totals, key=lambda line: (line.orders.now or 0, line.currency))
    none = Comparison(None, None, None)
    return AccountLine("", "", "", report.currency, none, none, none, none, none, none, none)


def _heard(report: Report) -> Callable[[str, str], bool]:
    """Whether an account's source is fresh; for the whole ("", "") whether any is. Without a word on freshness: heard."""
    states = {(source.platform, source.account): source.state for source in report.freshness}

    def heard(platform: str, account: str) -> bool:
        if platform or account:
            return states.get((platform, account), "fresh") == "fresh"
        return not states or "fresh" in states.values()

    return heard


def _settled(line: AccountLine, heard: bool) -> AccountLine:
    """A day without a figure is zero where the source was heard: it sold nothing. Where it was silent it stays unknown."""
    if not heard or line.orders.now is not None:
        return line

    def zero(cell: Comparison) -> Comparison:
        return replace(cell, now=0)

    sold = replace(line, gmv=zero(line.gmv), net_sales=zero(line.net_sales), orders=zero(line.orders), refunds=zero(line.refunds))
    if not line.account:
        return sold
    return replace(sold, new_buyers=zero(line.new_buyers), returning_buyers=zero(line.returning_buyers))


def _rank(line: AccountLine, main: str) -> tuple[bool, str, int, str, str]:
    """The headline's currency first, in each the largest net sales first; currencies are not compared with one another."""
    return line.currency != main, line.currency, -(line.net_sales.now or 0), line.platform, line.account
