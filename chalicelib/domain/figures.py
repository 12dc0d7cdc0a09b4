"""The metrics, each defined once: what is added, what it is divided by, in which unit. docs/metrics.md is checked against this.

A metric is made of *parts*: whole numbers that can be added over accounts and days. What nobody tells is no part at all, and makes
every metric that needs it unknown. Money is in minor units of one currency, for a merchant's total its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from chalicelib.domain.ratio import Ratio

Unit = Literal["money", "count", "percent", "times", "points", "stars"]
# What a value is a whole number of: minor units, pieces, tenths of a percent, hundredths, tenths of a point, hundredths of a star.
SCALES: Mapping[Unit, int] = MappingProxyType({"money": 1, "count": 1, "percent": 1000, "times": 100, "points": 1000, "stars": 100})
Parts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Metric:
    """`top` over `bottom`, each a sum of parts; a part written `-name` is taken off. Without `bottom` it is `top` alone.

    `per`: so many times the quotient (1,000 for cost per thousand).
    """

    key: str
    unit: Unit
    top: tuple[str, ...]
    bottom: tuple[str, ...] = ()
    per: int = 1

    def ratio(self, parts: Parts) -> Ratio:
        """Exact, before it is rounded."""
        above = _sum(self.top, parts)
        return Ratio(None if above is None else above * self.per, _sum(self.bottom, parts) if self.bottom else 1)

    def value(self, parts: Parts) -> int | None:
        """In the unit's smallest part, rounded half away from zero; None where a part is unknown or nothing is divided by."""
        return self.ratio(parts).scaled(SCALES[self.unit])

    @property
    def formula(self) -> str:
        """As a person writes it."""
        above, below = _written(self.top), _written(self.bottom)
        if not self.bottom:
            return above
        scale = f"{self.per} × " if self.per != 1 else ""
        return f"{scale}{f'({above})' if len(self.top) > 1 else above} ÷ {f'({below})' if len(self.bottom) > 1 else below}"

    @property
    def names(self) -> tuple[str, ...]:
        """The parts it is made of."""
        return tuple(name.removeprefix("-") for name in (*self.top, *self.bottom))


def _sum(names: Iterable[str], parts: Parts) -> int | None:
    whole = 0
    for name in names:
        part = parts.get(name.removeprefix("-"))
        if part is None:
            return None
        whole += -part if name.startswith("-") else part
    return whole


def _written(names: tuple[str, ...]) -> str:
    return "".join(f" − {name[1:]}" if name.startswith("-") else f" + {name}" for name in names).removeprefix(" + ")


# Where each part comes from; its definition in words is in docs/metrics.md.
PARTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("gmv", "orders", "units"), "orders that count, by their day"),
        "tax_platform": "tax that platforms remit, less that of refunds, each by its day",
        "tax_own": "the same of these orders, as refunded so far",
        **dict.fromkeys(("placed_orders", "placed_gmv"), "all purchases, by the day they were placed"),
        "refunds": "refunds, by the day they were closed",
        **dict.fromkeys(("refunded_own", "refunded_orders"), "refunds so far of these orders, whenever they were"),
        **dict.fromkeys(("discount_seller", "discount_platform", "shipping"), "amounts of these orders"),
        **dict.fromkeys(("left_in_time", "due_to_leave"), "parcels of these orders, and [costs] ship_within_hours"),
        **dict.fromkeys(("uv", "pv"), "huitou traffic import"),
        **dict.fromkeys(("visited_orders",), "orders of the days whose visitors are told"),
        **dict.fromkeys(("spend", "impressions", "clicks"), "connectors that pull spend; huitou spend import"),
        **dict.fromkeys(
            ("ctr_clicks", "ctr_views", "cpc_spend", "cpc_clicks", "cpm_spend", "cpm_views"), "rows of spend that tell both"
        ),
        **dict.fromkeys(("roas_revenue", "roas_spend"), "rows of spend that tell both, as the platform attributes"),
        **dict.fromkeys(("goods", "commission", "freight", "payment", "messages"), "docs/costs.md"),
        "margin": "docs/costs.md: net sales less all costs that are known",
        **dict.fromkeys(("buyers", "new_members", "returning_members", "reactivated_members"), "member cells"),
        **{f"again_{days}": "member cells" for days in (1, 3, 7, 30, 60, 90)},
        **{f"cohort_{days}": "member cells" for days in (1, 3, 7, 30, 60, 90)},
        "new_buyers": "buyers of an account whose first order ever has that day",
        **dict.fromkeys(("stars", "starred"), "reviews, by the day they were written"),
        **dict.fromkeys(("promoters", "detractors", "answered"), "surveys, by the day they were answered"),
        **dict.fromkeys(("in_time", "deadlines"), "cases, by the day their clock began"),
        "winback_gain": "what campaigns brought beyond their holdout, less messages and offers",
    }
)

