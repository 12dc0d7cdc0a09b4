"""Deliver: outbox to channel, through the gate, at most once. Claimed before the call, never resent blindly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.channels import Notice, PostsNotices
from chalicelib.config import Campaign, Config
from chalicelib.contract import Account
from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.gate import Decision, Question, Verdict, decide
from chalicelib.domain.graph import Member
from chalicelib.domain.identity import email_identity
from chalicelib.domain.mail import Channel, Mail, OutcomeUnknown, reader_name
from chalicelib.domain.merge import Clock as Instant
from chalicelib.domain.merge import Layers
from chalicelib.domain.order import local_day
from chalicelib.domain.record import OrderKey, unite, view
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.people import People
from chalicelib.ports import Archive, Clock, Connectors, Counters, Marks, MemberStore, Message, OrderStore, Outbox, Renderer, Vault
from chalicelib.reckoning import outcome_fact
from chalicelib.toolkit.decode import decoder

RETRY = timedelta(minutes=10)
LEFT = timedelta(minutes=15)  # longer than any worker lives
DIGEST_AGAIN = timedelta(hours=1)
BATCH = 100
UNKNOWN = "outcome-unknown"
OPEN = ("queued", "deferred")
ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class _Person:
    """Whom a message is for, as far as needed now; never stored."""

    address: str | None
    name: str | None
    known: bool
    platform: str | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The gate's answer to one message, and what it was asked of."""

    config: Config
    campaign: Campaign | None
    person: _Person
    member: Member
    decision: Decision


