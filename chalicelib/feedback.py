"""What became of messages: outcomes settled by receipts, addresses that are refused, and a channel that stops itself.

Everything is worked out from what was told, joined (domain.receipt): repeated, late or early tellings end in the same rows.
A receipt may be quicker than whoever sent the message. What it tells is then kept under the provider's id until `sent` says
whose it is; where our own reference travelled along it is settled at once, also while the message is still `sending`.
Whatever follows from a telling is done again each time it is told, so that a crash half-way heals. See ADR 0018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.config import Config
from chalicelib.domain.events import Consent
from chalicelib.domain.identity import email_identity, phone_identity
from chalicelib.domain.order import local_day
from chalicelib.domain.receipt import WINDOW, WORDS, Health, Objection, Told, fate, join, parse_reference, telling, told_at, word_of
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Retriable
from chalicelib.fates import FeedbackStore, Handover, PolledTask, StoredFate
from chalicelib.ports import (
    Bounds,
    Clock,
    Counters,
    Marks,
    MemberStore,
    Message,
    Outbox,
    State,
    Vault,
)
from chalicelib.reckoning import outcome_fact
from chalicelib.toolkit.decode import decoder

TRIES = 8
MARKETING = frozenset({"winback", "survey"})
TASK_EVERY = timedelta(minutes=30)
TOLD = "told."  # before a word of what was told, among a message's values
SETTLED = "settled"  # a message's state is what receipts say, not what the call answered
CLAIMED_AT = "claimed_at"  # when it was sent, of a message that failed and therefore has no sent_at


class Halt(msgspec.Struct):
    """The mark `halted#channel`. `halted` False: resumed, and only sends after `at` are looked at."""

    halted: bool
    at: datetime
    reason: str
    sends: int = 0
    bounced: int = 0
    complained: int = 0


class Feedback:
    """What providers tell, brought to where it is decided on."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: FeedbackStore,
        outbox: Outbox,
        members: MemberStore,
        marks: Marks,
        vault: Vault,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._store = store
        self._outbox = outbox
        self._members = members
        self._marks = marks
        self._vault = vault
        self._clock = clock
        self._counters = counters

    # --- from deliver -----------------------------------------------------------------------------------------------------

    def sent(self, message: Message, platform: str, account: str, provider_id: str | None, *, task: str | None = None) -> None:
        """A call was answered: the message is the provider's now. Called before or after its row is saved, also when that is lost.

        `platform` and `account` are those that its receipts come under (`ses` and its account for mail), `provider_id` what
        they will name (of a task "task:contact"); None where the answer named none. `task`: it has to be asked what became of it.
        """
        at = message.sent_at or self._clock.now()
        if message.kind in MARKETING:
            self._store.note_send(message.merchant, message.channel, at, _row_name(message))
        if task is not None:
            asked = PolledTask(platform, account, task, self._clock.now())
            self._store.put_task(message.merchant, asked, self._clock.now() + TASK_EVERY)
        if provider_id is None:
            return
        place = Handover(message.merchant, platform, account, provider_id)
        mine = StoredFate(1, message.owner, message.message_id, {"accepted": telling(at)})
        if not self._store.write(place, mine, expected_version=0):  # something was told already
            self._take(place, (message.owner, message.message_id), mine.told)

    # --- from normalise ---------------------------------------------------------------------------------------------------

    def receipt(self, receipt: Receipt) -> bool:
        """Take a receipt in; False where it is of no message of the outbox, as far as is known by now."""
        if receipt.state not in WORDS:
            return False
        place = Handover(receipt.merchant, receipt.platform, receipt.account, receipt.message_id)
        told = {receipt.state: telling(receipt.at, receipt.reason)}
        return self._take(place, parse_reference(receipt.reference), told)

    def objection(self, objection: Objection) -> None:
        """An address that is refused: suppressed at once, and counted against the channel where it bounced or complained."""
        merchant, channel = objection.merchant, objection.channel
        for identity in _identities(objection):
            self._members.suppress(merchant, self._vault.lookup(merchant, _kind(channel), identity), objection.why, channel)
        self._counters.count("address_refused", channel=channel, reason=objection.why)
        if objection.why in ("bounced", "complained") and objection.message_id is not None:
            place = Handover(merchant, objection.platform, objection.account, objection.message_id)
            told: Told = {objection.why: telling(objection.at or self._clock.now())}
            self._take(place, parse_reference(objection.reference), told)

    def _take(self, place: Handover, mine: tuple[str, str] | None, told: Told) -> bool:
        """Join what is told under the provider's id, then settle the message that it is about."""
        for _ in range(TRIES):
            stored = self._store.read(place)
            owner, message_id = (stored.owner, stored.message_id) if stored.owner else (mine or (None, None))
            joined = replace(stored, version=stored.version + 1, owner=owner, message_id=message_id, told=join(stored.told, told))
            same = (joined.owner, joined.told) == (stored.owner, stored.told)
            if same or self._store.write(place, joined, expected_version=stored.version):
                if owner is None or message_id is None:
                    return False
                return self._settle(place, owner, message_id, joined.told)
        raise Retriable("fate-contended", f"{TRIES} writers were faster")

    # --- settling ---------------------------------------------------------------------------------------------------------

    def _settle(self, place: Handover, owner: str, message_id: str, told: Told) -> bool:
        for _ in range(TRIES):
            message = self._outbox.read(place.merchant, owner, message_id)
            if message is None:
                return False
            settled, known = self._settled(message, place, told)
            self._follow(settled, place, known)
            if settled == message:
                return True
            day = local_day(settled.sent_at or _claimed_at(settled) or self._clock.now(), self._config().zone)
            if self._outbox.save(settled, outcome_fact(settled, day)):
                self._counters.count(f"receipt_{settled.state}", kind=settled.kind, was=message.state)
                if message.state in ("sending", "unknown") and settled.state == "failed":
                    self._give_back(settled)
                return True
        raise Retriable("message-contended", f"{TRIES} writers were faster")

    def _settled(self, message: Message, place: Handover, told: Told) -> tuple[Message, Told]:
        """The message as it is after all that was told of it, and what that is."""
        before = {name.removeprefix(TOLD): text for name, text in message.values.items() if name.startswith(TOLD)}
        known = join(before, told)
        accepted = "accepted" in known or (message.state == "sent" and SETTLED not in message.values)
        state: State = fate(message.state, known, accepted=accepted)
        if state not in ("sent", "failed"):
            return message, known
        at = message.sent_at or _claimed_at(message) or _first(known) or self._clock.now()
        told_before = {name for name in message.values if name.startswith(TOLD)}
        values = {name: message.values[name] for name in message.values.keys() - told_before - {SETTLED, CLAIMED_AT}}
        values |= {TOLD + word: text for word, text in known.items() if not (accepted and word in ("accepted", "sent"))}
        if not accepted and (state != message.state or SETTLED in message.values):
            values[SETTLED] = "1"
        if state == "failed":
            values[CLAIMED_AT] = at.isoformat()
        settled = replace(
            message,
            state=state,
            reason=word_of(state, known) if state == "sent" or "failed" in known else message.reason,
            due_at=None,
            provider_id=message.provider_id or place.provider_id,
            sent_at=at if state == "sent" else None,
            values=values,
        )
        return (message if settled == message else replace(settled, version=message.version + 1)), known

    def _follow(self, message: Message, place: Handover, told: Told) -> None:
        """What else follows: the send counts for the channel's health, and whoever complained has withdrawn."""
        at = message.sent_at or _claimed_at(message)
        trouble = {word: word in told for word in ("bounced", "complained")}
        if message.kind in MARKETING and at is not None and (any(trouble.values()) or SETTLED in message.values):
            self._store.note_send(message.merchant, message.channel, at, _row_name(message), **trouble)
            if any(trouble.values()):
                self._watch(message.merchant, message.channel)
        if "complained" in told:
            said = told_at(told["complained"]) or self._clock.now()
            word = Consent(place.merchant, place.platform, place.account, message.owner, message.channel, False, said, "complaint")
            self._members.put_consent(word, message.owner)

    def _give_back(self, message: Message) -> None:
        """Nothing arrived: the send counts against no cap. A crash before this leaves the member waiting longer, no more."""
        at = _claimed_at(message)
        if at is None or message.kind not in MARKETING:
            return
        cost = message.values.get("cost")
        holder = message.values.get("holder", message.owner)
        budget = None if cost is None else 0
        bounds = Bounds(holder, at, message.channel, cap=0, since=at, daily_cap=0, budget=budget, cost=int(cost or 0))
        self._outbox.give_back(message, bounds)

    # --- a channel's health -----------------------------------------------------------------------------------------------

    def halted(self, merchant: str, channel: str) -> str | None:
        """Why marketing on a channel has stopped itself; None while it goes. One consistent read."""
        halt, _ = self._halt(merchant, channel)
        return halt.reason if halt is not None and halt.halted else None

    def check(self) -> tuple[str, ...]:
        """Each minute: work the health of every channel with trouble out from its newest sends; those that stand still."""
        merchant = self._config().merchant
        names = [name.partition("#")[2] for name in self._marks.named(merchant, "troubled#")]
        halted = tuple(channel for channel in names if self._check(merchant, channel))
        for channel in halted:  # each minute anew: the alarm lasts until somebody resumes
            self._counters.count("sending_halted", channel=channel)
        return halted

    def resume(self, merchant: str, channel: str) -> bool:
        """By ops alone: send again. Only sends from now on are looked at, or the same past would stop it again. False: it goes."""
        for _ in range(TRIES):
            halt, version = self._halt(merchant, channel)
            if halt is None or not halt.halted:
                return False
            resumed = Halt(halted=False, at=self._clock.now(), reason=halt.reason)
            if self._marks.put(merchant, _mark(channel), _text(resumed), expected_version=version):
                return True
        raise Retriable("mark-contended", f"{TRIES} writers were faster")

    def health(self, merchant: str, channel: str) -> Health:
        """The newest marketing sends of a channel, since it was resumed last."""
        halt, _ = self._halt(merchant, channel)
        since = halt.at if halt is not None and not halt.halted else None
        return Health.of(self._store.last_sends(merchant, channel, WINDOW, since))

    def _check(self, merchant: str, channel: str) -> bool:
        halt, version = self._halt(merchant, channel)
        if halt is not None and halt.halted:
            return True
        health = self.health(merchant, channel)
        reason = health.trouble()
        if reason is None:
            return False
        stop = Halt(True, self._clock.now(), reason, health.sends, health.bounced, health.complained)
        # Lost to somebody else's stop or resumption: the next minute looks again.
        return self._marks.put(merchant, _mark(channel), _text(stop), expected_version=version)

    def _halt(self, merchant: str, channel: str) -> tuple[Halt | None, int]:
        found = self._marks.get(merchant, _mark(channel))
        return (decoder(Halt).decode(found[0].encode()), found[1]) if found else (None, 0)

    def _watch(self, merchant: str, channel: str) -> None:
        """There is trouble: the channel is looked at each minute from now on."""
        if self._marks.get(merchant, f"troubled#{channel}") is None:
            self._marks.put(merchant, f"troubled#{channel}", self._clock.now().isoformat(), expected_version=0)


