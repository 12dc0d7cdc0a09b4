"""How a digest says things that all its sections say: places, changes, figures by their unit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from chalicelib.adapters.catalogue import words
from chalicelib.domain import wording
from chalicelib.domain.report import Comparison, Figure, Freshness, Report
from chalicelib.domain.wording import Change

LONGEST_NAME, LONGEST_TITLE = 48, 72  # columns of a monospace font


class Tongue:
    """A report's locale with its words, its zone and the names of its platforms. An unknown zone: KeyError."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.locale = wording.locale_of(report.locale)
        self.say = words("digest", self.locale)
        self.zone = ZoneInfo(report.zone)
        self.names = {line.platform: line.platform_name for line in report.channels}
        self.names |= {source.platform: source.platform_name for source in report.freshness if source.platform_name}
        self.names |= {line.platform: line.platform_name for line in report.accounts}
        self.versus_before = self._versus("before")
        self.versus_base = self._versus("base")

    def _versus(self, which: str) -> str:
        period = self.report.period
        other = period.before if which == "before" else period.base
        kind = period.kind
        values = {"weekday": wording.weekday(other.last, self.locale), "period": wording.short_period(other, self.locale)}
        return self.say(f"versus_{which}_{kind}", **values)

    def money(self, minor: int | None, currency: str = "") -> str:
        """An amount, of the merchant's currency where none is named."""
        return wording.money(minor, currency or self.report.currency, self.locale)

    def count(self, number: int | None) -> str:
        """A number of things."""
        return wording.count(number, self.locale)

    def percent(self, tenths: int | None) -> str:
        """A share in tenths of a percent."""
        return wording.percent(tenths, self.locale)

    def brief_percent(self, *tenths: int) -> str:
        """A share, or a span of shares, without a zero after the point: `15–20%`."""
        told = [wording.percent(one, self.locale).removesuffix("%").removesuffix(".0") for one in tenths]
        return "–".join(told) + "%"

    def figure(self, figure: Figure) -> str:
        """A metric's value of this period as its unit is written."""
        value = figure.value.now
        if figure.unit == "money":
            return self.money(value)
        if figure.unit == "percent":
            return self.percent(value)
        if figure.unit == "points":
            return self.percent(value).removesuffix("%")
        if figure.unit in ("times", "stars"):
            return wording.hundredths(value, self.locale) + ("×" if figure.unit == "times" and value is not None else "")
        return self.count(value)

    def difference(self, figure: Figure) -> Change:
        """What became of a metric since the period before: of itself, or of a share, a score and a mean in points.

        A rate that goes from 2 % to 3 % has grown by one point, not by half.
        """
        now, before = figure.value.now, figure.value.before
        if figure.unit in ("percent", "points", "stars"):
            return wording.points(now, before, self.locale, figure.unit)
        return wording.change(Comparison.change(now, before), self.locale)

    def changes(self, cell: Comparison) -> tuple[Change, Change]:
        """Against the period before, and against that which season compares with."""
        return (
            wording.change(Comparison.change(cell.now, cell.before), self.locale),
            wording.change(Comparison.change(cell.now, cell.base), self.locale),
        )

    def platform(self, platform: str, name: str = "") -> str:
        """A platform's name; its key where nobody knows a name."""
        return wording.clean(name or self.names.get(platform, "") or platform, LONGEST_NAME)

    def place(self, platform: str, account: str, name: str = "") -> str:
        """An account: `Shopify · acme`."""
        return f"{self.platform(platform, name)} · {wording.clean(account, LONGEST_NAME)}"

    def source(self, source: Freshness) -> str:
        """A source's account."""
        return self.place(source.platform, source.account)

    def state(self, source: Freshness) -> str:
        """How fresh a source is."""
        return words("state", self.locale)(source.state)
