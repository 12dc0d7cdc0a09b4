"""Trigger: who is to hear from us. The sweep finds members who have come due for a campaign; an order ends what still waits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chalicelib.asking import OPEN, bought_by, is_approved, step_of
from chalicelib.config import Config
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.facts import Fact, Image, member_order
from chalicelib.domain.order import local_day
from chalicelib.drawing import Candidate, Drawing
from chalicelib.errors import ConfigError, Retriable
from chalicelib.occasions import Due, Occasions
from chalicelib.offers import Offers
from chalicelib.people import People
from chalicelib.ports import Clock, Counters, Marks, MemberStore, Message, Outbox
from chalicelib.reckoning import outcome_fact

FOREVER = timedelta(days=3650)
EVERYTHING = 1_000_000
TRIES = 5
RHYTHMS = "rhythms"  # the mark of whose look ahead is done


class Trigger:
    """The step: the campaign sweep on a schedule, and the stream of orders."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        members: MemberStore,
        outbox: Outbox,
        occasions: Occasions,
        drawing: Drawing,
        offers: Offers,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._who = People(members)
        self._outbox = outbox
        self._occasions = occasions
        self._drawing = drawing
        self._offers = offers
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def sweep(self, only: str | None = None) -> int:
        """Queue messages for every member that became due since the last sweep; returns how many were drawn.

        Only campaigns that are enabled, within their schedule, and approved as they are: whoever edits one looks at it again.
        Reads the days that have come due and nothing else. The day mark moves only when a day is done, so that a crash repeats a
        day, and the outbox's keys make the repetition harmless.
        """
        config = self._config()
        today = local_day(self._clock.now(), config.zone)
        drawn, rhythms = 0, []
        for campaign in config.campaigns:
            if not campaign.enabled or not campaign.schedule.is_open(today) or only not in (None, campaign.key):
                continue
            if not self.is_approved(campaign):
                self._counters.count("campaign_unapproved", campaign=campaign.key)
                continue
            if campaign.occasion == "rhythm":
                rhythms.append(campaign)
            drawn += self._campaign(config, campaign, today)
        if rhythms and only is None:
            self._look_ahead(config, rhythms, today)
        return drawn

    def approve(self, campaign_key: str, who: str = "") -> Campaign:
        """Let a campaign run as it is configured now."""
        config, campaign = self._known(campaign_key)
        self._word(config, campaign, campaign.version, who)
        return campaign

    def withdraw(self, campaign_key: str, who: str = "") -> Campaign:
        """Take the yes back: nobody is drawn any more, and what waits does not go. Another yes lets it run again."""
        config, campaign = self._known(campaign_key)
        self._word(config, campaign, "", who)
        return campaign

    def _word(self, config: Config, campaign: Campaign, version: str, who: str) -> None:
        name = f"approved#{campaign.key}"
        value = json.dumps({"version": version, "at": self._clock.now().isoformat(), "who": who})
        for _ in range(TRIES):
            stored = self._marks.get(config.merchant, name)
            if self._marks.put(config.merchant, name, value, expected_version=stored[1] if stored else 0):
                return
        raise Retriable("campaign-contended", f"{TRIES} writers were faster")

    def is_approved(self, campaign: Campaign) -> bool:
        """Whether somebody saw the campaign's size, as it is now, and said yes."""
        return is_approved(self._marks, self._config().merchant, campaign)

    def preview(self, campaign_key: str, limit: int | None = None) -> list[Candidate]:
        """Whom the next sweep would draw if it came now, who was drawn before, and who is not meant; writes nothing.

        With `limit` only the first so many that it would look at.
        """
        config, campaign = self._known(campaign_key)
        today = local_day(self._clock.now(), config.zone)
        found: dict[tuple[str, date], Candidate] = {}
        for due in (due for _, dues in self._looks_at(config, campaign, today) for due in dues):
            candidate = self._drawing.candidate(config, campaign, due)
            if candidate:
                found[candidate.member, candidate.last_day] = candidate
            if limit is not None and len(found) >= limit:
                break
        return list(found.values())

    def would_send(self, campaign_key: str, candidate: Candidate) -> Message:
        """The first message that a candidate would get, as the gate is asked about it; it is put nowhere."""
        config, campaign = self._known(campaign_key)
        return self._drawing.messages(config, campaign, candidate)[0]

    def stop(self, campaign_key: str) -> int:
        """Cancel everything of a campaign that still waits; returns how many messages that were."""
        merchant = self._config().merchant
        waiting = self._outbox.due(merchant, self._clock.now() + FOREVER, EVERYTHING)
        return sum(self._cancel(message, "stopped") for message in waiting if message.campaign == campaign_key)

    def on_order(self, image: Image) -> int:
        """An order that counts cancels what was still to be sent to its member; returns how many messages that were."""
        config = self._config()
        row = member_order(image, config.zone)
        if row is None or not row.counts:
            return 0
        cancelled = 0
        buyers = self._who.member(config.merchant, row.member).buyers
        for message in (each for buyer in buyers for each in self._outbox.of(config.merchant, buyer)):
            if message.kind == "winback" and message.state in OPEN and row.day > bought_by(message):
                cancelled += self._cancel(message, "ordered")
        return cancelled

    def _cancel(self, message: Message, reason: str) -> int:
        """Also where a worker puts it off in between; what goes, or has ended, is left alone. Its code is free again."""
        for _ in range(TRIES):
            done = replace(message, state="cancelled", reason=reason, due_at=None, version=message.version + 1)
            if self._outbox.save(done, self._outcome(done)):
                self._give_back(done)
                return 1
            now = self._outbox.read(message.merchant, message.owner, message.message_id)
            if now is None or now.state not in OPEN:
                return 0
            message = now
        raise Retriable("message-contended", f"{TRIES} writers were faster")

    def _give_back(self, message: Message) -> None:
        """A first step that waited may have its code already. One that it named to somebody stays theirs."""
        offer = next((each.offer for each in self._config().campaigns if each.key == message.campaign), None)
        if offer and offer.pool and step_of(message) == 0:
            self._offers.give_back(message.merchant, offer.pool, message.message_id)

    def _known(self, campaign_key: str) -> tuple[Config, Campaign]:
        config = self._config()
        campaign = next((entry for entry in config.campaigns if entry.key == campaign_key), None)
        if campaign is None:
            raise ConfigError("campaign-unknown", "no campaign of that key")
        return config, campaign

    def _looks_at(self, config: Config, campaign: Campaign, today: date) -> Iterator[tuple[date, Iterable[Due]]]:
        """What the next sweep looks at, day by day: all of the window for a campaign that is new or edited, else what came due
        since the last sweep, whose last day may have been cut short.
        """
        last = self._occasions.last_day(campaign, today)
        first = last - timedelta(days=campaign.window_days)
        if campaign.occasion == "offer_expiring":
            first = max(first, today)  # a code of yesterday is about to do nothing any more
        told = self._told(config, _swept(campaign))
        day = max(first, date.fromisoformat(told["day"])) if told.get("version") == campaign.version else first
        if campaign.occasion == "rhythm" and not (day >= last - timedelta(days=1) and self._is_noted(config, campaign, today)):
            yield last, self._occasions.everybody(config, campaign, today)
            return
        while day <= last:
            yield day, self._occasions.on(config, campaign, day)
            day += timedelta(days=1)

    def _is_noted(self, config: Config, campaign: Campaign, today: date) -> bool:
        """Whether all whose stage changes today are noted: the look ahead was done yesterday, by this rhythm, for this campaign."""
        told = self._told(config, RHYTHMS)
        if told.get("rhythm") != _fingerprint(config) or "noted" in told or campaign.key not in told.get("for", ()):
            return False
        return date.fromisoformat(told["day"]) >= today - timedelta(days=1)

    def _campaign(self, config: Config, campaign: Campaign, today: date) -> int:
        drawn = 0
        for day, dues in self._looks_at(config, campaign, today):
            drawn += sum(self._draw(config, campaign, due) for due in dues)
            self._tell(config, _swept(campaign), {"day": day.isoformat(), "version": campaign.version})
        self._counters.count("winback_drawn", drawn, campaign=campaign.key)
        if drawn:
            self._marks.put(config.merchant, f"started#{campaign.key}", today.isoformat(), expected_version=0)  # the first stays
        return drawn

    def _draw(self, config: Config, campaign: Campaign, due: Due) -> int:
        candidate = self._drawing.candidate(config, campaign, due)
        if candidate is None or candidate.drawn:
            return 0
        if candidate.objection:
            self._counters.count("winback_not_meant", campaign=campaign.key, reason=candidate.objection)
            return 0
        return int(self._drawing.queue(config, campaign, candidate))

    def _look_ahead(self, config: Config, campaigns: list[Campaign], today: date) -> None:
        """After all campaigns of the occasion rhythm have looked at a day's notes: note them anew, and those newly silent.

        The first time, and when rhythms are reckoned otherwise, everybody whose stage may still change is noted; from then on a day
        is enough. A note is struck out here. A campaign that did not look before, being paused, then looks at everybody.
        """
        told = self._told(config, RHYTHMS)
        mark = {"rhythm": _fingerprint(config), "for": [campaign.key for campaign in campaigns]}
        if told.get("rhythm") != mark["rhythm"]:
            told = mark | {"day": today.isoformat(), "noted": -1}
            self._tell(config, RHYTHMS, told)
        elif told.get("for") != mark["for"]:
            told |= mark
            self._tell(config, RHYTHMS, told)  # before anything is struck out
        day = date.fromisoformat(told["day"])
        if "noted" in told:  # goes on where it was cut short, and then from the day on which it began
            for bucket in self._occasions.note_everybody(config, today, told["noted"]):
                self._tell(config, RHYTHMS, told | {"noted": bucket})
        while day <= today:
            self._occasions.woken(config, day, today)
            self._occasions.look_ahead(config, day, today)
            self._tell(config, RHYTHMS, mark | {"day": day.isoformat()})
            day += timedelta(days=1)

    def _told(self, config: Config, name: str) -> dict[str, Any]:
        """What a mark says; nothing where there is none."""
        stored = self._marks.get(config.merchant, name)
        return dict(json.loads(stored[0])) if stored else {}

    def _tell(self, config: Config, name: str, value: dict[str, Any]) -> None:
        """Of two sweeps at once one mark stands: what the other did is done again, and does nothing."""
        stored = self._marks.get(config.merchant, name)
        self._marks.put(config.merchant, name, json.dumps(value), expected_version=stored[1] if stored else 0)

    def _outcome(self, message: Message) -> Fact:
        return outcome_fact(message, local_day(self._clock.now(), self._config().zone))


def _swept(campaign: Campaign) -> str:
    """The mark of the day that a campaign swept last, and in which version."""
    return f"sweep#{campaign.key}"


def _fingerprint(config: Config) -> str:
    """A name for the terms by which rhythms are reckoned."""
    return hashlib.sha256(repr(config.members.rhythm).encode()).hexdigest()[:12]
