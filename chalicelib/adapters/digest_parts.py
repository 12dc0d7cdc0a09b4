"""Sections of a digest beyond its sales: key figures, channels, what was restated, at which rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_model import Cell, Column, Line, Section, Table, change_cell
from chalicelib.adapters.digest_words import LONGEST_NAME, Tongue
from chalicelib.domain import wording
from chalicelib.domain.figures import BY_KEY, OF_PEOPLE, OF_SERVICE
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import ChannelLine, Comparison, Figure, Report

# Ranges that are usual in China's trade, in the figure's smallest unit; None: no bound. Price of a click only where it is in yuan.
USUAL: Mapping[str, tuple[int, int | None]] = {"ctr": (20, 50), "cvr": (30, 100), "cpc": (50, 300), "roi": (300, None)}
OF_CHANNELS = ("ad_spend", "ctr", "cpc", "roas", "roi")  # of FIGURES, those that a mail has room for; all are in the file
_TOLD_ABOVE = frozenset({"gmv", "net_sales", "orders", "aov", "refunds"})  # below the headline
_MORE_IS_BETTER = frozenset(
    {
        *(
            "placed_gmv",
            "placed_orders",
            "gmv",
            "net_sales",
            "net_restated",
            "orders",
            "units",
            "aov",
            "uv",
            "pv",
            "cvr",
            "ctr",
            "roas",
        ),
        *("roi", "contribution_margin", "margin_rate", "buyers", "new_members", "returning_members", "reactivated_members"),
        *(f"retention_{days}" for days in (1, 3, 7, 30)),
        *(f"repurchase_{days}" for days in (30, 60, 90)),
        *("on_time", "review_score", "nps", "sla_kept", "winback_profit"),
    }
)
COHORT_DAYS, PHONE_DAYS = (1, 3, 7, 30, 60, 90), (7, 30, 90)
RESTATED_ROWS = 12  # of what was told otherwise: after years of history came in, every day that was ever told may be
_BAR, _EVEN = 5, 250  # so many permille off its share is still about its share


class Parts:
    """Built from the report alone. A section whose source nobody gave is None."""

    def __init__(self, report: Report, tongue: Tongue) -> None:
        self.report, self.tongue, self.say = report, tongue, tongue.say
        self.names = words("figure", tongue.locale)

    def figures(self) -> list[Section]:
        """The merchant's figures over all accounts; those of people and of service apart."""
        groups = {"people": OF_PEOPLE, "service": OF_SERVICE}
        apart = {key for keys in groups.values() for key in keys}
        found = [self._figures("figures", [one for one in self.report.figures if one.key not in apart | _TOLD_ABOVE])]
        found += [self._figures(name, [one for one in self.report.figures if one.key in keys]) for name, keys in groups.items()]
        return [section for section in found if section is not None]

    def _figures(self, key: str, figures: Sequence[Figure]) -> Section | None:
        known = [figure for figure in figures if figure.value != Comparison(None, None, None)]
        if not known:
            return None
        columns = (
            Column(self.say("metric"), right=False),
            Column(self.say("now")),
            Column(self.tongue.versus_before),
        )
        table = Table(columns, tuple(self._figure(figure) for figure in known), whole=True)
        cohorts = self._cohorts() if key == "people" else ()
        return Section(key, self.say(key), tables=(table, *cohorts))

    def _cohorts(self) -> tuple[Table, ...]:
        """How many of those who bought first in a span of days came back within so many: not known while some still may."""
        spans = [days for days in COHORT_DAYS if any(days in cohort.again for cohort in self.report.cohorts)]
        if not spans:
            return ()
        columns = (
            Column(self.say("cohort"), right=False),
            Column(self.say("members_column")),
            *(Column(self.say("within", days=str(days)), phone=days in PHONE_DAYS) for days in spans),
        )
        lines = []
        for cohort in self.report.cohorts:
            locale, shares = self.tongue.locale, [cohort.again.get(days, Ratio(None, None)) for days in spans]
            first, last = wording.short_day(cohort.first, locale), wording.short_day(cohort.last, locale)
            size = max((share.denominator or 0 for share in shares), default=0)
            cells = [Cell(self.tongue.percent(share.permille())) for share in shares]
            lines.append(Line((Cell(first if first == last else f"{first} – {last}"), Cell(self.tongue.count(size)), *cells)))
        return (Table(columns, tuple(lines), caption=self.say("cohorts")),)

    def _figure(self, figure: Figure) -> Line:
        judged = figure.key in _MORE_IS_BETTER
        change = change_cell(self.tongue.difference(figure), judged=judged)
        return Line((Cell(self.name(figure.key)), Cell(self.tongue.figure(figure), strong=True), change))

    def name(self, key: str) -> str:
        """A metric's name; its key where it has no words yet."""
        return self.names.get(key) or wording.clean(key)

    def channels(self) -> Section | None:
        """Accounts as channels, the best score first."""
        lines = self.report.channels
        if not lines:
            return None
        told = {figure.key for line in lines for figure in line.figures if figure.value.now is not None}
        keys = [key for key in OF_CHANNELS if key in told]
        columns = (
            Column(self.say("channel"), right=False),
            *(Column(self.name(key), phone=key in ("ad_spend", "roi")) for key in keys),
            Column(self.say("score")),
        )
        ordered = sorted(lines, key=lambda line: (line.score is None, -(line.score or 0), line.platform, line.account))
        rows = tuple(self._channel(line, keys, len(lines)) for line in ordered)
        return Section("channels", self.say("channels"), tables=(Table(columns, rows),), notes=tuple(self._notes(lines, keys)))

    def _notes(self, lines: Sequence[ChannelLine], keys: Sequence[str]) -> Iterator[str]:
        if any(line.score is not None for line in lines):
            yield self.say("score_note")
        if unscored := dict.fromkeys(part for line in lines for part in line.unscored):
            yield self.say("unscored", parts=self.say("separator").join(map(self.name, unscored)))
        ranges = [self._range(key) for key in keys if self._usual(key)]
        if ranges:
            yield self.say("range_note", ranges=self.say("separator").join(ranges))

    def _range(self, key: str) -> str:
        low, high = USUAL[key]
        unit = BY_KEY[key].unit
        ends = [self.tongue.figure(Figure(key, unit, Comparison(end, None, None))) for end in (low, high) if end is not None]
        if high is None:
            return f"{self.name(key)} ≥ {ends[0]}"
        return f"{self.name(key)} {self.tongue.brief_percent(low, high) if unit == 'percent' else '–'.join(ends)}"

    def _usual(self, key: str) -> tuple[int, int | None] | None:
        return None if key == "cpc" and self.report.currency != "CNY" else USUAL.get(key)

    def _channel(self, line: ChannelLine, keys: Sequence[str], channels: int) -> Line:
        known = {figure.key: figure for figure in line.figures}
        name = Cell(self.tongue.platform(line.platform, line.platform_name), wording.clean(line.account, LONGEST_NAME), strong=True)
        return Line((name, *(self._metric(key, known.get(key)) for key in keys), self._score(line.score, channels)))

    def _metric(self, key: str, figure: Figure | None) -> Cell:
        if figure is None or figure.value.now is None:
            return Cell(self.tongue.count(None))
        low, high = self._usual(key) or (None, None)
        beyond = (
            " ↓" if low is not None and figure.value.now < low else " ↑" if high is not None and figure.value.now > high else ""
        )
        return Cell(self.tongue.figure(figure) + beyond)

    def _score(self, score: int | None, channels: int) -> Cell:
        """Points of 1,000 with a bar, and in words whether that is more than an even share of them."""
        if score is None:
            return Cell(self.tongue.count(None))
        off = score * channels - 1000  # permille off an even share
        said = self.say("score_above" if off > _EVEN else "score_below" if off < -_EVEN else "score_even")
        full = min(_BAR, (score * _BAR + 500) // 1000)
        return Cell(self.tongue.count(score), f"{'■' * full}{'□' * (_BAR - full)}", strong=True, spoken=said)

    def restated(self) -> Section | None:
        """What was told once and is different now."""
        if not self.report.restated:
            return None
        columns = (
            Column(self.say("period"), right=False),
            Column(self.say("metric"), right=False),
            Column(self.say("told"), phone=False),
            Column(self.say("now")),
            Column(self.say("difference")),
        )
        rows = []
        for one in self.report.restated:
            told, now, off = (
                self.tongue.count(value) if one.what == "orders" else self.tongue.money(value, one.currency)
                for value in (one.told, one.now, abs(one.now - one.told))
            )
            change = wording.change(Comparison.change(one.now, one.told), self.tongue.locale)
            sign = "+" if one.now > one.told else "-"
            difference = Cell(f"{sign}{off}", "" if change.direction == "none" else change.text)
            when = Cell(wording.short_period(one.period, self.tongue.locale))
            rows.append(Line((when, Cell(self.name(one.what)), Cell(told), Cell(now, strong=True), difference)))
        whole = Section("restated", self.say("restated"), lead=(self.say("restated_lead"),), tables=(Table(columns, tuple(rows)),))
        return whole.cut(RESTATED_ROWS)

    def rates(self) -> Section | None:
        """The exchange rates used, with their day and their source; and currencies that have none."""
        if not self.report.rates and not self.report.unrated:
            return None
        columns = (
            Column(self.say("currency"), right=False),
            Column(self.say("rate")),
            Column(self.say("since")),
            Column(self.say("rate_source"), right=False),
        )
        rows = tuple(
            Line(
                (
                    Cell(wording.clean(rate.currency)),
                    Cell(f"1 {rate.currency} = {_decimal(rate.numerator, rate.digits)} {self.report.currency}"),
                    Cell(wording.short_day(rate.day, self.tongue.locale)),
                    Cell(wording.clean(rate.source, LONGEST_NAME)),
                )
            )
            for rate in self.report.rates
        )
        notes: tuple[str, ...] = ()
        if self.report.unrated:
            named = self.say("separator").join(map(wording.clean, self.report.unrated))
            notes = (self.say("unrated", currencies=named, currency=self.report.currency),)
        tables = (Table(columns, rows, whole=True),) if rows else ()
        return Section("rates", self.say("rates"), lead=(self.say("rates_lead"),) if rows else (), tables=tables, notes=notes)


def _decimal(numerator: int, digits: int) -> str:
    text = str(numerator).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text
