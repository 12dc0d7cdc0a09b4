"""Who is just under a threshold of free shipping, by member tier. Pure.

Made from what members bought by day (purchases.py): a day of purchase stands for an order, and its net after refunds, shipping
included, for the value of its goods. What was charged for shipping is not known by member, so that this says who would be reached,
never what it would cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from chalicelib.domain.facts import low_edge
from chalicelib.domain.lifecycle import tier_of
from chalicelib.domain.portrait import Terms, worth
from chalicelib.domain.purchases import Purchases
from chalicelib.domain.shipping_offer import Bin

NONE = "none"  # of no tier
TierBins = dict[str, dict[str, dict[int, Bin]]]  # currency -> tier -> edge


def tier_baskets(members: Iterable[Purchases], span: tuple[date, date], today: date, terms: Terms) -> TierBins:
    """Days of purchase within a span (both ends in it), by the tier that the member has today."""
    found: TierBins = {}
    for purchases in members:
        tier = _tier(purchases, today, terms)
        for currency, dated in purchases.net:
            for day, net in dated:
                if span[0] <= day <= span[1] and net > 0:
                    money = terms.rates.convert(net, currency, day) or 0
                    edge = low_edge(net)
                    mine = found.setdefault(currency, {}).setdefault(tier, {})
                    mine[edge] = mine.get(edge, Bin(edge)).plus(Bin(edge, 1, net, money))
    return found


def _tier(purchases: Purchases, today: date, terms: Terms) -> str:
    began = today - timedelta(days=terms.period_days)
    lately, _ = worth(purchases, terms.rates, began)
    tier = tier_of(lately, sum(day > began for day in purchases.days), terms.tiers)
    return tier.name if tier else NONE
