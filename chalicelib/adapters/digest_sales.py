"""Sections of a digest that tell who sold what, what was sent to whom, and how fresh all of it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_model import Block, Cell, Column, Line, Section, Table, View, change_cell, metrics, spark
from chalicelib.adapters.digest_words import LONGEST_NAME, Tongue
from chalicelib.domain import wording
from chalicelib.domain.report import AccountLine, MessagesDay, Report

SPARK_DAYS = 14
_MANY = 8  # accounts beyond which their details are first to go


class Sales:
    """Built over a view that has its blocks already; `lines` are the accounts in their order."""

    def __init__(
        self, report: Report, tongue: Tongue, view: View, lines: Sequence[AccountLine], flags: Mapping[tuple[str, str], str]
    ) -> None:
        self.report, self.tongue, self.say, self.view, self.lines, self.flags = report, tongue, tongue.say, view, lines, flags
        self.sparks = {(s.platform, s.account, s.currency): s.net_sales[-SPARK_DAYS:] for s in report.sparks}

    def by_account(self) -> Section | None:
        """A line an account, largest first within a currency; nothing where the headline says it all."""
        if not self.view.glance:
            return None
        say, view = self.say, self.view
        columns = (
            Column(say("account"), right=False),
            Column(say("orders"), phone=False),
            Column(say("net_sales")),
            Column(view.versus_before),
            Column(view.versus_base, phone=False),
        )
        rows = [self._account(line, block) for line, block in zip(self.lines, view.glance, strict=True)]
        drawn = any(row.cells[2].below for row in rows)
        notes = (say("spark_note", days=str(SPARK_DAYS)),) if drawn else ()
        return Section("by_account", say("by_account"), tables=(Table(columns, tuple(rows), whole=True),), notes=notes)

    def _account(self, line: AccountLine, block: Block) -> Line:
        days = self.sparks.get((line.platform, line.account, line.currency), ())
        name = Cell(block.title, block.subtitle + (f" · {block.flag}" if block.flag else ""), strong=True)
        amount = Cell(block.headline.value, spark(days), strong=True, spoken=self._spoken(line, days))
        return Line((name, Cell(block.orders), amount, change_cell(block.headline.before), change_cell(block.headline.base)))

    def _spoken(self, line: AccountLine, days: Sequence[int | None]) -> str:
        known = [day for day in days if day is not None]
        if not known:
            return ""
        low, high = (wording.short_money(value, line.currency, self.view.locale) for value in (min(known), max(known)))
        return self.say("spark_spoken", low=low, high=high)

    def other_currencies(self, main: str) -> Section | None:
        """Each other currency apart, never added."""
        tables = [self._metrics(block, title) for title, block in self.view.others]
        if not tables:
            return None
        lead = (self.say("other_currency_note", currency=main),)
        return Section("currencies", self.say("other_currencies"), lead=lead, tables=tuple(tables))

    def products(self) -> Section | None:
        """Those that sold best."""
        if not self.view.products:
            return None
        columns = (Column(self.say("product"), right=False), Column(self.say("quantity")), Column(self.say("amount")))
        rows = [Line((Cell(p.title, p.source), Cell(p.quantity), Cell(p.amount, strong=True))) for p in self.view.products]
        return Section("products", self.say("top_products"), tables=(Table(columns, tuple(rows)),))

    def messages(self) -> Section | None:
        """What campaigns sent, and what was withheld and why."""
        if not self.report.messages:
            return None
        columns = (
            Column(self.say("campaign"), right=False),
            Column(self.say("sent")),
            Column(self.say("holdout")),
            Column(self.say("withheld")),
        )
        return Section("messages", self.say("messages"), tables=(Table(columns, tuple(self._messages())),))

    def _messages(self) -> Iterable[Line]:
        count = self.tongue.count
        for line in self.report.messages:
            withheld = Cell(count(sum(line.withheld.values())))
            name = Cell(wording.clean(line.campaign, LONGEST_NAME))
            yield Line((name, Cell(count(line.sent), strong=True), Cell(count(line.holdout)), withheld), note=self._because(line))

    def _because(self, line: MessagesDay) -> str:
        """The reasons in words, most frequent first; a reason without words is shown by its slug rather than hidden."""
        reasons = words("reason", self.view.locale)
        said = [
            f"{reasons.get(slug.replace('_', '-')) or wording.clean(slug, LONGEST_NAME)} {self.tongue.count(number)}"
            for slug, number in sorted(line.withheld.items(), key=lambda item: (-item[1], item[0]))
            if number > 0
        ]
        return self.say("withheld_because", reasons=self.say("separator").join(said)) if said else ""

    def details(self) -> Section | None:
        """Every metric of every account."""
        if not self.view.glance:
            return None
        tables = [self._metrics(block, f"{block.title} · {block.subtitle}") for block in self.view.glance]
        return Section("details", self.say("details"), tables=tuple(tables), detail=len(tables) > _MANY)

    def _metrics(self, block: Block, caption: str) -> Table:
        view, rows = self.view, (block.headline, *block.rows)
        return metrics(rows, view.versus_before, view.versus_base, caption=caption, flag=block.flag, strong=True)

    def freshness(self) -> Section | None:
        """When every source was last heard, the stale ones first."""
        if not self.report.freshness:
            return None
        columns = (
            Column(self.say("source"), right=False),
            Column(self.say("state"), right=False),
            Column(self.say("last_push"), phone=False),
            Column(self.say("last_pull")),
        )
        rows = []
        for source in sorted(self.report.freshness, key=lambda s: (s.state == "fresh", s.platform, s.account)):
            stale = source.state != "fresh"
            state = Cell(self.tongue.state(source), tone="warn" if stale else "", strong=stale)
            heard = (wording.moment(at, self.tongue.zone, self.view.locale) for at in (source.last_push_at, source.last_pull_at))
            rows.append(Line((Cell(self.tongue.source(source)), state, *(Cell(at) for at in heard))))
        return Section("freshness", self.say("freshness"), tables=(Table(columns, tuple(rows)),))
