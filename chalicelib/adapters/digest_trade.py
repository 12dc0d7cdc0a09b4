"""Sections of a digest about trade: what sells in which role, stock, free shipping, carriers, who brought orders, campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.adapters.digest_model import Cell, Column, Line, Section, Table
from chalicelib.adapters.digest_words import LONGEST_NAME, LONGEST_TITLE, Tongue
from chalicelib.domain import wording
from chalicelib.domain.carriers import CarrierLine
from chalicelib.domain.creators import TrailLine
from chalicelib.domain.funnel import CampaignFunnel
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import Report
from chalicelib.domain.shipping_offer import OfferPart, ShippingOffer, WhatIf
from chalicelib.domain.stocking import StockLine
from chalicelib.domain.structure import Group, ProductStructure

_NAMED = 3


class Trade:
    """Built from the report alone. A section whose source nobody gave is None."""

    def __init__(self, report: Report, tongue: Tongue) -> None:
        self.report, self.tongue, self.say = report, tongue, tongue.say

    def structure(self) -> Section | None:
        """Shares of classes against their targets, then roles."""
        told = self.report.structure
        if told is None:
            return None
        say = self.say
        head = [("share", True), ("target", True), ("items", False), ("goods_margin", False)]
        columns = tuple(Column(say(key), phone=phone) for key, phone in head)
        tables = [Table((Column(say("class"), right=False), *columns), tuple(map(self._group, told.classes)), whole=True)]
        if told.roles:
            roles = tuple(self._group(group) for group in told.roles)
            tables.append(Table((Column(say("role"), right=False), *columns), roles, caption=say("roles"), whole=True))
        lead = () if told.judged else (say("structure_unjudged", share=self.percent(told.classed)),)
        return Section("structure", say("structure"), lead=lead, tables=tuple(tables), notes=tuple(self._aside(told)))

    def _group(self, group: Group) -> Line:
        best = wording.clean(group.top[0].title or group.top[0].sku, LONGEST_NAME) if group.top else ""
        band = group.band
        target = self.tongue.brief_percent(*band) if band else self.tongue.count(None)
        off = {"below": " ↓", "above": " ↑"}.get(group.place or "", "")
        name = self.word(f"group_{group.name.replace('-', '_')}", group.name)
        cells = (Cell(self.percent(group.share) + off, strong=True), Cell(target), Cell(self.tongue.count(group.items)))
        return Line((Cell(name, best), *cells, Cell(self.percent(group.margin))))

    def _aside(self, told: ProductStructure) -> Iterator[str]:
        if any(group.place in ("below", "above") for group in (*told.classes, *told.roles)):
            yield self.say("target_note")
        if told.lacking:
            names = [wording.clean(one.title or one.sku, LONGEST_NAME) for one in told.aside[:_NAMED]]
            yield self.say("classless", number=str(told.lacking), names=self.joined(names))

    def stock(self) -> Section | None:
        """What is sold out, runs out, or lies too long, the dearest first."""
        told = self.report.stock
        if told is None:
            return None
        say = self.say
        turnover = wording.hundredths(told.turnover.scaled(100), self.tongue.locale)
        counts = {key: self.tongue.count(value) for key, value in (("out", told.out), ("below", told.below), ("slow", told.slow))}
        day = wording.short_day(told.counted, self.tongue.locale)
        lead = say(
            "stock_lead", items=self.tongue.count(told.items), value=self.money(told.value), turnover=turnover, day=day, **counts
        )
        columns = (
            Column(say("item"), right=False),
            Column(say("state"), right=False),
            Column(say("available"), phone=False),
            Column(say("cover")),
            Column(say("to_order"), phone=False),
            Column(say("at_stake"), phone=False),
        )
        tables = (Table(columns, tuple(map(self._item, told.lines))),) if told.lines else ()
        notes = [say("stock_note")] if told.lines else []
        if told.unvalued:
            notes.append(say("stock_unvalued", number=self.tongue.count(told.unvalued)))
        if told.unjudged:
            notes.append(say("stock_unjudged", number=self.tongue.count(told.unjudged)))
        return Section("stock", say("stock"), lead=(lead,), tables=tables, notes=tuple(notes))

    def _item(self, line: StockLine) -> Line:
        count = self.tongue.count
        order = count(line.order) if line.lead is not None or line.order is None else f"≥ {count(line.order)}"
        name = Cell(
            wording.clean(line.title or line.sku, LONGEST_TITLE), wording.clean(line.sku, LONGEST_NAME) if line.title else ""
        )
        state = Cell(self.say(f"stock_{line.state}"), tone="warn" if line.state != "slow" else "", strong=True)
        cover = wording.tenths(line.cover.scaled(10), self.tongue.locale)
        return Line((name, state, Cell(count(line.available)), Cell(cover), Cell(order), Cell(self.money(line.at_stake))))

    def shipping(self) -> Section | None:
        """By account: who is just under a threshold, and what others would cost and bring."""
        if not self.report.shipping:
            return None
        tables: list[Table] = []
        lead: list[str] = []
        for offer in self.report.shipping:
            place = self.tongue.place(*offer.account)
            tables += self._offer(offer, place)
            for under in offer.whole.under:
                told = {
                    "place": place,
                    "orders": self.tongue.count(under.orders),
                    "share": self.tongue.brief_percent(under.permille),
                }
                limit = wording.money(under.threshold, offer.currency, self.tongue.locale)
                lacking = wording.money(under.lack, offer.currency, self.tongue.locale)
                lead.append(self.say("under_threshold", threshold=limit, lack=lacking, **told))
        assumed = self.tongue.brief_percent(self.report.shipping[0].assumed.permille() or 0)
        notes = (self.say("shipping_note", assumed=assumed),)
        return Section("shipping", self.say("shipping"), lead=tuple(lead), tables=tuple(tables), notes=notes)

    def _offer(self, offer: ShippingOffer, place: str) -> Iterator[Table]:
        say = self.say
        columns = (
            Column(say("free_from"), right=False),
            Column(say("reach")),
            Column(say("given_up"), phone=False),
            Column(say("near"), phone=False),
            Column(say("break_even")),
            Column(say("expected"), phone=False),
        )
        yield Table(columns, tuple(self._what_if(row, offer) for row in offer.whole.rows), caption=f"{place} · {offer.currency}")
        parts = [line for part in offer.categories if (line := self._category(part, offer))]
        if parts:
            head = (Column(say("category"), right=False), Column(say("orders")), Column(say("near")), Column(say("break_even")))
            yield Table(head, tuple(parts), caption=say("by_category", place=place))

    def _what_if(self, row: WhatIf, offer: ShippingOffer) -> Line:
        threshold = wording.money(row.threshold, offer.currency, self.tongue.locale)
        name = Cell(threshold, self.say("as_now") if row.current else "", strong=row.current)
        reach = Cell(f"{self.tongue.count(row.orders)} ({self.percent(row.share)})")
        cells = (Cell(self.money(row.given_up)), Cell(self.tongue.count(row.near)), Cell(self._pays(row)))
        return Line((name, reach, *cells, Cell(self.money(row.expected))))

    def _category(self, part: OfferPart, offer: ShippingOffer) -> Line | None:
        """A category at the threshold of today, or where there is none at the lowest that was looked at."""
        if not part.rows:
            return None
        row = next((one for one in part.rows if one.current), part.rows[0])
        name = wording.clean(part.category or "", LONGEST_NAME) or self.say("no_category")
        threshold = wording.money(row.threshold, offer.currency, self.tongue.locale)
        cells = (Cell(self.tongue.count(part.orders)), Cell(self.tongue.count(row.near)), Cell(self._pays(row)))
        return Line((Cell(name, self.say("at_threshold", threshold=threshold)), *cells))

    def _pays(self, row: WhatIf) -> str:
        """The share of those near it that pays for it; in words where none of them could."""
        tenths = row.break_even.permille() if row.break_even else None
        return self.say("never_pays") if tenths is not None and tenths > 1000 else self.tongue.percent(tenths)

    def carriers(self) -> Section | None:
        """Carriers side by side, most parcels first."""
        if not self.report.carriers:
            return None
        say = self.say
        columns = (
            Column(say("carrier"), right=False),
            Column(say("parcels")),
            Column(say("parcel_cost")),
            Column(say("days_taken"), phone=False),
            Column(say("promised"), phone=False),
            Column(say("late_share")),
        )
        return Section("carriers", say("carriers"), tables=(Table(columns, tuple(map(self._carrier, self.report.carriers))),))

    def _carrier(self, line: CarrierLine) -> Line:
        name = wording.clean(line.carrier, LONGEST_NAME) or self.say("no_carrier")
        promise = self.tongue.count(None)
        if line.promised:
            low, high = line.promised
            promise = str(low) if low == high else f"{low}–{high}"
        cells = (
            Cell(self.tongue.count(line.parcels)),
            Cell(self.money(line.cost.scaled(1))),
            Cell(wording.tenths(line.taken.scaled(10), self.tongue.locale)),
            Cell(promise),
            Cell(self.percent(line.late)),
        )
        return Line((Cell(name), *cells))

    def creators(self) -> Section | None:
        """The creators and the sources that brought most, apart: an order may have come by both."""
        told = self.report.creators
        if told is None or not told.lines:
            return None
        columns = (
            Column(self.say("brought_by"), right=False),
            Column(self.say("orders")),
            Column(self.say("gmv")),
            Column(self.say("of_platform")),
        )
        tables = []
        for kind, number in (("creator", told.creators), ("source", told.sources)):
            lines = [self._trail(line) for line in told.lines if line.kind == kind]
            if lines:
                tables.append(Table(columns, tuple(lines), caption=self.say(f"kind_{kind}", number=self.tongue.count(number))))
        lead = [
            self.say(
                "trails",
                platform=self.tongue.platform(one.platform),
                orders=self.tongue.count(one.orders),
                creator=self.tongue.count(one.by_creator.orders),
                source=self.tongue.count(one.by_source.orders),
            )
            for one in told.platforms
        ]
        return Section("creators", self.say("creators"), lead=tuple(lead), tables=tuple(tables))

    def _trail(self, line: TrailLine) -> Line:
        name = Cell(wording.clean(line.name, LONGEST_NAME), self.tongue.platform(line.platform))
        return Line(
            (name, Cell(self.tongue.count(line.orders)), Cell(self.money(line.gmv), strong=True), Cell(self.percent(line.share)))
        )

    def funnels(self) -> Section | None:
        """Campaigns from drawn to bought."""
        if not self.report.funnels:
            return None
        say = self.say
        columns = (
            Column(say("campaign"), right=False),
            Column(say("drawn"), phone=False),
            Column(say("sent")),
            Column(say("clicked")),
            Column(say("bought")),
            Column(say("bought_alone"), phone=False),
        )
        lines = tuple(map(self._funnel, self.report.funnels))
        return Section("messages", say("funnels"), tables=(Table(columns, lines),), notes=(say("funnel_note"),))

    def _funnel(self, one: CampaignFunnel) -> Line:
        """Those who bought as a share of those to be written to, and of those left alone: sides that compare."""
        count, written = self.tongue.count, one.drawn - one.held
        until = self.say("open_until", day=wording.short_day(one.open_until, self.tongue.locale)) if one.open_until else ""
        bought = self.tongue.percent(Ratio(one.bought, written).permille())
        alone = self.tongue.percent(Ratio(one.bought_alone, one.held).permille())
        cells = (Cell(count(one.drawn)), Cell(count(one.sent)), Cell(count(one.clicked)))
        people = ("" if number is None else count(number) for number in (one.bought, one.bought_alone))
        shares = (Cell(bought, next(people), strong=True), Cell(alone, next(people)))
        return Line((Cell(wording.clean(one.campaign, LONGEST_NAME), until), *cells, *shares))

    def money(self, minor: int | None) -> str:
        """An amount in the merchant's currency."""
        return self.tongue.money(minor)

    def percent(self, share: Ratio) -> str:
        """A share as it is written."""
        return self.tongue.percent(share.permille())

    def joined(self, names: Sequence[str]) -> str:
        """Names in a sentence."""
        return self.say("separator").join(names)

    def word(self, key: str, else_: str) -> str:
        """The word under a key that may not exist."""
        return self.say.get(key) or wording.clean(else_, LONGEST_NAME)
