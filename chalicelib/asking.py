"""What the gate is asked about a message: the person, their channels, and everything that could speak against it, read now.

Used by winback before each send, and by ops to see what would be sent to whom. Nothing is changed by asking.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal

from chalicelib.config import Config
from chalicelib.config_surveys import SURVEY
from chalicelib.domain.campaign import BY_LAST_ORDER, Campaign, Step
from chalicelib.domain.gate import Decision, Question, Way, decide
from chalicelib.domain.graph import Member
from chalicelib.domain.order import local_day
from chalicelib.drawing import GONE
from chalicelib.feedback import Feedback
from chalicelib.people import People
from chalicelib.ports import Clock, Marks, MemberStore, Message, Outbox
from chalicelib.reach import Address, Person, Reach
from chalicelib.speaking import Speaking
from chalicelib.toolkit.zones import zones_of

OPEN = ("queued", "deferred")
EXEMPT = ("service", "digest")  # kinds that no cap counts
NO_CAMPAIGN = Campaign("-", 0, 0, 0, 1, (Step("-"),), enabled=False)  # of one that is not configured any more: nothing goes


@dataclass(frozen=True, slots=True)
class Talk:
    """A step of a campaign and the person it is for. `sent`: what has gone to them, of the kinds that caps count."""

    config: Config
    campaign: Campaign
    step: Step
    member: Member
    person: Person
    told: tuple[Message, ...]

    @property
    def sent(self) -> tuple[Message, ...]:
        """What has gone to them, of the kinds that caps count."""
        return tuple(each for each in self.told if each.sent_at and each.kind not in EXEMPT)


@dataclass(frozen=True, slots=True)
class Asked:
    """The gate's answer to one message, and what it was asked of."""

    talk: Talk
    decision: Decision

    @property
    def address(self) -> Address | None:
        """Where it would go."""
        return self.talk.person.addresses.get(self.decision.channel or "")


class Asking:
    """Reads what the rules look at."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        outbox: Outbox,
        members: MemberStore,
        reach: Reach,
        speaking: Speaking,
        feedback: Feedback,
        marks: Marks,
        clock: Clock,
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._members = members
        self._who = People(members)
        self._reach = reach
        self._speaking = speaking
        self._feedback = feedback
        self._marks = marks
        self._clock = clock

    def ask(self, message: Message, *, as_if_on: bool = False) -> Asked:
        """The gate's answer, from configuration, person and consent as they are now.

        `as_if_on`: what it would be if the campaign were switched on and approved, for whoever looks before they do so.
        """
        config = self._config()
        known = (*config.campaigns, config.survey.campaign)
        campaign = next((entry for entry in known if entry.key == message.campaign), NO_CAMPAIGN)
        if as_if_on:
            campaign = replace(campaign, enabled=True)
        index = step_of(message)
        if index >= len(campaign.steps):  # the campaign was edited, and has fewer
            campaign = replace(campaign, enabled=False)
        step = campaign.steps[min(index, len(campaign.steps) - 1)]
        member = self._who.member(config.merchant, message.owner)
        person = self._reach.person(config, member, step.channels, partial(self._usable, config, step, message))
        told = tuple(each for buyer in {message.owner, *member.buyers} for each in self._outbox.of(config.merchant, buyer))
        talk = Talk(config, campaign, step, member, person, told)
        # A survey has no size that somebody would have to see first: its switch is the yes.
        approved = as_if_on or message.kind == SURVEY or is_approved(self._marks, config.merchant, campaign)
        return Asked(talk, decide(replace(self._question(talk, message), approved=approved)))

    def _question(self, talk: Talk, message: Message) -> Question:
        config, campaign, person, sending = talk.config, talk.campaign, talk.person, talk.config.sending
        now = self._clock.now()
        same = [each for each in talk.told if each.campaign == message.campaign and each.message_id != message.message_id]
        projected = self._marks.get(config.merchant, "projected")
        return Question(
            now=now,
            zones=zones_of(person.country) or (config.zone,),
            sending_enabled=sending.enabled,
            campaign_enabled=campaign.enabled,
            holdout=message.arm == "holdout" or any(each.arm == "holdout" for each in same),
            ordered_since=person.last_day is not None and person.last_day > bought_by(message),
            rivalled=any(_rivals(each, message, now - timedelta(days=config.survey.pause_days)) for each in same),
            last_day=person.last_day if order_stands(message, talk.member) else None,
            today=local_day(now, config.zone),
            silent_days=campaign.silent_days if campaign.occasion in BY_LAST_ORDER else 0,
            sent_within_cap=sum(_after(each, now - timedelta(days=sending.cap_days)) for each in talk.sent),
            cap=sending.cap_messages,
            quiet_from=sending.quiet_from,
            quiet_until=sending.quiet_until,
            projected_at=datetime.fromisoformat(projected[0]) if projected else None,
            ways=tuple(self._way(talk, message, channel) for channel in talk.step.channels),
            expires_at=datetime.fromisoformat(message.values["until"]) if "until" in message.values else None,
            before=_before(message, talk.told),
            is_later=step_of(message) > 0,
        )

    def _way(self, talk: Talk, message: Message, channel: str) -> Way:
        merchant, address = talk.config.merchant, talk.person.addresses.get(channel)
        cap = talk.config.sending.channel_caps.get(channel)
        since = self._clock.now() - timedelta(days=cap.days) if cap else None
        permitted = address is not None and self._permitted(talk.config, talk.step, message, address)
        return Way(
            channel=channel,
            allowed=channel in talk.person.allowed,
            reachable=address is not None,
            suppressed=self._members.suppressed(merchant, address.known_as, channel) if address else None,
            consent=self._consent(talk, address, permitted=permitted) if address else None,
            permitted=permitted or channel != "wechat",
            sent_within_cap=sum(_after(each, since) for each in talk.sent if each.channel == channel) if since else 0,
            cap=cap.messages if cap else None,
            affordable=self._affordable(talk, channel),
            halted=self._feedback.halted(merchant, channel),
        )

    def _consent(self, talk: Talk, address: Address, *, permitted: bool) -> bool | None:
        """The person's newest word. An employee's contact, and whoever allowed a message, said yes by that, and may say no.

        Whom they have left may not write to them, whatever they said of the others.
        """
        merchant = talk.config.merchant
        if self._left(merchant, address):
            return False
        own = [address.subject] if address.subject else []
        word = self._members.consent(merchant, [*talk.member.buyers, *own, *address.also], address.channel)
        if word is not None:
            return word
        if address.channel == "wechat":
            return permitted or None
        return True if address.channel == "wecom" else None

    def _usable(self, config: Config, step: Step, message: Message, address: Address) -> bool:
        """Of several addresses in a directory: whether a message may go there at all."""
        if address.channel == "wechat":
            return self._permitted(config, step, message, address)
        return not self._left(config.merchant, address)

    def _left(self, merchant: str, address: Address) -> bool:
        if address.employee is None or address.subject is None:
            return False
        return self._members.consent(merchant, [address.subject], f"{address.channel}:{address.employee}") is False

    def _permitted(self, config: Config, step: Step, message: Message, address: Address) -> bool:
        """One is left, or this message has it already."""
        template = self._speaking.permission_of(config, address, step.template)
        if template is None or address.subject is None:
            return False
        return self._members.permissions(config.merchant, address.subject, template, message.message_id) > 0

    def _affordable(self, talk: Talk, channel: str) -> bool:
        campaign = talk.campaign
        if campaign.budget is None:
            return True
        return self._outbox.spent(talk.config.merchant, campaign.key) + campaign.cost_of(channel) <= campaign.budget


def is_approved(marks: Marks, merchant: str, campaign: Campaign) -> bool:
    """Whether somebody saw the campaign's size, as it is now, and said yes."""
    stored = marks.get(merchant, f"approved#{campaign.key}")
    return stored is not None and json.loads(stored[0])["version"] == campaign.version


