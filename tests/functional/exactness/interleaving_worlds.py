"""Two worlds to play interleavings on: the whole core over an engine, and the same step over stores in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from chalicelib.asking import Asking
from chalicelib.config import Config, parse
from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.identity import email_identity
from chalicelib.domain.order import Amounts, Buyer, Order
from chalicelib.domain.record import OrderKey, divide, explode
from chalicelib.handing import Handing
from chalicelib.parts import no_texts
from chalicelib.pipeline.deliver import Deliver
from chalicelib.ports import Bounds, Message, StoredOrder
from chalicelib.reach import Reach
from chalicelib.speaking import Speaking
from chalicelib.winback import Winback
from connectors import registry
from ops.local import MemoryArchive, TallyCounters
from tests.functional.exactness.interleaving import CONFIG, FIRST_ORDER, GIVEN, Outside
from tests.functional.exactness.lapsed import consent_of, email, lapse, member_of, order_of
from tests.functional.exactness.world import SHANGHAI, deliver
from tests.functional.stack import NOW, HandClock, Stack


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _hashed(_merchant: str, kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:32]


class RealWorld:
    """Webhooks, tables, stream: everything as it is, but for the key of keyed hashes, so that a seed names one interleaving."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine, CONFIG)
        self.stack.app.parts.vault.lookup = _hashed  # type: ignore[assignment,method-assign]
        self.clock = self.stack.clock

    @property
    def config(self) -> Config:
        """The configuration that the core reads."""
        return self.stack.config

    @config.setter
    def config(self, config: Config) -> None:
        self.stack.config = config

    def begin(self, count: int, outside: Outside) -> list[str]:
        """See World."""
        self.stack.app.parts.renderer = lambda: cast(Any, outside)
        self.stack.app.parts.channel = lambda: cast(Any, outside)
        return lapse(self.stack, count)

    def consent(self, person: int, granted: bool, at: datetime) -> None:
        """See World."""
        deliver(self.stack, [consent_of(person, granted=granted, at=_text(at))])
        self.stack.normalise()

    def complain(self, person: int) -> None:
        """See World."""
        identity = email_identity(email(person)) or ""
        self.stack.app.members.suppress("demo", self.stack.app.parts.vault.lookup("demo", "email", identity), "complaint")

    def unsubscribe(self, person: int) -> None:
        """See World."""
        token = self.stack.app.unsubscribe.url("demo", member_of(self.stack, person)).rpartition("/")[2]
        self.stack.app.unsubscribe.withdraw(token)

    def order(self, person: int, number: int, at: datetime, *, cancelled: bool) -> None:
        """See World."""
        paid, now = order_of(person, _text(at), number), _text(self.clock.at)
        told = json.loads(paid.body) | {"updated_at": now} | ({"cancelled_at": now} if cancelled else {})
        topic = "orders/cancelled" if cancelled else "orders/paid"
        deliver(self.stack, [replace(paid, topic=topic, body=json.dumps(told).encode())])
        self.stack.normalise()

    def project(self) -> None:
        """See World."""
        self.stack.app.tick.beat()
        self.stack.project()

    def sweep(self) -> None:
        """See World."""
        self.stack.sweep()

    def deliver(self, limit: int) -> None:
        """See World."""
        self.stack.app.deliver.run(limit)

    def rows(self, member: str) -> list[Message]:
        """See World."""
        return self.stack.app.outbox.of("demo", member)


