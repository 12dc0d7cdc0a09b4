"""Trigger: who is to hear from us. The sweep finds members whose silence has just grown long enough; an order ends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from chalicelib.config import Campaign, Config
from chalicelib.domain.facts import Fact, Image, member_order
from chalicelib.domain.member import holdout
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError
from chalicelib.people import People
from chalicelib.ports import Clock, Counters, Marks, MemberStore, Message, Outbox
from chalicelib.reckoning import outcome_fact

FOREVER = timedelta(days=3650)
EVERYTHING = 1_000_000
OPEN = ("queued", "deferred")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that a campaign would write to, or would not, and why not.

    `arms`: those in which this person was drawn for the campaign before, when their buyers were not known to be one.
    """

    member: str
    last_day: date
    holdout: bool
    arms: frozenset[str] = frozenset()

    @property
    def reason(self) -> str | None:
        """Why not; None where there is nothing against it."""
        return "holdout_merged" if len(self.arms) > 1 else "holdout" if self.holdout else None


class Trigger:
    """The step: the campaign sweep on a schedule, and the stream of orders."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        members: MemberStore,
        outbox: Outbox,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._members = members
        self._who = People(members)
        self._outbox = outbox
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def sweep(self) -> int:
        """Queue a message for every member that became due since the last sweep; returns how many were drawn.

        Reads the due index for the days that have come due and nothing else. The day mark moves only when a day is
        done, so that a crash repeats a day, and the outbox's keys make the repetition harmless.
        """
        config = self._config()
        return sum(self._campaign(config, campaign) for campaign in config.campaigns if campaign.enabled)

    def preview(self, campaign_key: str) -> list[Candidate]:
        """Whom the campaign would draw now, over its whole window; writes nothing."""
        config = self._config()
        campaign = next((entry for entry in config.campaigns if entry.key == campaign_key), None)
        if campaign is None:
            raise ConfigError("campaign-unknown", "no campaign of that key")
        last = self._due_day(config, campaign)
        days = [last - timedelta(days=back) for back in range(campaign.window_days, -1, -1)]
        return [
            candidate
            for day in days
            for member in self._members.due(config.merchant, day)
            if (candidate := self._draw(config, campaign, member, day))
        ]

    def stop(self, campaign_key: str) -> int:
        """Cancel everything of a campaign that still waits; returns how many messages that were."""
        merchant = self._config().merchant
        waiting = self._outbox.due(merchant, self._clock.now() + FOREVER, EVERYTHING)
        stopped = 0
        for message in waiting:
            if message.campaign == campaign_key:
                done = replace(message, state="cancelled", reason="stopped", due_at=None, version=message.version + 1)
                stopped += int(self._outbox.save(done, self._outcome(done)))
        return stopped

    def on_order(self, image: Image) -> int:
        """An order that counts cancels what was still to be sent to its member; returns how many messages that were."""
        config = self._config()
        row = member_order(image, config.zone)
        if row is None or not row.counts:
            return 0
        cancelled = 0
        buyers = self._who.member(config.merchant, row.member).buyers
        for message in (each for buyer in buyers for each in self._outbox.of(config.merchant, buyer)):
            if message.kind == "winback" and message.state in OPEN and row.day > _occasion_day(message):
                done = replace(message, state="cancelled", reason="ordered", due_at=None, version=message.version + 1)
                cancelled += int(self._outbox.save(done, self._outcome(done)))
        return cancelled

    def _campaign(self, config: Config, campaign: Campaign) -> int:
        name = f"sweep#{campaign.key}"
        last = self._due_day(config, campaign)
        stored = self._marks.get(config.merchant, name)
        start = last - timedelta(days=campaign.window_days)
        version = 0
        if stored:
            value, version = stored
            start = max(start, date.fromisoformat(json.loads(value)["day"]))  # the last day again: it may have been cut short
        drawn = 0
        day = start
        while day <= last:
            for member in self._members.due(config.merchant, day):
                candidate = self._draw(config, campaign, member, day)
                drawn += self._queue(config, campaign, candidate) if candidate else 0
            if self._marks.put(config.merchant, name, json.dumps({"day": day.isoformat()}), expected_version=version):
                version += 1
            else:
                version = (self._marks.get(config.merchant, name) or ("", 0))[1]
            day += timedelta(days=1)
        self._counters.count("winback_drawn", drawn, campaign=campaign.key)
        return drawn

    def _due_day(self, config: Config, campaign: Campaign) -> date:
        return local_day(self._clock.now(), config.zone) - timedelta(days=campaign.silent_days)

    def _draw(self, config: Config, campaign: Campaign, member: str, day: date) -> Candidate | None:
        """None where the index is behind, and the person bears another name by now: they are due under that one.

        An arm outlives the merge of two buyers: the one in which either was drawn first stays the person's.
        """
        person = self._who.member(config.merchant, member)
        if person.name != member:
            return None
        told = [message for buyer in person.buyers for message in self._outbox.of(config.merchant, buyer)]
        arms = frozenset(message.arm for message in told if message.campaign == campaign.key and message.arm)
        held = holdout(config.merchant, campaign.key, member, campaign.holdout_permille) if not arms else "holdout" in arms
        return Candidate(member, day, held, arms)

    def _queue(self, config: Config, campaign: Campaign, candidate: Candidate) -> int:
        """One row for a member, campaign and occasion, whatever happens: the row's key is the guard."""
        held = candidate.reason is not None
        arm: Literal["treated", "holdout"] = "holdout" if held else "treated"
        message = Message(
            merchant=config.merchant,
            message_id=f"{campaign.key}-{candidate.last_day.isoformat()}-{candidate.member}",
            owner=candidate.member,
            kind="winback",
            channel="email",
            template=campaign.template,
            locale=config.locale,
            state="suppressed" if held else "queued",
            reason=candidate.reason,
            due_at=None if held else self._clock.now(),
            campaign=campaign.key,
            arm=None if len(candidate.arms) > 1 else arm,  # of both arms: told to nobody, and counted in neither
            version=1,
            values={"occasion": candidate.last_day.isoformat()},
        )
        return int(self._outbox.add(message, self._outcome(message) if held else None))

    def _outcome(self, message: Message) -> Fact:
        return outcome_fact(message, local_day(self._clock.now(), self._config().zone))


def _occasion_day(message: Message) -> date:
    return date.fromisoformat(message.values["occasion"])