def _mark(channel: str) -> str:
    return f"halted#{channel}"


def _text(halt: Halt) -> str:
    return msgspec.json.encode(halt).decode()


def _row_name(message: Message) -> str:
    return f"{message.owner}#{message.message_id}"


def _claimed_at(message: Message) -> datetime | None:
    text = message.values.get(CLAIMED_AT)
    return datetime.fromisoformat(text) if text else None


def _first(told: Mapping[str, str]) -> datetime | None:
    return min((at for at in map(told_at, told.values()) if at is not None), default=None)


def _kind(channel: str) -> str:
    return "phone" if channel == "sms" else "email"


def _identities(objection: Objection) -> frozenset[str]:
    """The address as it may stand in an order: providers write a domain in ASCII, a person perhaps in their own letters."""
    if objection.channel == "sms":
        phone = phone_identity(objection.address)
        return frozenset({phone} if phone else ())
    spelled = email_identity(objection.address)
    if spelled is None:
        return frozenset()
    local, _, domain = spelled.partition("@")
    found = {spelled}
    for spell in (_in_letters, _in_ascii):
        try:
            found.add(f"{local}@{spell(domain)}")
        except UnicodeError:
            continue  # no other spelling of this one
    return frozenset(found)


def _in_letters(domain: str) -> str:
    return domain.encode("ascii").decode("idna")


def _in_ascii(domain: str) -> str:
    return domain.encode("idna").decode("ascii")
