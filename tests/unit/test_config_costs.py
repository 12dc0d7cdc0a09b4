"""`[costs]`: what is told, what is usual, and what is unknown."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import Config, parse
from chalicelib.domain.cost_terms import CostTerms, Fixed
from chalicelib.domain.metrics import MOST_HOURS, MOST_PROMISED, Sums
from chalicelib.errors import ConfigError

HEAD = """
merchant = "demo"
[[accounts]]
platform = "taobao"
account = "flag"
[[accounts]]
platform = "taobao"
account = "outlet"
[[accounts]]
platform = "shopify"
account = "acme"
[[accounts]]
platform = "meta"
account = "ads"
"""


def read(*lines: str) -> Config:
    """A configuration with these lines of `[costs]`."""
    return parse("\n".join((HEAD, *lines)))


def test_nothing_told_is_the_usual_or_unknown() -> None:
    costs = parse(HEAD).costs
    assert costs == CostTerms()
    usual = costs.commission(("taobao", "flag"))
    assert usual is not None and (usual.share, usual.usual) == (Fraction(40, 1000), (30, 50))
    assert costs.commission(("shopify", "acme")) is None, "unknown is never nothing"
    assert costs.payment(("taobao", "flag")) is None and costs.order_fee(("taobao", "flag")) is None
    assert (costs.ship_within_hours, costs.least_covered, costs.safety_days) == (48, 800, (3, 7))
    assert (costs.weights.direct, costs.weights.brand, costs.weights.members) == (700, 150, 150)


def test_an_account_s_own_word_wins_over_its_platform_s() -> None:
    costs = read(
        "[[costs.accounts]]",
        'platform = "taobao"',
        "commission_permille = 45",
        "order_fee = 20",
        "ship_within_hours = 24",
        "[[costs.accounts]]",
        'platform = "taobao"',
        'account = "outlet"',
        'commission_permille = "23.5"',
        "payment_permille = 0",
        "free_shipping = [4900, 9900]",
    ).costs
    flag, outlet = ("taobao", "flag"), ("taobao", "outlet")
    told = costs.commission(flag), costs.commission(outlet)
    assert [fee.share for fee in told if fee] == [Fraction(45, 1000), Fraction(235, 10_000)]
    assert [fee.usual for fee in told if fee] == [None, None]
    assert costs.order_fee(outlet) == 20, "what the account does not tell, its platform does"
    assert [costs.payment(flag), costs.payment(outlet)] == [None, Fraction(0)]
    assert (costs.promised_hours(outlet), costs.promised_hours(("shopify", "acme"))) == (24, 48)
    assert (costs.free_shipping(flag), costs.free_shipping(outlet)) == ((), (4900, 9900))


def test_messages_may_cost_parts_of_a_coin_and_ads_serve_shops() -> None:
    costs = read(
        "[costs.messages]",
        'sms = "0.045"',
        "[[costs.accounts]]",
        'platform = "meta"',
        'account = "ads"',
        'serves = ["shopify/acme", "taobao/flag"]',
    ).costs
    assert costs.messages == {"sms": Fraction(9, 2)}
    assert costs.serves(("meta", "ads")) == (("shopify", "acme"), ("taobao", "flag"))


@given(st.integers(0, 10**9), st.dates(date(2019, 1, 1), date(2030, 12, 31)))
def test_the_days_of_a_month_come_to_the_month(monthly: int, day: date) -> None:
    terms = CostTerms(fixed=(Fixed("rent", monthly),))
    _, length = monthrange(day.year, day.month)
    parts = [terms.fixed_on(day.replace(day=number)) for number in range(1, length + 1)]
    assert sum(parts) == monthly
    assert max(parts) - min(parts) <= 1


def test_a_fixed_cost_has_its_days() -> None:
    terms = CostTerms(fixed=(Fixed("rent", 30_00, date(2026, 11, 10), date(2026, 11, 12)),))
    assert [terms.fixed_on(date(2026, 11, day)) for day in (9, 10, 12, 13)] == [0, 100, 100, 0]


def test_what_took_longer_than_may_be_promised_is_never_in_time() -> None:
    longest = read("[costs]", f"ship_within_hours = {MOST_PROMISED}").costs.ship_within_hours
    assert Sums(ship_hours={MOST_PROMISED: 3, MOST_HOURS: 1}).on_time(longest) == 3


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        (("[costs]", "ship_within = 3"), "costs.ship_within"),
        (("[costs]", f"ship_within_hours = {MOST_PROMISED + 1}"), "costs.ship_within_hours"),
        (("[costs]", "safety_days = [7, 3]"), "costs.safety_days"),
        (("[costs]", "safety_days = [7.5, 8]"), "costs.safety_days"),
        (("[costs.weights]", "direct = 900"), "costs.weights.direct"),
        (("[costs.structure]", "hero = [1, 1001]"), "costs.structure.hero"),
        (("[costs.structure]", "star = [1, 2]"), "costs.structure.star"),
        (("[costs.messages]", "sms = 0.045"), "costs.messages.sms"),
        (("[costs.messages]", 'pigeon = "1"'), "costs.messages.pigeon"),
        (("[[costs.fixed]]", "monthly = 1"), "costs.fixed[0].name"),
        (("[[costs.fixed]]", 'name = "rent"', "monthly = 1", "from = 2026-02-01", "until = 2026-01-01"), "costs.fixed[0].until"),
        (("[[costs.fixed]]", 'name = "rent"', "monthly = 1", "from = 2026-02-01T00:00:00"), "costs.fixed[0].from"),
        (("[[costs.accounts]]", 'platform = "jd"'), "costs.accounts[0].platform"),
        (("[[costs.accounts]]", 'platform = "taobao"', 'account = "none"'), "costs.accounts[0].account"),
        (("[[costs.accounts]]", 'platform = "taobao"', 'serves = ["jd/x"]'), "costs.accounts[0].serves"),
        (("[[costs.accounts]]", 'platform = "taobao"', 'serves = ["jd"]'), "costs.accounts[0].serves"),
        (("[[costs.accounts]]", 'platform = "taobao"', "commission_permille = 1001"), "costs.accounts[0].commission_permille"),
        (("[[costs.accounts]]", 'platform = "taobao"', "commission_permille = 4.5"), "costs.accounts[0].commission_permille"),
        (("[[costs.accounts]]", 'platform = "taobao"', "order_fee = -1"), "costs.accounts[0].order_fee"),
        (("[[costs.accounts]]", 'platform = "taobao"', "free_shipping = [9900, 4900]"), "costs.accounts[0].free_shipping"),
        (("[[costs.accounts]]", 'platform = "taobao"', "[[costs.accounts]]", 'platform = "taobao"'), "costs.accounts"),
    ],
)
def test_what_is_wrong_is_named(lines: tuple[str, ...], path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(*lines)
    assert refused.value.path == path
