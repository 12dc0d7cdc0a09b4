"""Replay of the archive and of quarantine: whole, paced, resumable, and refused where a stored byte is another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib import unsealing
from chalicelib.contract import Account, RawRequest
from chalicelib.domain.record import OrderKey
from chalicelib.domain.retention import RetentionTerms
from chalicelib.domain.selection import Selection
from chalicelib.envelope import decode
from chalicelib.errors import Permanent, Retriable
from chalicelib.pacing import Pace
from chalicelib.pipeline.replay import Replay, _Cursor
from chalicelib.raw_names import RawName, parse, shelf
from connectors import registry
from ops.rehearsal import read_order
from tests.functional.exactness.world import DELIVERIES, Delivery, deliver, erp
from tests.functional.stack import Stack

YEARS = timedelta(days=3 * 365 + 1)
ORDERS = [erp(f"R{number}", 1, "paid", 100 + number) for number in range(13)]


def keep_long(stack: Stack) -> None:
    """Raw requests for as long as the merchant likes: the default is a month, after which there is nothing to replay."""
    stack.config = replace(stack.config, retention=RetentionTerms(raw_days=YEARS.days))


def key_of(delivery: Delivery) -> OrderKey:
    return OrderKey("demo", "generic", "erp", json.loads(delivery.body)["order_id"])


def archive(stack: Stack) -> list[RawName]:
    return [raw for name in stack.archive.names("raw/") if (raw := parse(name))]


def told(stack: Stack, deliveries: list[Delivery]) -> Stack:
    """They came, one a minute, and are archived."""
    for each in deliveries:
        deliver(stack, [each])
        stack.normalise()
        stack.clock.at += timedelta(minutes=1)
    return stack


def replay_of(stack: Stack) -> Replay:
    """The stack's, whose pauses move the clock."""

    def pause(seconds: float) -> None:
        stack.clock.at += timedelta(seconds=seconds)

    stack.app.replay._pause = pause
    return stack.app.replay


def forgotten(stack: Stack, deliveries: list[Delivery]) -> list[Any]:
    """The orders as they stood, which the table then forgets."""
    before = [read_order(stack.app, key_of(each)) for each in deliveries]
    for each in deliveries:
        key = key_of(each)
        assert stack.app.orders.read(key).version
        for item in list(stack.app.parts.table.query(f"demo#O#generic#erp#{key.order_id}")):
            stack.app.parts.table.delete(item["pk"]["S"], item["sk"]["S"])
    return before


@pytest.mark.fault(8)
def test_three_years_on_the_archive_makes_the_same_orders(stack: Stack) -> None:
    keep_long(stack)
    told(stack, ORDERS)
    before = forgotten(stack, ORDERS)
    stack.clock.at += YEARS
    found = replay_of(stack).archived(Selection(platform="generic"))
    assert (found.found, found.sent, found.refused, len(stack.bulk.bodies)) == (13, 13, 0, 13)
    assert {decode(body).lane for body in stack.bulk.bodies} == {"bulk"}
    stack.normalise()
    assert [read_order(stack.app, key_of(each)) for each in ORDERS] == before
    versions = [stack.app.orders.read(key_of(each)).version for each in ORDERS]
    replay_of(stack).archived(Selection(platform="generic"))
    stack.normalise()
    assert [stack.app.orders.read(key_of(each)).version for each in ORDERS] == versions
    assert len(archive(stack)) == 13  # and nothing is archived under another name


@pytest.mark.fault(8)
def test_three_years_on_the_same_request_is_refused_at_the_door(moto_stack: Stack) -> None:
    connector: Any = registry.connector("generic")
    shop, now = Account("demo", "generic", "erp", {}), moto_stack.clock.now()
    raw = RawRequest("POST", moto_stack.config.webhook_url("generic", "erp"), {}, (), ORDERS[0].body)
    signed = connector.sign(raw, shop, moto_stack.app.parts.secrets.secrets(shop), now)
    assert moto_stack.app.receive.handle("generic", "erp", signed).status == 200
    keep_long(moto_stack)
    moto_stack.clock.at += YEARS
    assert moto_stack.app.receive.handle("generic", "erp", signed).status == 401
    moto_stack.normalise()
    assert replay_of(moto_stack).archived().sent == 1


