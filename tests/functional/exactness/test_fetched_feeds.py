"""Feeds that are fetched: a record is confirmed when it is durable here, and not before; what is not confirmed comes again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Api, Capability, FeedRecord, Frame, Secrets
from chalicelib.envelope import decode
from chalicelib.errors import Permanent, Retriable
from chalicelib.intake import Intake
from chalicelib.pipeline.hold import Hold
from chalicelib.pipeline.poll import Poll
from tests.functional.runs.platform import Only
from tests.functional.stack import CONFIG, Stack
from tests.kit.fake import Fake

ACCOUNT = 'platform = "fake"\naccount = "acme"\npull_minutes = 0\noptions = {shop = "1"}\n'
OTHER = '[[accounts]]\nplatform = "generic"\naccount = "erp"\npull_minutes = 0\n'
MADE = CONFIG.replace('platform = "shopify"\naccount = "acme"\n', ACCOUNT, 1).replace(OTHER, "", 1)


def told(number: int, shop: str = "1") -> str:
    """The body of a record."""
    return json.dumps({"n": number, "shop": shop})


class Keeping(Fake):
    """A platform that keeps messages until they are confirmed."""

    info = replace(
        Fake.info, push_trust="none", verify_secrets=(), capabilities=frozenset({Capability.RECEIVES_FEED, Capability.POLLS_FEED})
    )

    def __init__(self, *bodies: str) -> None:
        self.kept = {str(number): body for number, body in enumerate(bodies)}
        self.breaks = False

    def address(self, body: bytes) -> Mapping[str, str]:
        """The shop."""
        try:
            return {"shop": str(json.loads(body)["shop"])}
        except ValueError:
            raise Permanent("feed-malformed", connector="fake") from None

    def poll(self, _api: Api) -> Iterator[tuple[FeedRecord, ...]]:
        """Two at a time; what was given out is not given again in the same run."""
        given: set[str] = set()
        while left := [(receipt, body) for receipt, body in self.kept.items() if receipt not in given][:2]:
            given |= {receipt for receipt, _ in left}
            yield tuple(FeedRecord(receipt, body) for receipt, body in left)

    def confirm(self, records: Sequence[FeedRecord], _api: Api) -> None:
        """Forget."""
        if self.breaks:
            raise Retriable("platform-unavailable")
        for record in records:
            del self.kept[record.receipt]


def intake(stack: Stack, platform: Any) -> Intake:
    """The way in, with this connector."""
    parts = stack.app.parts
    return Intake(
        config=lambda: parse(MADE),
        configs=lambda: (parse(MADE),),
        connectors=Only(platform),
        vault=parts.vault,
        queue=parts.inbound,
        archive=parts.archive,
        clock=parts.clock,
        counters=parts.counters,
    )


def polls(stack: Stack, platform: Any, way_in: Intake | None = None) -> Poll:
    """The step over this connector."""
    return Poll(
        config=lambda: parse(MADE),
        connectors=Only(platform),
        intake=way_in or intake(stack, platform),
        counters=stack.counters,
    )


def test_each_record_is_queued_and_then_confirmed(moto_stack: Stack) -> None:
    platform = Keeping(*(told(number) for number in range(5)))
    assert polls(moto_stack, platform).run() == 5
    assert platform.kept == {} and len(moto_stack.inbound.bodies) == 5


class Eager(Poll):
    """The saboteur: confirms a batch before it is durable."""

    def account(self, platform: str, account: str) -> int:
        """Confirms first."""
        connector: Any = self._connectors.connector(platform)
        for batch in connector.poll(None):
            connector.confirm(batch, None)
            for record in batch:
                self._intake.record(platform, record.body)
        return 0


def lost(stack: Stack, step: type[Poll]) -> int:
    """How many records neither we nor the platform have, when the queue refuses in the middle of a run."""
    platform = Keeping(*(told(number) for number in range(6)))
    refused = iter((False, False, False, True))

    class Breaking(Intake):
        def record(self, platform_key: str, record: str, reader: Any = None) -> None:
            stack.inbound.refuse = next(refused, True)
            super().record(platform_key, record, reader)

    way_in = intake(stack, platform)
    way_in.__class__ = Breaking
    step(config=lambda: parse(MADE), connectors=Only(platform), intake=way_in, counters=stack.counters).run()
    stack.inbound.refuse = False
    return 6 - len({*platform.kept}) - len(stack.inbound.bodies)


def test_a_queue_that_refuses_loses_nothing(moto_stack: Stack) -> None:
    assert lost(moto_stack, Poll) <= 0
    assert moto_stack.counters.total("poll_failed") == 1


def test_the_loss_is_seen_when_records_are_confirmed_first(moto_stack: Stack) -> None:
    assert lost(moto_stack, Eager) > 0


def test_a_confirmation_that_fails_brings_the_same_records_again(moto_stack: Stack) -> None:
    platform = Keeping(told(1))
    platform.breaks = True
    assert polls(moto_stack, platform).run() == 0
    platform.breaks = False
    assert polls(moto_stack, platform).run() == 1
    first, again = (decode(body) for body in moto_stack.inbound.bodies)
    assert first.digest == again.digest  # the same bytes: one archived object, one history row


def test_a_shop_that_nobody_connected_is_left_and_what_cannot_be_read_is_kept_here(moto_stack: Stack) -> None:
    platform = Keeping(told(1, shop="2"), "{", told(3))
    assert polls(moto_stack, platform).run() == 2
    assert list(platform.kept.values()) == [told(1, shop="2")]
    assert moto_stack.counters.total("feed_unowned") == 1 and len(moto_stack.inbound.bodies) == 2


class Talking(Keeping):
    """A platform that talks over a socket: `a:<json>` is a record, `h` a heartbeat."""

    info = replace(Keeping.info, capabilities=frozenset({Capability.RECEIVES_FEED, Capability.HOLDS_SOCKET}))
    heartbeat_seconds = 5
    silent_seconds = 60

    def connect_url(self, secrets: Secrets, now: datetime) -> str:
        """Where."""
        return f"wss://socket.example.com/{secrets.one('client_id')}/{now.timestamp():.0f}"

    def heartbeat(self, _now: datetime) -> str:
        """A beat."""
        return "h"

    def frame(self, text: str, _now: datetime) -> Frame:
        """A record, or a beat."""
        if text == "h":
            return Frame(None)
        if not text.startswith("a:"):
            raise Permanent("frame-malformed", connector="fake")
        return Frame(text[2:], f"ack:{text[2:]}")


class Line:
    """A socket that plays a script: text is a frame, a number is seconds of silence, an exception ends it."""

    def __init__(self, stack: Stack, *script: Any) -> None:
        self._stack, self._script = stack, list(script)
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        """Kept, with how much was on the queue by then."""
        self.sent.append(f"{text}@{len(self._stack.inbound.bodies)}" if text.startswith("ack:") else text)

    def receive(self, seconds: float) -> str | None:
        """What the script says; waiting moves the clock."""
        if not self._script:
            raise Retriable("platform-unavailable")
        if isinstance(self._script[0], int):
            self._script[0] -= 1
            if self._script[0] == 0:
                self._script.pop(0)
            self._stack.clock.at += timedelta(seconds=max(seconds, 1))
            return None
        return str(self._script.pop(0))


def holds(stack: Stack, platform: Any) -> Hold:
    """The step over this connector."""
    return Hold(
        config=lambda: parse(MADE),
        connectors=Only(platform),
        secrets=_Named(),
        intake=intake(stack, platform),
        clock=stack.clock,
        counters=stack.counters,
    )


class _Named:
    def secrets(self, _account: Any) -> Secrets:
        """One."""
        return Secrets({"client_id": ("c1",)})


def test_a_frame_is_answered_once_it_is_on_the_queue(moto_stack: Stack) -> None:
    line = Line(moto_stack, f"a:{told(1)}", "h", "nonsense", f"a:{told(2, shop='2')}", f"a:{told(3)}")
    urls: list[str] = []

    def connect(url: str) -> Line:
        urls.append(url)
        return line

    with pytest.raises(Retriable):
        holds(moto_stack, Talking()).connect("fake", "acme", connect, lambda: False)
    assert urls == [f"wss://socket.example.com/c1/{moto_stack.clock.at.timestamp():.0f}"]
    assert line.sent == [f"ack:{told(1)}@1", f"ack:{told(3)}@2"]
    assert moto_stack.counters.total("feed_unowned") == 2


def test_a_queue_that_refuses_leaves_the_frame_unanswered(moto_stack: Stack) -> None:
    moto_stack.inbound.refuse = True
    line = Line(moto_stack, f"a:{told(1)}")
    with pytest.raises(Retriable, match="queue-unavailable"):
        holds(moto_stack, Talking()).connect("fake", "acme", lambda _url: line, lambda: False)
    assert line.sent == []


def test_hearts_beat_and_silence_ends_the_connection(moto_stack: Stack) -> None:
    line = Line(moto_stack, 100)
    with pytest.raises(Retriable, match="platform-silent"):
        holds(moto_stack, Talking()).connect("fake", "acme", lambda _url: line, lambda: False)
    assert 11 <= line.sent.count("h") <= 13


def test_only_platforms_with_a_socket_are_held(moto_stack: Stack) -> None:
    with pytest.raises(Permanent, match="cannot-hold"):
        holds(moto_stack, Keeping()).connect("fake", "acme", lambda _url: Line(moto_stack), lambda: False)
    with pytest.raises(Permanent, match="cannot-poll"):
        polls(moto_stack, Talking()).account("fake", "acme")
