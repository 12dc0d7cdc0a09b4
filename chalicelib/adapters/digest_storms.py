"""Storms of bad reviews, as sentences: where, how grave, and when they were found."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.digest_alerts import title
from chalicelib.adapters.digest_model import Point, Section
from chalicelib.adapters.digest_words import Tongue
from chalicelib.domain import wording
from chalicelib.domain.storm import LOUD_GRADE, StormLine


def section(found: Sequence[StormLine], tongue: Tongue) -> Section | None:
    """As they come, the gravest first; nothing where there is none."""
    if not found:
        return None
    points = tuple(_point(one, tongue) for one in found)
    return Section("storms", tongue.say("storms"), points=points, notes=(tongue.say("storm_note"),))


def _point(one: StormLine, tongue: Tongue) -> Point:
    say = tongue.say
    where = tongue.place(one.platform, one.account) if one.platform else say("whole_merchant")
    if one.product:
        where = say("aside", what=title(one.product, tongue), state=where)
    began, last = (wording.moment(at, tongue.zone, tongue.locale) for at in (one.began, one.last))
    what = say("storm_what", where=where, grade=str(one.grade))
    return Point(what, say("storm_span", began=began, last=last), "warn" if one.grade >= LOUD_GRADE else "")
