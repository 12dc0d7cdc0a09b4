"""What campaigns brought beyond their holdout, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.digest_model import Cell, Column, Line, Section, Table
from chalicelib.adapters.digest_words import LONGEST_NAME, Tongue
from chalicelib.domain import wording
from chalicelib.domain.funnel import CampaignGain


def section(told: Sequence[CampaignGain], tongue: Tongue) -> Section | None:
    """Of the campaigns whose people had their time to buy; nothing where there is none."""
    if not told:
        return None
    say = tongue.say
    columns = (
        Column(say("campaign"), right=False),
        Column(say("drawn"), phone=False),
        Column(say("gain")),
        Column(say("gain_range")),
    )
    table = Table(columns, tuple(_line(one, tongue) for one in told))
    return Section("messages", say("gains"), tables=(table,), notes=(say("gain_note"),))


def _line(one: CampaignGain, tongue: Tongue) -> Line:
    first, last = (wording.short_day(day, tongue.locale) for day in (one.first, one.last))
    span = tongue.say("drawn_span", first=first, last=last)
    sure = tongue.money(None) if one.low is None else f"{tongue.money(one.low)} – {tongue.money(one.high)}"
    name = Cell(wording.clean(one.campaign, LONGEST_NAME), span)
    return Line((name, Cell(tongue.count(one.drawn)), Cell(tongue.money(one.gain), strong=True), Cell(sure)))