def test_names_lie_by_account_day_topic_and_time(moto_stack: Stack) -> None:
    told(moto_stack, list(DELIVERIES[:6]))
    names = archive(moto_stack)
    assert all(str(each).startswith(shelf("demo", each.platform, each.account, day=each.at.date())) for each in names)
    assert {each.topic for each in names} >= {"order.updated"} or all(each.topic for each in names)
    history = moto_stack.app.orders.history(OrderKey("demo", "generic", "erp", json.loads(DELIVERIES[0].body)["order_id"]))
    assert {row.archive_key for row in history} <= {str(each) for each in names}


@pytest.mark.parametrize("topic", ["orders/paid", None, "订单", "a%2Fb", "..", "x" * 500, "my order is late"])
def test_a_name_says_what_it_was_made_of(topic: str | None) -> None:
    """A topic that is no word of a platform's is told by its hash: a sentence, however it is written, may be about somebody."""
    at = datetime(2026, 11, 20, 8, 59, 59, 123_000, UTC)
    for unread in (False, True):
        raw = RawName("de#mo", "shopify", "a/c", at, topic, "pull", "0" * 32, unread)
        back = parse(str(raw))
        assert back is not None and (back.account, back.at, back.source, back.form, back.unread) == (
            "a/c",
            at,
            "pull",
            "event",
            unread,
        )
        hashed = f"~{hashlib.sha256(quote(topic or '', safe='').encode()).hexdigest()[:16]}"
        assert back.topic == (topic if topic in ("orders/paid", None, "订单") else hashed)
        assert len(str(raw)) < 400 and ".." not in str(raw).split("/")


def test_only_the_selected_come_again(moto_stack: Stack) -> None:
    began = moto_stack.clock.now()
    told(moto_stack, ORDERS)
    replay = replay_of(moto_stack)
    late = Selection(since=began + timedelta(minutes=10))
    assert replay.archived(late, dry_run=True).found == 3
    assert replay.archived(Selection(until=began + timedelta(minutes=5)), dry_run=True).found == 5
    assert replay.archived(Selection(since=began - YEARS), dry_run=True).found == 13
    assert replay.archived(Selection(platform="shopify"), dry_run=True).found == 0
    assert replay.archived(Selection(topic="nonsense"), dry_run=True).found == 0
    (name,) = {each.topic for each in archive(moto_stack)}
    found = replay.archived(Selection(topic=name), dry_run=True)
    assert dict(found.by) == {("generic", name): 13}
    assert replay.archived(Selection(digest=archive(moto_stack)[4].digest), dry_run=True).found == 1
    assert (moto_stack.bulk.bodies, moto_stack.app.marks.named("demo", "replay#")) == ([], {})
    assert replay.archived(late).sent == 3


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.fault(8)
def test_a_changed_byte_is_refused_wherever_it_is(moto_stack: Stack) -> None:
    told(moto_stack, ORDERS[:1])
    (raw,) = archive(moto_stack)
    whole = moto_stack.archive.objects[str(raw)]
    for place in range(0, len(whole), 7):
        moto_stack.archive.objects[str(raw)] = flipped(whole, place)
        found = replay_of(moto_stack).archived()
        assert (found.found, found.sent, found.refused) == (1, 0, 1), place
    assert moto_stack.bulk.bodies == []


def moved(stack: Stack, **changes: Any) -> RawName:
    """The one archived object under another name."""
    from dataclasses import replace

    (raw,) = archive(stack)
    other = replace(raw, **changes)
    stack.archive.objects[str(other)] = stack.archive.objects.pop(str(raw))
    return other


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"digest": "0" * 32}, "seal-broken"), ({"platform": "shopify", "account": "acme"}, "digest-differs")],
)
def test_an_object_under_another_name_is_refused(moto_stack: Stack, changes: dict[str, str], reason: str) -> None:
    told(moto_stack, ORDERS[:1])
    name = moved(moto_stack, **changes)
    found = replay_of(moto_stack).archived()
    assert (found.sent, found.refusals) == (0, [(str(name), reason)])


def test_what_is_changed_on_the_way_is_refused_where_it_is_opened(moto_stack: Stack) -> None:
    """Another account of the same merchant on an envelope: its orders would be somebody else's."""
    deliver(moto_stack, ORDERS[:1])
    moto_stack.inbound.bodies = [each.replace('"account":"erp"', '"account":"other"') for each in moto_stack.inbound.bodies]
    moto_stack.normalise()
    assert [each.reason for each in moto_stack.app.work.quarantined("demo")] == ["digest-differs"]