class MemoryOutbox:
    """The outbox in a dictionary: the port's words, one thread."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self._sends: dict[str, list[datetime]] = {}
        self._daily: dict[tuple[str | None, Any], int] = {}

    def of(self, _merchant: str, owner: str) -> list[Message]:
        """See Outbox."""
        return [each for each in self.messages.values() if each.owner == owner]

    def due(self, _merchant: str, now: datetime, limit: int) -> list[Message]:
        """See Outbox."""
        open_ = [each for each in self.messages.values() if each.state in ("queued", "deferred") and each.due_at]
        return sorted((each for each in open_ if each.due_at and each.due_at <= now), key=lambda each: str(each.due_at))[:limit]

    def left_sending(self, _merchant: str, before: datetime) -> list[Message]:
        """See Outbox."""
        return [each for each in self.messages.values() if each.state == "sending" and each.sent_at and each.sent_at <= before]

    def save(self, message: Message, _outcome: Any = None) -> bool:
        """See Outbox."""
        if self.messages[message.message_id].version != message.version - 1:
            return False
        self.messages[message.message_id] = message
        return True

    def claim(self, message: Message, bounds: Bounds) -> bool:
        """See Outbox."""
        recent = [stamp for stamp in self._sends.get(bounds.holder, []) if stamp > bounds.since]
        day = (message.campaign, bounds.at.date())
        if len(recent) >= bounds.cap or self._daily.get(day, 0) >= bounds.daily_cap or not self.save(message):
            return False
        self._sends[bounds.holder] = [*recent, bounds.at]
        self._daily[day] = self._daily.get(day, 0) + 1
        return True

    def give_back(self, message: Message, bounds: Bounds) -> None:
        """See Outbox."""
        self._sends[bounds.holder].remove(bounds.at)
        self._daily[message.campaign, bounds.at.date()] -= 1


class MemoryWorld:
    """The deliver step as it is, over stores in memory: a thousand worlds in seconds."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.config = parse(CONFIG)
        self.outbox = MemoryOutbox()
        self._consent: dict[str, tuple[datetime, bool]] = {}
        self._suppressed: set[str] = set()
        self._rows: dict[str, dict[str, MemberOrder]] = {}
        self._waiting: list[MemberOrder] = []
        self._projected = NOW
        self._swept = False
        self._step: Deliver | None = None

    def begin(self, count: int, outside: Outside) -> list[str]:
        """See World."""
        names = [f"member-{number}" for number in range(1, count + 1)]
        for number in range(1, count + 1):
            self.consent(number, True, GIVEN)
            self.order(number, 0, FIRST_ORDER, cancelled=False)
        self.project()
        mine: Any = self
        members, connectors, counters = cast(Any, _Members(self)), cast(Any, registry), TallyCounters()
        outbox = cast(Any, self.outbox)
        shared: dict[str, Any] = {"outbox": outbox, "clock": self.clock}
        reach = Reach(members=members, orders=mine, vault=mine, connectors=connectors)
        speaking = Speaking(renderer=cast(Any, outside), channel=cast(Any, outside), texts=no_texts, connectors=connectors)
        handing = Handing(sent=lambda _message, _place: None, counters=counters, **shared)
        asking = Asking(
            config=lambda: self.config, members=members, reach=reach, speaking=speaking, feedback=mine, marks=mine, **shared
        )
        winback = Winback(
            members=members,
            asking=asking,
            speaking=speaking,
            handing=handing,
            offers=mine,
            marks=mine,
            unsubscribe_url=lambda _merchant, owner: f"https://hooks.example.com/unsubscribe/{owner}",
            survey_url=lambda owner, message_id: f"https://hooks.example.com/s/{owner}/{message_id}",
            click_url=lambda _owner, _message_id: "",
            counters=counters,
            **shared,
        )
        self._step = Deliver(
            config=lambda: self.config,
            winback=winback,
            answering=cast(Any, None),  # nobody wrote a review
            writing=cast(Any, None),
            readers=cast(Any, None),  # nor reads a digest
            handing=handing,
            vault=mine,
            archive=MemoryArchive(),
            connectors=connectors,
            channel=cast(Any, outside),
            counters=counters,
            **shared,
        )
        return names

    def consent(self, person: int, granted: bool, at: datetime) -> None:
        """See World."""
        member = f"member-{person}"
        self._consent[member] = max(self._consent.get(member, (at, granted)), (at, granted))

    def complain(self, person: int) -> None:
        """See World."""
        self._suppressed.add(self.lookup("demo", "email", email_identity(email(person)) or ""))

    def unsubscribe(self, person: int) -> None:
        """See World."""
        self.consent(person, False, self.clock.at)
        self.complain(person)

    def order(self, person: int, number: int, at: datetime, *, cancelled: bool) -> None:
        """See World."""
        day = (at + SHANGHAI).date()
        self._waiting.append(
            MemberOrder(f"member-{person}", "shopify", "acme", f"{person}-{number}", day, not cancelled, "CNY", 2000)
        )

    def project(self) -> None:
        """See World."""
        for row in self._waiting:
            self._rows.setdefault(row.member, {})[row.order_id] = row
        self._waiting.clear()
        self._projected = self.clock.at

    def sweep(self) -> None:
        """See World. Everybody is drawn once for each campaign; of the second, two in five are held out."""
        if self._swept:
            return
        self._swept = True
        for member in self._rows:
            for campaign in self.config.campaigns:
                held = campaign.holdout_permille > 0 and int(member.rpartition("-")[2]) % 5 < 2
                self.outbox.messages[f"{campaign.key}-{member}"] = Message(
                    merchant="demo",
                    message_id=f"{campaign.key}-{member}",
                    owner=member,
                    kind="winback",
                    channel="email",
                    template="winback",
                    locale="en",
                    state="queued",  # also those held out: the gate has to see to it
                    reason=None,
                    due_at=self.clock.at,
                    campaign=campaign.key,
                    arm="holdout" if held else "treated",
                    version=1,
                    values={"occasion": (FIRST_ORDER + SHANGHAI).date().isoformat()},
                )

    def deliver(self, limit: int) -> None:
        """See World."""
        assert self._step is not None
        self._step.run(limit)

    def rows(self, member: str) -> list[Message]:
        """See World."""
        return self.outbox.of("demo", member)

    # The ports of the step.

    def read(self, key: OrderKey) -> StoredOrder:
        """See OrderStore: the order with its buyer's address."""
        person = int(key.order_id.partition("-")[0])
        at = NOW - timedelta(days=60)
        order = Order(
            *("demo", "shopify", "acme", key.order_id, None, "paid", None, "none", False, "CNY", True, Amounts()),
            *(at, at, None, None, None, None, at, Buyer(str(person), email=email(person))),
        )
        plain, personal = divide(explode(order, source=0, occurred_at=None))
        sealed = msgspec.json.encode([[list(clock), told] for clock, told in personal.items()])
        return StoredOrder(1, plain, sealed, f"member-{person}", f"member-{person}")

    def open(self, _merchant: str, _subject: str, sealed: bytes, _place: str = "") -> bytes:
        """See Vault."""
        return sealed

    def lookup(self, _merchant: str, kind: str, value: str) -> str:
        """See Vault."""
        return f"{kind}:{value}"

    def halted(self, _merchant: str, _channel: str) -> str | None:
        """See Feedback."""
        return None

    def get(self, _merchant: str, name: str) -> tuple[str, int] | None:
        """See Marks. Every campaign is approved as it is."""
        approved = {f"approved#{each.key}": json.dumps({"version": each.version}) for each in self.config.campaigns}
        told = {"projected": self._projected.isoformat(), **approved}
        return (told[name], 1) if name in told else None


class _Members:
    """MemberStore of the world in memory."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world

    def orders(self, _merchant: str, member: str) -> list[MemberOrder]:
        """See MemberStore."""
        return list(self._world._rows.get(member, {}).values())

    def consent(self, _merchant: str, subjects: Collection[str], _channel: str, _purpose: str = "marketing") -> bool | None:
        """See MemberStore."""
        (subject,) = subjects
        return self._world._consent[subject][1]

    def linked(self, _merchant: str, _identity: str, _limit: int | None = None) -> list[str]:
        """See MemberStore. Nobody here has a second buyer."""
        return []

    def suppressed(self, _merchant: str, address: str, _channel: str = "email") -> str | None:
        """See MemberStore."""
        return "complaint" if address in self._world._suppressed else None