METRICS: tuple[Metric, ...] = (
    Metric("placed_gmv", "money", ("placed_gmv",)),
    Metric("placed_orders", "count", ("placed_orders",)),
    Metric("gmv", "money", ("gmv",)),
    Metric("net_sales", "money", ("gmv", "-tax_platform", "-refunds")),
    Metric("net_restated", "money", ("gmv", "-tax_own", "-refunded_own")),
    Metric("orders", "count", ("orders",)),
    Metric("units", "count", ("units",)),
    Metric("aov", "money", ("gmv",), ("orders",)),
    Metric("refunds", "money", ("refunds",)),
    Metric("refund_rate", "percent", ("refunded_orders",), ("orders",)),
    Metric("refund_share", "percent", ("refunded_own",), ("gmv",)),
    Metric("coupons", "money", ("discount_seller",)),
    Metric("subsidy", "money", ("discount_platform",)),
    Metric("uv", "count", ("uv",)),
    Metric("pv", "count", ("pv",)),
    Metric("cvr", "percent", ("visited_orders",), ("uv",)),
    Metric("impressions", "count", ("impressions",)),
    Metric("clicks", "count", ("clicks",)),
    Metric("ctr", "percent", ("ctr_clicks",), ("ctr_views",)),
    Metric("cpc", "money", ("cpc_spend",), ("cpc_clicks",)),
    Metric("cpm", "money", ("cpm_spend",), ("cpm_views",), per=1000),
    Metric("ad_spend", "money", ("spend",)),
    Metric("roas", "times", ("roas_revenue",), ("roas_spend",)),
    Metric("roi", "times", ("margin",), ("spend",)),
    Metric("cac", "money", ("spend",), ("new_members",)),
    Metric("contribution_margin", "money", ("margin",)),
    Metric("margin_rate", "percent", ("margin",), ("gmv", "-tax_platform", "-refunds")),
    Metric("message_cost", "money", ("messages",)),
    Metric("buyers", "count", ("buyers",)),
    Metric("new_members", "count", ("new_members",)),
    Metric("returning_members", "count", ("returning_members",)),
    Metric("reactivated_members", "count", ("reactivated_members",)),
    *(Metric(f"retention_{days}", "percent", (f"again_{days}",), (f"cohort_{days}",)) for days in (1, 3, 7, 30)),
    *(Metric(f"repurchase_{days}", "percent", (f"again_{days}",), (f"cohort_{days}",)) for days in (30, 60, 90)),
    Metric("on_time", "percent", ("left_in_time",), ("due_to_leave",)),
    Metric("review_score", "stars", ("stars",), ("starred",)),
    Metric("nps", "points", ("promoters", "-detractors"), ("answered",)),
    Metric("sla_kept", "percent", ("in_time",), ("deadlines",)),
    Metric("winback_profit", "money", ("winback_gain",)),
)
BY_KEY: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in METRICS})
OF_CHANNEL = ("net_sales", "orders", "aov", "uv", "cvr", "ad_spend", "ctr", "cpc", "cpm", "roas", "roi", "cac", "refund_rate")
OF_PEOPLE = (
    *("buyers", "new_members", "returning_members", "reactivated_members"),
    *(f"retention_{days}" for days in (1, 3, 7, 30)),
    *(f"repurchase_{days}" for days in (30, 60, 90)),
)
OF_SERVICE = ("refund_rate", "refund_share", "on_time", "review_score", "nps", "sla_kept")


def add_parts(all_parts: Iterable[Parts]) -> dict[str, int]:
    """Parts of several accounts added up. One that an account lacks is that of the others: who tells no visitors adds none."""
    whole: dict[str, int] = {}
    for parts in all_parts:
        for name, value in parts.items():
            whole[name] = whole.get(name, 0) + value
    return whole


def score_of(mine: Parts, whole: Parts, weights: Mapping[str, int]) -> tuple[int | None, tuple[str, ...]]:
    """A channel's composite score of 1,000, and the parts of it that nobody's data tells, whose weight the others bear.

    Each part is the channel's share of the whole: direct, of net sales; brand, of what was seen (page views and impressions);
    members, of new members. The scores of all channels come to 1,000, but for rounding.
    """
    shares: dict[str, Ratio] = {
        "direct": Ratio(_net(mine), _net(whole)),
        "brand": Ratio(_seen(mine) or 0, _seen(whole)),
        "members": Ratio(mine.get("new_buyers", 0), whole.get("new_buyers")),
    }
    known = {name: share for name, share in shares.items() if share.known and (share.denominator or 0) > 0 and weights[name]}
    bearing = sum(weights[name] for name in known)
    if not bearing:
        return None, tuple(shares)
    common = 1
    for share in known.values():
        common *= share.denominator or 1
    top = sum(weights[name] * (share.numerator or 0) * (common // (share.denominator or 1)) for name, share in known.items())
    return Ratio(top, bearing * common).scaled(1000), tuple(name for name in shares if name not in known and weights[name])


def _net(parts: Parts) -> int | None:
    return BY_KEY["net_sales"].value(parts)


def _seen(parts: Parts) -> int | None:
    told = [parts[name] for name in ("pv", "impressions") if name in parts]
    return sum(told) if told else None