@pytest.mark.fault(8, saboteur=True)
def test_saboteur_without_the_hash_an_object_of_another_account_is_sent(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    told(moto_stack, ORDERS[:1])
    moved(moto_stack, platform="shopify", account="acme")
    monkeypatch.setattr(unsealing, "require_genuine", lambda *_: None)
    assert replay_of(moto_stack).archived().sent == 1


def test_it_is_paced(moto_stack: Stack) -> None:
    told(moto_stack, ORDERS)
    before = moto_stack.clock.at
    replay_of(moto_stack).archived(rate=2)
    assert moto_stack.clock.at - before == timedelta(seconds=5)  # the last batch goes when the ten before it have had theirs


def test_a_pace_is_kept_by_the_clock_and_not_by_the_pauses() -> None:
    class Slow:
        def __init__(self) -> None:
            self.at = datetime(2026, 11, 20, tzinfo=UTC)

        def now(self) -> datetime:
            self.at += timedelta(seconds=1)
            return self.at

    pauses: list[float] = []
    pace = Pace(10, Slow(), pauses.append)
    for _ in range(5):
        pace.wait(10)
    assert pauses == []
    with pytest.raises(ValueError, match="rate"):
        Pace(0, Slow())


def killed_everywhere(stack: Stack, monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any]) -> int:
    """Die at each send and at each mark, go on in another run; what never came. Begins with what a run sends that is not killed."""
    for place in range(40):
        left = place
        send, put = stack.bulk.send, stack.app.marks.put

        def dying(whole: Any) -> Any:
            def act(*given: Any, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if left == -1:
                    raise Retriable("queue-unavailable", "died on purpose")
                return whole(*given, **more)

            return act

        stack.bulk.bodies.clear()
        with monkeypatch.context() as patch:
            patch.setattr(stack.bulk, "send", dying(send))
            patch.setattr(stack.app.marks, "put", dying(put))
            try:
                run()
            except Retriable:
                patch.undo()
                run()
            else:
                return 0
        came = {decode(body).digest for body in stack.bulk.bodies}
        missing = len({raw.digest for raw in archive(stack)} - came)
        if missing:
            return missing
    raise AssertionError("never came to an end")


def test_killed_anywhere_none_is_missed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    told(stack, ORDERS)
    replay = replay_of(stack)
    assert killed_everywhere(stack, monkeypatch, replay.archived) == 0


def test_it_goes_on_where_it_was_broken_off_and_begins_anew_when_asked(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    told(moto_stack, ORDERS)
    replay, send = replay_of(moto_stack), moto_stack.bulk.send

    def full(bodies: Any, **_: Any) -> None:
        if len(moto_stack.bulk.bodies) == 10:
            raise Retriable("queue-unavailable", "full")
        send(bodies)

    for afresh, sent in ((False, 3), (True, 13)):
        moto_stack.bulk.bodies.clear()
        with monkeypatch.context() as patch:
            patch.setattr(moto_stack.bulk, "send", full)
            with pytest.raises(Retriable):
                replay.archived()
        found = replay.archived(afresh=afresh)
        assert (found.sent, found.resumed) == (sent, not afresh)
    assert replay.archived().sent == 13  # the one before came to its end


def test_saboteur_a_cursor_that_moves_before_the_batch_is_sent(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hasty(Replay):
        def _send(self, merchant: str, name: str, at: tuple[_Cursor, int], batch: list[RawName], pace: Pace) -> int:
            cursor, version = at
            if batch:
                cursor.after = str(batch[-1])
                value = json.dumps({"began": cursor.began.isoformat(), "after": cursor.after})
                self._marks.put(merchant, name, value, expected_version=version)
                version += 1
            return super()._send(merchant, name, (cursor, version), batch, pace)

    told(moto_stack, ORDERS)
    replay = replay_of(moto_stack)
    monkeypatch.setattr(replay, "__class__", Hasty)
    assert killed_everywhere(moto_stack, monkeypatch, replay.archived) > 0


def test_the_same_selection_is_not_replayed_by_two_at_once(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    told(stack, ORDERS)
    replay, send = replay_of(stack), stack.bulk.send
    once: list[bool] = []

    def joined(bodies: Any, **_: Any) -> None:
        send(bodies)
        if not once:
            once.append(True)
            replay.archived()

    monkeypatch.setattr(stack.bulk, "send", joined)
    with pytest.raises(Retriable, match="replay-doubled"):
        replay.archived()


def broken(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """All orders came and could not be mapped."""

    def fails(*_: Any) -> Any:
        raise Permanent("payload-malformed")

    with monkeypatch.context() as patch:
        patch.setattr(type(registry.connector("generic")), "canonical", fails)
        told(stack, ORDERS)


def test_quarantine_comes_again_three_years_on_and_is_empty_after_the_fix(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_long(stack)
    broken(stack, monkeypatch)
    stack.clock.at += YEARS
    replay = replay_of(stack)
    assert replay.quarantined(Selection(reason="nonsense")).found == 0
    assert (replay.quarantined(dry_run=True).found, len(stack.bulk.bodies)) == (13, 0)
    assert replay.quarantined(dry_run=True, limit=4).found == 4
    (one,) = stack.app.quarantine.walk("demo", Selection(digest=stack.app.work.quarantined("demo")[0].key))
    assert replay.quarantined(Selection(digest=one.key), dry_run=True).found == 1
    found = replay.quarantined(Selection(reason="payload-malformed"), rate=1000)
    assert (found.sent, dict(found.by)) == (13, {("generic", "payload-malformed"): 13})
    stack.normalise()
    assert stack.app.work.held("demo") == 0
    assert all(stack.app.orders.read(key_of(each)).version == 1 for each in ORDERS)


def test_quarantine_killed_anywhere_none_is_lost(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(moto_stack, monkeypatch)
    held = {each.key for each in moto_stack.app.work.quarantined("demo")}
    replay, release = replay_of(moto_stack), moto_stack.app.quarantine.release
    for place in (0, 1, 2, 3):
        left = place

        def dying(*given: Any) -> bool:
            nonlocal left
            left -= 1
            if left < 0:
                raise Retriable("table-unavailable", "died on purpose")
            return release(*given)

        with monkeypatch.context() as patch:
            patch.setattr(moto_stack.app.quarantine, "release", dying)
            with pytest.raises(Retriable):
                replay.quarantined()
        there = {each.key for each in moto_stack.app.work.quarantined("demo")}
        assert there | {decode(body).digest for body in moto_stack.bulk.bodies} == held
    replay.quarantined()
    assert moto_stack.app.work.held("demo") == 0


def test_what_comes_back_meanwhile_stays_and_is_not_met_again(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is faster than the release: the same bytes lie there again, and are not taken away."""
    broken(moto_stack, monkeypatch)
    send = moto_stack.bulk.send

    def at_once(bodies: Any, **_: Any) -> None:
        assert len(bodies) <= 10
        send(bodies)
        moto_stack.clock.at += timedelta(seconds=1)
        broken_again = [moto_stack.bulk.bodies.pop(0) for _ in list(moto_stack.bulk.bodies)]
        for body in broken_again:
            moto_stack.app.work.quarantine("demo", decode(body).digest, body, "payload-malformed", "again")

    monkeypatch.setattr(moto_stack.bulk, "send", at_once)
    assert replay_of(moto_stack).quarantined(rate=1000).sent == 13
    assert moto_stack.app.work.held("demo") == 13
    assert {each.detail for each in moto_stack.app.work.quarantined("demo")} == {"again"}


def test_what_is_no_envelope_is_named_and_stays(moto_stack: Stack) -> None:
    moto_stack.app.normalise.handle("no envelope")
    found = replay_of(moto_stack).quarantined()
    assert (found.sent, found.refused, found.refusals[0][1]) == (0, 1, "envelope-malformed")
    assert moto_stack.app.work.held("demo") == 1


def test_the_last_part_of_a_url_may_be_a_secret_and_stays_inside_the_seal(moto_stack: Stack) -> None:
    """Only what the connector calls a topic stands outside, on the queue and in names of the archive."""
    shop, secret = Account("demo", "generic", "erp", {}), "a-secret-that-a-platform-was-told"
    request = RawRequest("POST", f"https://hooks.example.com/{secret}", {}, (), ORDERS[0].body, secret)
    moto_stack.app.intake.request(shop, request, frozenset())
    assert secret not in moto_stack.inbound.bodies[0]
    moto_stack.normalise()
    assert len(archive(moto_stack)) == 1
    assert secret not in str(archive(moto_stack)[0])
    assert replay_of(moto_stack).archived().sent == 1