def step_of(message: Message) -> int:
    """Which of the campaign's steps a message is, from 0."""
    return int(message.values.get("step", "0"))


def first_of(message: Message) -> str:
    """The id of the first step's message of the same draw."""
    return message.values.get("first", message.message_id)


def occasion_of(message: Message) -> date:
    """The day that the message was drawn for."""
    return date.fromisoformat(message.values["occasion"])


def bought_by(message: Message) -> date:
    """An order of a later day ends the message. Birthdays and deliveries are what they are whatever is bought."""
    if message.values.get("about") in ("birthday", SURVEY):
        return date.max
    return date.fromisoformat(message.values.get("bought_by", message.values["occasion"]))


def order_of(message: Message) -> str | None:
    """The order that a survey is about, as platform/account/order_id."""
    return message.values.get("order")


def order_stands(message: Message, member: Member) -> bool:
    """Whether the order that a message is about still counts, and was not given back whole. True for one that is about none."""
    name = order_of(message)
    if name is None:
        return True
    return any(f"{row.platform}/{row.account}/{row.order_id}" == name and row.counts and row.net > 0 for row in member.rows)


def survey_rivals(other: Message, since: datetime) -> bool:
    """Whether a survey waits, or went, or may have gone, after `since`: then there is none beside it."""
    return other.kind == SURVEY and (other.state in OPEN or (other.state in GONE and _after(other, since)))


def _rivals(other: Message, message: Message, since: datetime) -> bool:
    """Whether another message speaks for the same occasion; one that went, or may have; of two that wait the first by id stays.

    A survey's occasion is as long as its pause, which begins with `since`.
    """
    if message.kind == SURVEY:
        return survey_rivals(other, since) and (other.state not in OPEN or other.message_id < message.message_id)
    if other.kind != "winback" or occasion_of(other) != occasion_of(message) or step_of(other) != step_of(message):
        return False
    return other.state in GONE or (other.state in OPEN and other.message_id < message.message_id)


def _before(message: Message, told: tuple[Message, ...]) -> Literal["said", "waits", "unsaid"]:
    """What became of the step before."""
    previous = message.values.get("before")
    if previous is None:
        return "said"
    state = next((each.state for each in told if each.message_id == previous), None)
    return "said" if state in GONE else "waits" if state in OPEN else "unsaid"


def _after(message: Message, since: datetime) -> bool:
    return message.sent_at is not None and message.sent_at > since