class Deliver:
    """The step, run on a schedule: messages whose time has come."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        outbox: Outbox,
        members: MemberStore,
        orders: OrderStore,
        vault: Vault,
        archive: Archive,
        marks: Marks,
        connectors: Connectors,
        renderer: Renderer,
        channel: Channel,
        unsubscribe_url: Callable[[str, str], str],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._members = members
        self._who = People(members)
        self._orders = orders
        self._vault = vault
        self._archive = archive
        self._marks = marks
        self._connectors = connectors
        self._renderer = renderer
        self._channel = channel
        self._unsubscribe_url = unsubscribe_url
        self._clock = clock
        self._counters = counters

    def run(self, limit: int = BATCH) -> int:
        """Handle what is due, at most `limit`; returns how many were handled."""
        config = self._config()
        self._settle_left(config)
        due = self._outbox.due(config.merchant, self._clock.now(), limit)
        for message in due:
            try:
                self._digest(config, message) if message.kind == "digest" else self._member(message)
            except Permanent as error:  # sealed data that is erased, a page that is gone: nothing can be sent any more
                done = replace(message, state="cancelled", reason=error.reason, due_at=None, version=message.version + 1)
                self._outbox.save(done, outcome_fact(done, local_day(self._clock.now(), config.zone)))
                self._counters.count("message_cancelled", kind=message.kind, reason=error.reason)
            except (Retriable, ConfigError) as error:  # still due: the next run takes it again
                self._counters.count("message_waiting", kind=message.kind, reason=error.reason)
        return len(due)

    def _settle_left(self, config: Config) -> None:
        """A worker died between claim and outcome. To a member nothing goes twice: the outcome is unknown, and stays so.

        A digest's reader is better served by the same mail twice than by none: it goes once more, under its own id.
        """
        now = self._clock.now()
        for message in self._outbox.left_sending(config.merchant, now - LEFT):
            # A chat group has no Message-ID by which the second would be seen to be the first.
            once_more = message.kind == "digest" and message.channel == "email" and "again" not in message.values
            if once_more and message.sent_at and now - message.sent_at < DIGEST_AGAIN:
                continue
            done = replace(
                message,
                state="queued" if once_more else "unknown",
                reason="again" if once_more else "worker-died",
                due_at=now if once_more else None,
                values=message.values | ({"again": "1"} if once_more else {}),
                version=message.version + 1,
            )
            day = local_day(message.sent_at or now, config.zone)
            self._outbox.save(done, None if once_more else outcome_fact(done, day))
            self._counters.count("message_left", kind=message.kind)

    def _member(self, message: Message) -> None:
        asked = self._asked(message)
        if asked.campaign is None or asked.decision.verdict is not Verdict.SEND:
            self._withhold(message, asked.decision)
            return
        mail = self._winback_mail(asked.config, asked.campaign, message, asked.person)
        # Writing takes its time, and what was true before may no longer be: asked again as the last thing before the claim.
        again = self._asked(message)
        if again.campaign is None or again.decision.verdict is not Verdict.SEND:
            self._withhold(message, again.decision)
        elif again.person.address == mail.recipient:  # else it is still due, and the next run writes to the new address
            self._send(again, again.campaign, message, mail)

    def _asked(self, message: Message) -> _Asked:
        """The gate's answer, from configuration, person and consent as they are now: the switch stops a run under way."""
        config = self._config()
        campaign = next((entry for entry in config.campaigns if entry.key == message.campaign), None)
        member = self._who.member(config.merchant, message.owner)
        person = self._person(config.merchant, member)
        return _Asked(config, campaign, person, member, decide(self._question(config, campaign, message, (person, member))))

    def _withhold(self, message: Message, decision: Decision) -> None:
        if decision.verdict is Verdict.DEFER:
            self._move(message, "deferred", decision, due_at=decision.again_at)
        elif decision.verdict is Verdict.CANCEL:
            self._move(message, "cancelled", decision)
        elif decision.verdict is Verdict.SUPPRESS:
            self._move(message, "suppressed", decision)

    def _question(self, config: Config, campaign: Campaign | None, message: Message, who: tuple[_Person, Member]) -> Question:
        person, member = who
        now = self._clock.now()
        sending = config.sending
        merchant = config.merchant
        since = now - timedelta(days=sending.cap_days)
        told = [each for buyer in {message.owner, *member.buyers} for each in self._outbox.of(merchant, buyer)]
        sent = [each for each in told if each.sent_at and each.sent_at > since]
        same = [each for each in told if each.campaign == message.campaign and each.message_id != message.message_id]
        identity = email_identity(person.address)
        projected = self._marks.get(merchant, "projected")
        return Question(
            now=now,
            zone=config.zone,
            sending_enabled=sending.enabled,
            campaign_enabled=bool(campaign and campaign.enabled),
            holdout=message.arm == "holdout" or any(each.arm == "holdout" for each in same),
            ordered_since=person.last_day is not None and person.last_day > _occasion(message),
            rivalled=any(_rivals(each, message) for each in same),
            platform_allows=bool(person.platform and "email" in self._connectors.connector(person.platform).info.marketing),
            reachable=identity is not None,
            consent=self._members.consent(merchant, member.buyers, "email") if person.known else None,
            suppressed=self._members.suppressed(merchant, self._vault.lookup(merchant, "email", identity)) if identity else None,
            last_day=person.last_day,
            today=local_day(now, config.zone),
            silent_days=campaign.silent_days if campaign else 0,
            sent_within_cap=len(sent),
            cap=sending.cap_messages,
            quiet_from=sending.quiet_from,
            quiet_until=sending.quiet_until,
            projected_at=datetime.fromisoformat(projected[0]) if projected else None,
        )

    def _person(self, merchant: str, member: Member) -> _Person:
        """From the person's own order rows: the latest order that counts tells where they are reached."""
        rows = [row for row in member.rows if row.counts]
        last_day = max((row.day for row in rows), default=None)
        for row in sorted(rows, key=lambda row: (row.day, row.platform, row.account, row.order_id), reverse=True):
            stored = self._orders.read(_key(merchant, row))
            if stored.personal is None or stored.subject is None:
                continue
            opened = self._vault.open(merchant, stored.subject, stored.personal)
            personal: Layers = {Instant(*clock): told for clock, told in msgspec.json.decode(opened)}
            buyer = view(_key(merchant, row), unite(stored.layers, personal)).buyer
            return _Person(buyer.email, buyer.name, True, row.platform, last_day)
        platform = rows[0].platform if rows else None
        return _Person(None, None, False, platform, last_day)

    def _send(self, asked: _Asked, campaign: Campaign, message: Message, mail: Mail) -> None:
        now = self._clock.now()
        sending, holder = asked.config.sending, asked.member.name
        claimed = replace(
            message,
            state="sending",
            reason=None,
            due_at=None,
            decision=asked.decision.rules,
            sent_at=now,
            version=message.version + 1,
        )
        since = now - timedelta(days=sending.cap_days)
        caps = {"cap": sending.cap_messages, "daily_cap": campaign.daily_cap}
        if not self._outbox.claim(claimed, holder=holder, at=now, since=since, **caps):
            # Another worker was first, or a cap filled up between question and claim: look again later, unless it is gone.
            waiting = replace(
                message, state="deferred", reason="claim", due_at=now + timedelta(hours=1), version=message.version + 1
            )
            self._outbox.save(waiting)
            return
        self._hand_over(claimed, lambda: self._channel.send(mail), asked.config, holder)

    def _hand_over(self, claimed: Message, send: Callable[[], str | None], config: Config, holder: str | None = None) -> None:
        """The call itself. From here on the row says `sending`: a crash leaves it so, and nobody sends it again."""
        state: Literal["sent", "unknown", "failed", "deferred"] = "sent"
        reason = provider_id = due_at = None
        try:
            provider_id = send()
        except OutcomeUnknown as error:
            state, reason = "unknown", error.reason
        except Permanent as error:  # a connector, which knows five errors, says with one of them that nobody knows
            state, reason = "unknown" if error.reason == UNKNOWN else "failed", error.reason
        except (Retriable, ConfigError) as error:  # certainly not taken: it may go later, through the gate again
            state, reason, due_at = "deferred", error.reason, self._clock.now() + RETRY
        out = state in ("sent", "unknown")
        done = replace(
            claimed,
            state=state,
            reason=reason,
            provider_id=provider_id,
            due_at=due_at,
            sent_at=claimed.sent_at if out else None,
            version=claimed.version + 1,
        )
        day = local_day(self._clock.now(), config.zone)
        self._outbox.save(done, None if state == "deferred" else outcome_fact(done, day))
        if not out and claimed.sent_at and holder is not None:
            self._outbox.give_back(done, holder, claimed.sent_at)
        self._counters.count(f"message_{state}", kind=claimed.kind, campaign=claimed.campaign or "-")

    def _winback_mail(self, config: Config, campaign: Campaign, message: Message, person: _Person) -> Mail:
        sending = config.sending
        if sending.sender is None or sending.reply_to is None or sending.postal is None or person.address is None:
            raise ConfigError("sending-incomplete", "sender, reply_to and postal are required")
        unsubscribe = self._unsubscribe_url(config.merchant, message.owner)
        values = {
            "shop_name": config.name or config.merchant,
            "buyer_name": person.name or "",
            "offer": campaign.offer or "",
            "unsubscribe_url": unsubscribe,
            "postal": sending.postal,
        }
        rendered = self._renderer.winback(values, locale=message.locale, template=campaign.template)
        return Mail(
            message_id=_message_id(message, sending.sender),
            sender=sending.sender,
            recipient=person.address,
            reply_to=sending.reply_to,
            rendered=rendered,
            unsubscribe_url=unsubscribe,
            marketing=True,
            tags={"kind": message.kind, "campaign": campaign.key},
        )

    def _digest(self, config: Config, message: Message) -> None:
        """A digest goes to a reader named in the configuration: no consent is asked, but it goes once."""
        names = config.digest.recipients if message.channel == "email" else config.digest.robots
        reader = next((name for name in names if self._is_reader(config, message, name)), None)
        sender = config.digest.sender
        if reader is None or (message.channel == "email" and sender is None):
            gone = replace(message, state="cancelled", reason="no-reader", due_at=None, version=message.version + 1)
            self._outbox.save(gone)
            return
        sealed = self._archive.get(message.values["archive"])
        opened = self._vault.open_raw(config.merchant, sealed, message.values["context"])
        claimed = replace(message, state="sending", due_at=None, sent_at=self._clock.now(), version=message.version + 1)
        if not self._outbox.save(claimed):
            return
        if message.channel == "email":
            mail_id, rendered = _message_id(message, sender or ""), decoder(Rendered).decode(opened)
            mail = Mail(mail_id, sender or "", reader, None, rendered, None, marketing=False, tags={"kind": "digest"})
            self._hand_over(claimed, lambda: self._channel.send(mail), config)
        else:
            self._hand_over(claimed, lambda: self._post(config, reader, decoder(Notice).decode(opened)), config)

    def _is_reader(self, config: Config, message: Message, name: str) -> bool:
        return self._vault.lookup(config.merchant, "reader", reader_name(message.channel, name)) == message.owner

    def _post(self, config: Config, robot: str, notice: Notice) -> str | None:
        known, connector = config.account(ROBOTS, robot), self._connectors.connector(ROBOTS)
        if known is None or not isinstance(connector, PostsNotices):
            raise ConfigError("no-robot", "no such account of the platform robots", connector=ROBOTS)
        account = Account(config.merchant, ROBOTS, robot, known.options)
        return connector.post(notice, self._connectors.api(account)).platform_id

    def _move(
        self,
        message: Message,
        state: Literal["deferred", "cancelled", "suppressed"],
        decision: Decision,
        due_at: datetime | None = None,
    ) -> None:
        moved = replace(
            message, state=state, reason=decision.reason, due_at=due_at, decision=decision.rules, version=message.version + 1
        )
        day = local_day(self._clock.now(), self._config().zone)
        self._outbox.save(moved, None if state == "deferred" else outcome_fact(moved, day))
        self._counters.count(f"message_{state}", kind=message.kind, reason=decision.reason)


def _occasion(message: Message) -> date:
    return date.fromisoformat(message.values["occasion"])


def _rivals(other: Message, message: Message) -> bool:
    """Whether another message speaks for the same silence: one that went, or may have; of two that wait the first by id stays."""
    if _occasion(other) != _occasion(message):
        return False
    return other.state in ("sending", "sent", "unknown") or (other.state in OPEN and other.message_id < message.message_id)


def _key(merchant: str, row: MemberOrder) -> OrderKey:
    return OrderKey(merchant, row.platform, row.account, row.order_id)


def _message_id(message: Message, sender: str) -> str:
    """Deterministic, so that a mail that goes once more is the same mail to its reader's client."""
    domain = sender.rpartition("@")[2].rstrip("> ") or "localhost"
    return f"{message.message_id}.{message.merchant}@{domain}"
