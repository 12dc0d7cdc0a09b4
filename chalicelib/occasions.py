"""Who has come due for a campaign, by the kind of its occasion. Used by trigger. Reads what has come due, and nobody else.

A member's own rhythm needs a look ahead: whoever has been silent for the shortest time that means anything is noted under the day
on which their stage changes next, and looked at again then. A new campaign looks once at everybody whose last purchase may matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.birthdays import BIRTHDAY
from chalicelib.config import Config
from chalicelib.domain.campaign import BY_LAST_ORDER, Campaign
from chalicelib.domain.lifecycle import Rhythm, State, stage
from chalicelib.domain.purchases import purchases_of
from chalicelib.offers import Offers
from chalicelib.people import People
from chalicelib.ports import Calendar, MemberStore, Vault
from chalicelib.standings import Standings

WAKE = "wake"
SILENCE: frozenset[State] = frozenset({"silent"})
_TURNS = 8  # more changes of stage than there are stages


@dataclass(frozen=True, slots=True)
class Due:
    """A buyer who has come due, and for which day. `reminds`: the message whose code is about to expire."""

    buyer: str
    day: date
    reminds: str | None = None


class Occasions:
    """Days of the due index, birthdays, codes that expire, and members' own rhythms."""

    def __init__(self, *, members: MemberStore, calendar: Calendar, standings: Standings, offers: Offers, vault: Vault) -> None:
        self._members = members
        self._who = People(members)
        self._calendar = calendar
        self._standings = standings
        self._offers = offers
        self._vault = vault

    def last_day(self, campaign: Campaign, today: date) -> date:
        """The newest day to be swept today, on the occasion's own calendar."""
        if campaign.occasion in BY_LAST_ORDER:
            return today - timedelta(days=campaign.silent_days)
        return today + timedelta(days=campaign.silent_days) if campaign.occasion == "offer_expiring" else today

    def on(self, config: Config, campaign: Campaign, day: date) -> Iterator[Due]:
        """Who is due for a day of that calendar. Of the occasion rhythm: whose stage was noted to change on it."""
        merchant = config.merchant
        if campaign.occasion in BY_LAST_ORDER:
            yield from (Due(buyer, day) for buyer in self._members.due(merchant, day))
        elif campaign.occasion == "birthday":
            for name in _birthdays(day):
                hashed = self._vault.lookup(merchant, BIRTHDAY, name)
                yield from (Due(buyer, day) for buyer in self._calendar.on(merchant, BIRTHDAY, hashed))
        elif campaign.occasion == "offer_expiring" and campaign.remind_pool:
            for owner, _, message_id in self._offers.expiring(merchant, campaign.remind_pool, day):
                yield Due(owner, day, message_id)
        elif campaign.occasion == "rhythm":
            yield from self._turned(config, campaign, self._calendar.on(merchant, WAKE, day.isoformat()), day)

    def everybody(self, config: Config, campaign: Campaign, today: date) -> Iterator[Due]:
        """Of the occasion rhythm: all whose stage turned within the window, noted or not. Reads the rows of all members."""
        for _, members in self._standings.purchases(config.merchant):
            for member, purchases in members:
                yield from self._if_turned(config, campaign, member, purchases.days, today)

    def note_everybody(self, config: Config, today: date, after: int) -> Iterator[int]:
        """Note all whose stage may still change; yields each bucket of members that is done, of those after this one."""
        for bucket, members in self._standings.purchases(config.merchant, after):
            for member, purchases in members:
                self._note_days(config, member, purchases.days, today)
            yield bucket

    def look_ahead(self, config: Config, day: date, today: date) -> int:
        """Note whoever may change their stage on the day after this one for the first time; returns how many.

        They are noted under the day on which it changes next, which is after `today`.
        """
        noted = 0
        for buyer in self._members.due(config.merchant, day - timedelta(days=config.members.rhythm.least_days - 1)):
            noted += self._note(config, buyer, today)
        return noted

    def woken(self, config: Config, day: date, today: date) -> int:
        """The day's notes are done with: each is noted anew for the next change after today, then struck out."""
        waiting = list(self._calendar.on(config.merchant, WAKE, day.isoformat()))
        for buyer in waiting:
            self._note(config, buyer, today)
            self._calendar.forget(config.merchant, WAKE, day.isoformat(), buyer)
        return len(waiting)

    def _note(self, config: Config, buyer: str, today: date) -> int:
        return self._note_days(config, *self._person(config, buyer), today)

    def _note_days(self, config: Config, name: str, days: tuple[date, ...], today: date) -> int:
        wake_on = stage(days, max(today, days[-1]), config.members.rhythm).wake_on if days else None
        if wake_on is not None:
            self._calendar.note(config.merchant, WAKE, wake_on.isoformat(), name)
        return int(wake_on is not None)

    def _turned(self, config: Config, campaign: Campaign, buyers: Iterable[str], today: date) -> Iterator[Due]:
        """Those of these whose stage became one of the wanted within the window up to today."""
        for buyer in buyers:
            yield from self._if_turned(config, campaign, *self._person(config, buyer), today)

    def _if_turned(self, config: Config, campaign: Campaign, name: str, days: tuple[date, ...], today: date) -> Iterator[Due]:
        turned = turned_on(days, campaign.audience.states or SILENCE, config.members.rhythm) if days else None
        if turned is not None and today - timedelta(days=campaign.window_days) <= turned <= today:
            yield Due(name, days[-1])

    def _person(self, config: Config, buyer: str) -> tuple[str, tuple[date, ...]]:
        """The name of the person that a buyer is by now, and their days of purchase."""
        person = self._who.member(config.merchant, buyer)
        purchases = purchases_of(person.rows)
        return person.name, purchases.days if purchases else ()


def turned_on(days: tuple[date, ...], states: frozenset[State], rhythm: Rhythm) -> date | None:
    """The first day after the last purchase on which the member is in one of the states, if nothing more is bought."""
    on = days[-1]
    for _ in range(_TURNS):
        found = stage(days, on, rhythm)
        if found.state in states:
            return on
        if found.wake_on is None:
            return None
        on = found.wake_on
    raise AssertionError("a stage that changes without end")


def _birthdays(day: date) -> tuple[str, ...]:
    """The birthdays that are kept on a day: those of 29 February on the 28th where there is no 29th."""
    leap = day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3
    return (f"{day:%m-%d}", "02-29") if leap else (f"{day:%m-%d}",)
