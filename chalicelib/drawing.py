"""Drawing: from who has come due to rows of the outbox, one for each step, and the fact of the draw. Used by trigger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.config import Config
from chalicelib.domain.campaign import BY_LAST_ORDER, Campaign
from chalicelib.domain.facts import Cell, Fact
from chalicelib.domain.member import due_bucket, holdout
from chalicelib.domain.order import local_day
from chalicelib.domain.portrait import Portrait
from chalicelib.occasions import Due
from chalicelib.people import People
from chalicelib.ports import Clock, MemberStore, Message, Outbox
from chalicelib.reckoning import outcome_fact
from chalicelib.standings import Standings
from chalicelib.tombstones import is_marked

GONE = ("sending", "sent", "unknown")  # states of a message that went, or may have


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that a campaign would write to, or would not, and why not.

    `last_day`: the day it is drawn for. `objection`: what of the audience they are not. `arms`: those in which this person was
    drawn for the campaign before, when their buyers were not known to be one. `drawn`: for this very day, too.
    """

    member: str
    last_day: date
    holdout: bool
    arms: frozenset[str] = frozenset()
    objection: str | None = None
    portrait: Portrait | None = None
    reminds: str | None = None
    drawn: bool = False

    @property
    def reason(self) -> str | None:
        """Why not; None where there is nothing against it."""
        if self.drawn:
            return "drawn_before"
        if self.objection:
            return f"not_meant_{self.objection}"
        return "holdout_merged" if len(self.arms) > 1 else "holdout" if self.holdout else None


class Drawing:
    """Draws each member once for a campaign and occasion, whatever happens: the rows' keys are the guard."""

    def __init__(self, *, members: MemberStore, outbox: Outbox, standings: Standings, clock: Clock) -> None:
        self._who = People(members)
        self._outbox = outbox
        self._standings = standings
        self._clock = clock

    def candidate(self, config: Config, campaign: Campaign, due: Due) -> Candidate | None:
        """None where the index is behind, and the person bears another name by now: they are due under that one.

        An arm outlives the merge of two buyers: the one in which either was drawn first stays the person's.
        """
        person = self._who.member(config.merchant, due.buyer)
        if campaign.occasion in (*BY_LAST_ORDER, "rhythm") and person.name != due.buyer:
            return None
        if any(is_marked(row.identities) for row in person.rows):  # erased: there is nobody to write to
            return None
        portrait = self._standings.portrait(person, local_day(self._clock.now(), config.zone))
        if portrait is None or (campaign.occasion in BY_LAST_ORDER and portrait.days[-1] != due.day):
            return None
        objection = campaign.audience.objection(portrait)
        if campaign.occasion in ("first_purchase", "second_purchase") and len(portrait.days) > 1:
            objection = "purchases"
        told = [message for buyer in person.buyers for message in self._outbox.of(config.merchant, buyer)]
        # A message that waits, or never went, may have a code all the same.
        if due.reminds and not any(each.message_id == due.reminds and each.state in GONE for each in told):
            objection = objection or "untold"
        arms = frozenset(message.arm for message in told if message.campaign == campaign.key and message.arm)
        held = holdout(config.merchant, campaign.key, person.name, campaign.holdout_permille) if not arms else "holdout" in arms
        drawn = any(message.message_id == _name(campaign, due.day, person.name) for message in told)
        return Candidate(person.name, due.day, held, arms, objection, portrait, due.reminds, drawn)

    def queue(self, config: Config, campaign: Campaign, candidate: Candidate) -> bool:
        """Put the rows, the later steps first: whoever finds the first step there knows that all are. False: drawn already."""
        rows = self.messages(config, campaign, candidate)
        for row in reversed(rows[1:]):
            self._outbox.add(row)
        first = rows[0]
        draw = self._draw_fact(config, campaign, candidate, first)
        return self._outbox.add(first, draw, *([self._outcome(config, first)] if first.state == "suppressed" else []))

    def messages(self, config: Config, campaign: Campaign, candidate: Candidate) -> list[Message]:
        """The rows that a draw comes to: one for each step; of who is held out, only the first, which says so."""
        now = self._clock.now()
        held = candidate.reason is not None
        base = _name(campaign, candidate.last_day, candidate.member)
        values = {"occasion": candidate.last_day.isoformat(), "version": campaign.version, "about": campaign.occasion}
        if candidate.reminds:
            # What was bought up to now left the code unused, as the pool tells, and the reminder due; what is bought from now on
            # ends it, even today, unless something was bought today before.
            bought = candidate.portrait.days[-1] if candidate.portrait else local_day(now, config.zone)
            values |= {"reminds": candidate.reminds, "bought_by": bought.isoformat()}
        rows = []
        for index, step in enumerate(campaign.steps[:1] if held else campaign.steps):
            due_at = campaign.schedule.due(now + timedelta(days=step.after_days), config.zone)
            until = {"until": (due_at + timedelta(days=campaign.expires_days)).isoformat()}
            before = base if index == 1 else f"{base}-{index}"
            later = {"step": str(index), "first": base, "before": before} if index else {}
            rows.append(
                Message(
                    merchant=config.merchant,
                    message_id=f"{base}-{index + 1}" if index else base,
                    owner=candidate.member,
                    kind="winback",
                    channel=step.channels[0],
                    template=step.template,
                    locale=config.locale,
                    state="suppressed" if held else "queued",
                    reason=candidate.reason,
                    due_at=None if held else due_at,
                    campaign=campaign.key,
                    # Of both arms: told to nobody, and counted in neither.
                    arm=None if len(candidate.arms) > 1 else "holdout" if held else "treated",
                    version=1,
                    values=values | until | later,
                )
            )
        return rows

    def _draw_fact(self, config: Config, campaign: Campaign, candidate: Candidate, first: Message) -> Fact:
        day = local_day(self._clock.now(), config.zone)
        cell = Cell(config.merchant, day, "draws", "-", campaign.key, due_bucket(first.owner))
        doc = {"m": first.owner, "a": first.arm, "o": candidate.last_day.isoformat(), "v": campaign.version}
        return Fact(cell, first.message_id, doc)

    def _outcome(self, config: Config, message: Message) -> Fact:
        return outcome_fact(message, local_day(self._clock.now(), config.zone))


def _name(campaign: Campaign, day: date, member: str) -> str:
    """The id of the first message of a draw: the same draw has the same, whoever makes it."""
    return f"{campaign.key}-{day.isoformat()}-{member}"
