"""What people decide about campaigns, and how these are doing. Used by the console; the command line has the same steps.

Whoever says yes says it to the campaign as they saw it. To stop one takes the yes back first, so that nothing of it goes any more
however long it takes to cancel what waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chalicelib.config import Config
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError, Rejected
from chalicelib.feedback import Feedback, Halt
from chalicelib.foresight import check
from chalicelib.pipeline.trigger import Trigger
from chalicelib.ports import Clock, Marks
from chalicelib.toolkit.decode import decoder

APPROVED, STARTED, HALTED = "approved#", "started#", "halted#"


class Counts(Protocol):
    """What a campaign has sent and spent."""

    def sent_on(self, merchant: str, campaign: str, day: date) -> int:
        """How many messages went on a day (UTC)."""

    def spent(self, merchant: str, campaign: str) -> int:
        """What they came to, in minor units; 0 for one without a budget."""


@dataclass(frozen=True, slots=True)
class CampaignState:
    """How a campaign is.

    `state`: off (by the file), waits (for a yes: new, or edited since), stopped (by a person), ahead (of its first day), over,
    sending_off (by the file), halted (all its channels have stopped themselves), running. `said`: when and by whom the last word
    was. `halted`: channels that have stopped themselves. `spent` None: it has no budget.
    """

    campaign: Campaign
    state: str
    edited: bool
    said_at: datetime | None
    said_by: str
    started: date | None
    sent_today: int
    cap_today: int
    spent: int | None
    halted: tuple[tuple[str, Halt], ...]


class CampaignDesk:
    """Reads marks and counts; decides through trigger."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        trigger: Trigger,
        feedback: Feedback,
        marks: Marks,
        counts: Counts,
        clock: Clock,
    ) -> None:
        self._config = config
        self._trigger = trigger
        self._feedback = feedback
        self._marks = marks
        self._counts = counts
        self._clock = clock

    def all(self) -> list[CampaignState]:
        """Every campaign of the configuration: three queries, and two reads for each."""
        config = self._config()
        marks = {prefix: self._marks.named(config.merchant, prefix) for prefix in (APPROVED, STARTED, HALTED)}
        halts = {name.removeprefix(HALTED): decoder(Halt).decode(told) for name, told in marks[HALTED].items()}
        return [
            self._state(config, each, marks[APPROVED].get(APPROVED + each.key), marks[STARTED].get(STARTED + each.key), halts)
            for each in config.campaigns
        ]

    def one(self, key: str) -> CampaignState:
        """One of them. Rejected 404 when there is none of that key."""
        config = self._config()
        campaign = self.known(key)
        approved, started = (self._marks.get(config.merchant, prefix + key) for prefix in (APPROVED, STARTED))
        halts = {name: self._marks.get(config.merchant, HALTED + name) for name in campaign.channels}
        stopped = {name: decoder(Halt).decode(told[0]) for name, told in halts.items() if told}
        return self._state(config, campaign, approved and approved[0], started and started[0], stopped)

    def known(self, key: str) -> Campaign:
        """A campaign of the configuration. Rejected 404 when there is none of that key."""
        campaign = next((each for each in self._config().campaigns if each.key == key), None)
        if campaign is None:
            raise Rejected("no-such-page", "no campaign of that key", status=404)
        return campaign

    def approve(self, key: str, version: str, who: str) -> Campaign:
        """Let it run as `who` saw it. Rejected where it was edited since, is switched off, or could never be said."""
        campaign = self.known(key)
        if campaign.version != version:
            raise Rejected("campaign-edited", "it is another campaign by now: look at it again", status=409)
        if not campaign.enabled:
            raise Rejected("campaign-off", "it is switched off: set `enabled = true`", status=409)
        try:
            check(campaign, self._config().locale)
        except ConfigError as error:
            raise Rejected(error.reason, error.detail, status=409) from error
        return self._trigger.approve(key, who)

    def stop(self, key: str, who: str) -> int:
        """Take the yes back, then cancel what waits; returns how many messages that were. What has gone stays gone."""
        self.known(key)
        self._trigger.withdraw(key, who)
        return self._trigger.stop(key)

    def resume(self, key: str, channel: str) -> None:
        """Send on a channel again that has stopped itself. Rejected where it has not."""
        if channel not in self.known(key).channels or not self._feedback.resume(self._config().merchant, channel):
            raise Rejected("not-halted", "sending on this channel has not stopped", status=409)

    def _state(
        self, config: Config, campaign: Campaign, approved: str | None, started: str | None, halts: dict[str, Halt]
    ) -> CampaignState:
        now, said = self._clock.now(), json.loads(approved) if approved else {}
        first = date.fromisoformat(started) if started else None
        halted = tuple((name, halts[name]) for name in campaign.channels if name in halts and halts[name].halted)
        return CampaignState(
            campaign=campaign,
            state=_word(config, campaign, said.get("version"), len(halted), local_day(now, config.zone)),
            edited=bool(said.get("version")) and said["version"] != campaign.version,
            said_at=datetime.fromisoformat(said["at"]) if said else None,
            said_by=str(said.get("who", "")),
            started=first,
            sent_today=self._counts.sent_on(config.merchant, campaign.key, now.date()),
            cap_today=campaign.cap_on(now.date(), first),
            spent=None if campaign.budget is None else self._counts.spent(config.merchant, campaign.key),
            halted=halted,
        )


def _word(config: Config, campaign: Campaign, version: str | None, halted: int, today: date) -> str:
    if not campaign.enabled:
        return "off"
    if version != campaign.version:
        return "stopped" if version == "" else "waits"
    if not campaign.schedule.is_open(today):
        return "over" if campaign.schedule.ends is not None and today > campaign.schedule.ends else "ahead"
    if not config.sending.enabled:
        return "sending_off"
    return "halted" if halted == len(campaign.channels) else "running"
