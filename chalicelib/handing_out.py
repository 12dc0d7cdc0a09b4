"""All that is held of a person, opened, as one JSON object. Whoever calls this has put it on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chalicelib.belongings import Belongings, Held, Seed
from chalicelib.config import Config
from chalicelib.domain.graph import Member
from chalicelib.domain.order import local_day
from chalicelib.errors import Permanent
from chalicelib.offer_ports import ClickStore
from chalicelib.people import People
from chalicelib.ports import Clock, MemberStore, Message, Outbox, RecordKey
from chalicelib.ports_machine import Vault
from chalicelib.ports_privacy import PersonalRows
from chalicelib.ports_surveys import AnswerStore
from chalicelib.standings import Standings
from chalicelib.toolkit.canonical_json import to_plain

SUPPRESSED_ON = {"email": ("email",), "phone": ("sms", "whatsapp")}
FIELDS = {
    "person": "the name under which one person's buyers are counted, and the buyers; keyed hashes, of use here alone",
    "orders": "every order with its buyer, address, lines, amounts (integers in the smallest unit of `currency`) and refunds",
    "reviews": "what they wrote about what they bought, with our answers",
    "questions": "what they asked in public, with our answers",
    "messages": "what they and the shop wrote to each other, as far as the platform told it to us",
    "contacts": "where the shop has them as a contact: account, employee, state, tags",
    "words": "every yes and no about being written to, with where it was said and to which words; the newest of a channel holds",
    "permissions": "single messages that they allowed",
    "suppressed": "channels on which nothing goes to them, and why",
    "sent": "what was to be sent to them, what became of it, and whether they followed its link",
    "surveys": "their answers to surveys",
    "segment": "where they stand by what they bought: recency, frequency and money, stage, tier",
}
KINDS = {"review": "reviews", "question": "questions", "message": "messages", "contact": "contacts"}


class HandingOut:
    """Reads and opens."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        belongings: Belongings,
        members: MemberStore,
        rows: PersonalRows,
        outbox: Outbox,
        clicks: ClickStore,
        answers: AnswerStore,
        standings: Standings,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._config = config
        self._belongings = belongings
        self._members = members
        self._people = People(members)
        self._rows = rows
        self._outbox = outbox
        self._clicks = clicks
        self._answers = answers
        self._standings = standings
        self._vault = vault
        self._clock = clock

    def of(self, seed: Seed) -> dict[str, Any]:
        """All of a person. `fields` says what is what."""
        config = self._config()
        merchant = config.merchant
        held = self._belongings.of(merchant, seed)
        records = self._records(merchant, held)
        people = {person.name: person for buyer in held.buyers if (person := self._people.member(merchant, buyer)).rows}
        return {
            "merchant": merchant,
            "made_at": self._clock.now(),
            "fields": FIELDS,
            "person": {"names": sorted(people), "buyers": list(held.buyers)},
            "orders": list(self._orders(held)),
            **{name: [told for kind, told in records if kind == key] for key, name in KINDS.items()},
            "words": [_word(each) for subject in held.subjects for each in self._members.words(merchant, subject)],
            "permissions": list(self._permissions(merchant, held)),
            "suppressed": list(self._suppressed(merchant, held)),
            "sent": [told for buyer in held.buyers for told in self._sent(merchant, buyer)],
            "surveys": [told for buyer in held.buyers for told in self._surveys(merchant, buyer)],
            "segment": [found for person in people.values() if (found := self._segment(config, person))],
        }

    def _orders(self, held: Held) -> Iterator[dict[str, Any]]:
        for key in held.orders:
            found = self._belongings.order(key)
            if found is not None:
                order, refunds, _ = found
                yield {**to_plain(order), "refunds": [to_plain(refund) for refund in refunds]}

    def _records(self, merchant: str, held: Held) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for key, stored in self._belongings.records(merchant, held, self._shops()):
            told: dict[str, Any] = msgspec.json.decode(stored.plain)
            if stored.personal is not None and stored.subject is not None:
                told |= self._opened(key, stored.subject, stored.personal)
            found.append((key.kind, told))
        return found

    def _shops(self) -> list[tuple[str, str]]:
        """Whoever wrote to a shop need not have bought there."""
        return [(each.platform, each.account) for each in self._config().accounts]

    def _opened(self, key: RecordKey, subject: str, sealed: bytes) -> dict[str, Any]:
        try:
            told: dict[str, Any] = msgspec.json.decode(self._vault.open(key.merchant, subject, sealed, key.place))
        except Permanent:  # destroyed
            return {}
        return told

    def _permissions(self, merchant: str, held: Held) -> Iterator[dict[str, Any]]:
        for subject in held.subjects:
            for template, at, granted in self._rows.permitted(merchant, subject):
                yield {"template": template, "at": at or None, "granted": granted}

    def _suppressed(self, merchant: str, held: Held) -> Iterator[dict[str, Any]]:
        for identity in held.identities:
            kind, _, known_as = identity.partition(":")
            for channel in SUPPRESSED_ON.get(kind, ()):
                why = self._members.suppressed(merchant, known_as, channel)
                if why is not None:
                    yield {"channel": channel, "reason": why}

    def _sent(self, merchant: str, buyer: str) -> Iterator[dict[str, Any]]:
        clicks = self._clicks.clicks(merchant, buyer)
        for message in self._outbox.of(merchant, buyer):
            yield _message(message) | {"clicked_at": clicks.get(message.message_id)}

    def _surveys(self, merchant: str, buyer: str) -> Iterator[dict[str, Any]]:
        for message in self._outbox.of(merchant, buyer):
            answer = self._answers.read(merchant, buyer, message.message_id) if message.kind == "survey" else None
            if answer is not None:
                yield {"order": answer.order, "score": answer.score, "at": answer.at, "words": self._said(merchant, answer)}

    def _said(self, merchant: str, answer: Any) -> str | None:
        if answer.words is None:
            return None
        try:
            return self._vault.open(merchant, answer.subject, answer.words).decode()
        except Permanent:  # destroyed
            return None

    def _segment(self, config: Config, person: Member) -> dict[str, Any] | None:
        found = self._standings.portrait(person, local_day(self._clock.now(), config.zone))
        if found is None:
            return None
        score = found.score
        return {
            "segment": found.segment,
            "recency_frequency_money": [score.recency, score.frequency, score.money],
            "stage": found.stage.state,
            "tier": found.tier,
            "purchases": len(found.days),
            "last_day": found.days[-1],
            "net": found.money,
            "currency": config.currency,
        }


def _message(message: Message) -> dict[str, Any]:
    names = ("message_id", "kind", "channel", "template", "locale", "state", "reason", "campaign", "sent_at")
    return {name: getattr(message, name) for name in names}


def _word(word: Any) -> dict[str, Any]:
    return {name: getattr(word, name) for name in ("channel", "purpose", "granted", "at", "source", "text_version")}


def readable(told: dict[str, Any]) -> str:
    """What lies beside the file, for whoever opens it: what is in it, in words."""
    lines = [f"What {told['merchant']} holds of one person, as of {told['made_at']:%Y-%m-%d %H:%M} UTC.", ""]
    lines += [f"{name}: {len(told[name])}. {FIELDS[name]}." for name in FIELDS if isinstance(told[name], list)]
    orders = [named_order(each) for each in told["orders"]]
    return (
        "\n".join([*lines, "", "Orders:", *orders, "", "Times are in UTC. Amounts are integers in the currency's smallest unit."])
        + "\n"
    )


def named_order(order: dict[str, Any]) -> str:
    """An order in a line."""
    return f"- {order['platform']}/{order['account']}/{order['order_id']}, {order['placed_at'] or 'no date'}, {order['status']}"
