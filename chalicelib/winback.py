"""A message to a member: through the gate, in the words of its channel, claimed, and handed over. Used by deliver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal

from chalicelib.asking import Asked, Asking, first_of, step_of
from chalicelib.config import Config
from chalicelib.config_surveys import SURVEY
from chalicelib.domain import wording
from chalicelib.domain.campaign import SPEAKS_FOR, Campaign
from chalicelib.domain.contact import Permission
from chalicelib.domain.gate import Verdict
from chalicelib.domain.member import share
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.handing import PERMISSION_USED, Handing
from chalicelib.offers import Offers
from chalicelib.ports import Bounds, Clock, Counters, Marks, MemberStore, Message, Outbox
from chalicelib.reach import Address, Person
from chalicelib.reckoning import outcome_fact
from chalicelib.speaking import Ready, Speaking, Words, values_of

LATER = timedelta(hours=1)
_COUNTRIES = {
    "zh-CN": ("CN",),
    "zh-TW": ("TW", "HK", "MO"),
    "pt-BR": ("BR",),
    "id": ("ID",),
    "th": ("TH",),
    "vi": ("VN",),
    "es": ("ES", "MX", "AR", "CL", "CO", "PE", "UY", "EC"),
    "en": ("US", "GB", "IE", "AU", "NZ", "CA", "SG", "IN", "PH"),
}
LOCALES: Mapping[str, str] = MappingProxyType({country: tag for tag, countries in _COUNTRIES.items() for country in countries})


class Winback:
    """Asked twice: before the words are written, and as the last thing before the claim."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        members: MemberStore,
        asking: Asking,
        speaking: Speaking,
        handing: Handing,
        offers: Offers,
        marks: Marks,
        unsubscribe_url: Callable[[str, str], str],
        click_url: Callable[[str, str], str],
        survey_url: Callable[[str, str], str],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._outbox = outbox
        self._members = members
        self._asking = asking
        self._speaking = speaking
        self._handing = handing
        self._offers = offers
        self._marks = marks
        self._unsubscribe_url = unsubscribe_url
        self._click_url = click_url
        self._survey_url = survey_url
        self._clock = clock
        self._counters = counters

    def handle(self, message: Message) -> None:
        """Send it, or not. What the installation lacks defers it, so that it is in no other's way; Retriable leaves it due."""
        asked = self._asking.ask(message)
        if asked.decision.verdict is not Verdict.SEND or asked.address is None:
            self._withhold(asked, message)
            return
        try:
            ready = self._ready(asked, message, asked.address)
        except Permanent as error:
            self._end(asked, message, error.reason)
            return
        except (Retriable, ConfigError) as error:
            self._wait(message, error.reason)
            return
        if ready is None:
            self._wait(message, "no_code")
            return
        # Writing takes its time, and what was true before may no longer be: asked again as the last thing before the claim.
        again = self._asking.ask(message)
        if again.decision.verdict is not Verdict.SEND:
            self._withhold(again, message)
        elif again.address == asked.address:  # else it is still due, and the next run writes to the new address
            self._send(again, message, again.address, ready)

    # --- the words --------------------------------------------------------------------------------------------------------

    def _ready(self, asked: Asked, message: Message, to: Address) -> Ready | None:
        """The message in its words; None where its pool has no code left."""
        config, campaign, person = asked.talk.config, asked.talk.campaign, asked.talk.person
        locale = self.locale(config, person)
        code, until = self._offer(config, campaign, message)
        if code is None:
            return None
        values = values_of(
            config,
            campaign,
            person,
            unsubscribe_url=self._unsubscribe_url(config.merchant, message.owner),
            offer=code,
            until=wording.message_day(until, locale) if until else "",
            url=self._click_url(message.owner, message.message_id),
        )
        if message.kind == SURVEY:
            values |= {"survey_url": self._survey_url(message.owner, message.message_id)}
        variant = self._speaking.variant(
            asked.talk.step.template, locale, share(config.merchant, campaign.key, asked.talk.member.name)
        )
        return self._speaking.ready(config, campaign, message, to, Words(asked.talk.step.template, locale, variant, values))

    def locale(self, config: Config, person: Person) -> str:
        """The language a person reads, by the country they have things sent to; the shop's where that tells nothing."""
        return LOCALES.get(person.country or "", config.locale) if config.sending.speaks == "buyer" else config.locale

    def _offer(self, config: Config, campaign: Campaign, message: Message) -> tuple[str | None, date | None]:
        """The code to be named and its last day. All steps of an occasion name the same; a reminder names the one it is of."""
        today = local_day(self._clock.now(), config.zone)
        if of := message.values.get("reminds"):
            code = self._offers.code_of(config.merchant, of)
            if code and not code.is_valid(today):
                raise Permanent("code-expired", "the code that it reminds of is taken no more")
            return (code.text, code.last_day) if code else (None, None)
        told = self._offers.code_of(config.merchant, first_of(message)) if step_of(message) else None
        if told and told.is_valid(today):  # whichever pool the campaign takes from by now
            return told.text, told.last_day
        if campaign.offer is None or campaign.offer.pool is None:
            return (campaign.offer.code or "" if campaign.offer else ""), None
        found = self._offers.take(config.merchant, campaign.offer.pool, first_of(message), message.owner, today)
        return (found.text, found.last_day) if found else (None, None)

    # --- sending ----------------------------------------------------------------------------------------------------------

    def _send(self, asked: Asked, message: Message, to: Address, ready: Ready) -> None:
        now, config, campaign = self._clock.now(), asked.talk.config, asked.talk.campaign
        if ready.permission and not self._members.take_permission(
            config.merchant, to.subject or "", ready.permission, message.message_id
        ):
            return  # used up in between: the next run asks again
        bounds = self._bounds(asked, to.channel, now)
        cost = {"cost": str(bounds.cost)} if bounds.budget is not None else {}
        claimed = replace(
            message,
            state="sending",
            reason=None,
            channel=to.channel,
            locale=self.locale(config, asked.talk.person),
            due_at=None,
            decision=asked.decision.rules,
            sent_at=now,
            values=message.values | {"holder": bounds.holder} | cost,
            version=message.version + 1,
        )
        if not self._outbox.claim(claimed, bounds):
            # Another worker was first, or a cap filled up between question and claim: look again later, unless it is gone.
            if self._wait(message, "claim"):  # else another worker has the message, and with it the permission
                self._release(message, to, ready)
            return
        done = self._handing.over(claimed, ready.send, config, place=ready.place, bounds=bounds)
        if done.state == "failed":
            self._give_back(campaign, done)
        if done.reason == PERMISSION_USED:
            self._void(message, to, ready)
        elif done.state in ("failed", "deferred"):
            self._release(message, to, ready)

    def _void(self, message: Message, to: Address, ready: Ready) -> None:
        """The platform knows of no permission: none that we know of holds any more, as if the person had refused."""
        if ready.permission and to.subject:
            place = (message.merchant, SPEAKS_FOR[to.channel], to.account or "", message.message_id, to.to)
            self._members.put_permission(Permission(*place, ready.permission, False, self._clock.now()), to.subject)

    def _release(self, message: Message, to: Address, ready: Ready) -> None:
        """A permission that nothing went by."""
        if ready.permission and to.subject:
            self._members.release_permission(message.merchant, to.subject, ready.permission, message.message_id)

    def _bounds(self, asked: Asked, channel: str, now: datetime) -> Bounds:
        sending, campaign = asked.talk.config.sending, asked.talk.campaign
        cap = sending.channel_caps.get(channel)
        started = self._marks.get(asked.talk.config.merchant, f"started#{campaign.key}") if campaign.warm_up_days else None
        first = date.fromisoformat(started[0]) if started else None
        return Bounds(
            holder=asked.talk.member.name,
            at=now,
            channel=channel,
            cap=sending.cap_messages,
            since=now - timedelta(days=sending.cap_days),
            daily_cap=campaign.cap_on(now.date(), first),
            channel_cap=cap.messages if cap else None,
            channel_since=now - timedelta(days=cap.days) if cap else None,
            budget=campaign.budget,
            cost=campaign.cost_of(channel),
        )

    def _wait(self, message: Message, reason: str) -> bool:
        """Look again later; False: another worker has the message."""
        due_at = self._clock.now() + LATER
        saved = self._outbox.save(replace(message, state="deferred", reason=reason, due_at=due_at, version=message.version + 1))
        self._counters.count("message_deferred", kind=message.kind, reason=reason)
        return saved

    def _end(self, asked: Asked, message: Message, reason: str) -> None:
        """It can never be said."""
        done = replace(message, state="cancelled", reason=reason, due_at=None, version=message.version + 1)
        day = local_day(self._clock.now(), asked.talk.config.zone)
        if self._outbox.save(done, outcome_fact(done, day)):
            self._give_back(asked.talk.campaign, done)
        self._counters.count("message_cancelled", kind=message.kind, reason=reason)

    def _withhold(self, asked: Asked, message: Message) -> None:
        decision = asked.decision
        states: dict[Verdict, Literal["deferred", "cancelled", "suppressed"]] = {
            Verdict.DEFER: "deferred",
            Verdict.CANCEL: "cancelled",
            Verdict.SUPPRESS: "suppressed",
        }
        state = states.get(decision.verdict)
        if state is None:
            return
        moved = replace(
            message,
            state=state,
            reason=decision.reason,
            due_at=decision.again_at,
            decision=decision.rules,
            version=message.version + 1,
        )
        day = local_day(self._clock.now(), asked.talk.config.zone)
        saved = self._outbox.save(moved, None if state == "deferred" else outcome_fact(moved, day))
        if saved and state != "deferred":
            self._give_back(asked.talk.campaign, moved)
        self._counters.count(f"message_{state}", kind=message.kind, reason=decision.reason)

    def _give_back(self, campaign: Campaign, message: Message) -> None:
        """The code of a first step that never went; one that an earlier step named stays the person's."""
        if campaign.offer and campaign.offer.pool and step_of(message) == 0:
            self._offers.give_back(message.merchant, campaign.offer.pool, message.message_id)
