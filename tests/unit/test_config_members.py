"""`[members]` and `[[rates]]`: read, and refused with the path of what is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.config import parse
from chalicelib.domain.lifecycle import Rhythm, Tier
from chalicelib.domain.portrait import Points, Terms
from chalicelib.domain.rates import Rate, Rates
from chalicelib.errors import ConfigError

HEAD = 'merchant = "demo"\ncurrency = "CNY"\n'
TIERS = """
[[members.tiers]]
name = "silver"
money = 100000
[[members.tiers]]
name = "gold"
money = 500000
frequency = 3
[[members.tiers]]
name = "black"
money = 500000
frequency = 12
"""
RATE = '[[rates]]\ncurrency = "USD"\nper = "7.1234"\nday = 2026-11-01\nsource = "PBOC"\n'


def test_all_of_it() -> None:
    text = HEAD + '[members]\nperiod_days = 180\npoints_per_unit = "1.5"\n[members.rhythm]\ngap_days = 45\n' + TIERS + RATE
    assert parse(text).members == Terms(
        rates=Rates("CNY", (Rate("USD", 71234, 4, date(2026, 11, 1), "PBOC"),)),
        rhythm=Rhythm(gap_days=45),
        tiers=(Tier("silver", 100_000), Tier("gold", 500_000, 3), Tier("black", 500_000, 12)),
        period_days=180,
        points=Points(15, 1),
    )


def test_none_of_it() -> None:
    assert parse(HEAD).members == Terms(Rates("CNY"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[members]\nperiod_days = 0", "members.period_days"),
        ("[members]\npoints_per_unit = 1.5", "members.points_per_unit"),
        ('[members]\npoints_per_unit = "0"', "members.points_per_unit"),
        ('[members]\npoints_per_unit = "-1"', "members.points_per_unit"),
        ("[members]\nlevels = 3", "members.levels"),
        ("[members.rhythm]\ngap_days = 0", "members.rhythm.gap_days"),
        ("[members.rhythm]\nsilent_permille = 1500", "members.rhythm.silent_permille"),
        ("[members.rhythm]\nlost_permille = 2500", "members.rhythm.lost_permille"),
        ("[members.rhythm]\nleast_days = 800", "members.rhythm.most_days"),
        ("[members.rhythm]\nmood = 1", "members.rhythm.mood"),
        ('[[members.tiers]]\nname = "silver"\nmoney = 1', "members.tiers"),
        (TIERS.replace('"gold"', '"silver"'), "members.tiers[1].name"),
        (TIERS.replace("frequency = 12", "frequency = 3"), "members.tiers[2].money"),
        (TIERS.replace("frequency = 12", "frequency = 2"), "members.tiers[2].money"),
        (TIERS.replace("money = 100000", "money = 600000"), "members.tiers[1].money"),
        (TIERS.replace("money = 100000", "money = -1"), "members.tiers[0].money"),
        (TIERS.replace("money = 100000", 'cash = "1"\nmoney = 1'), "members.tiers[0].cash"),
        (RATE.replace('"USD"', '"usd"'), "rates[0].currency"),
        (RATE.replace('"USD"', '"CNY"'), "rates[0].currency"),
        (RATE.replace('"7.1234"', "7.1234"), "rates[0].per"),
        (RATE.replace('"7.1234"', '"0.000"'), "rates[0].per"),
        (RATE.replace('"7.1234"', '"1e3"'), "rates[0].per"),
        (RATE.replace("2026-11-01", '"2026-11-01"'), "rates[0].day"),
        (RATE.replace("2026-11-01", "2026-11-01T00:00:00Z"), "rates[0].day"),
        (RATE.replace("day = 2026-11-01\n", ""), "rates[0].day"),
        (RATE.replace('source = "PBOC"\n', ""), "rates[0].source"),
        (RATE + RATE, "rates[1].day"),
        (RATE + "rate = 1", "rates[0].rate"),
    ],
)
def test_what_is_wrong_is_named(text: str, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(HEAD + text)
    assert caught.value.reason == "config-invalid"
    assert path in str(caught.value)
