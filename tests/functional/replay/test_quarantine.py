"""Quarantine: listed by pages, counted cheaply, spread over the table, and nothing that comes back meanwhile is taken away."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters import quarantine as adapter
from chalicelib.adapters.quarantine import DynamoQuarantine
from chalicelib.adapters.table import Table
from chalicelib.domain.selection import Selection
from chalicelib.envelope import Envelope, decode, encode
from chalicelib.errors import Permanent, Retriable
from chalicelib.quarantine import Held, Quarantine
from tests.functional.exactness.world import erp
from tests.functional.stack import Stack

BROKEN = {"status": 7, "order_id": "R2", "buyer": {"email": "wang.wei@example.com", "phone": "13800138000"}}


def body(number: int, day: int = 0, platform: str = "generic") -> str:
    """An envelope that was received on a day of November."""
    digest, at = f"{number:032x}", datetime(2026, 11, 1 + day, 8, 0, tzinfo=UTC)
    return encode(Envelope(digest, "demo", platform, "erp", "push", "request", f"t{number % 3}", digest, at, sealed="c2VhbGVk"))


def hold(stack: Stack, numbers: range, day: int = 0, reason: str = "payload-malformed", platform: str = "generic") -> None:
    """As normalise does."""
    for number in numbers:
        stack.app.work.quarantine("demo", f"{number:032x}", body(number, day, platform), reason, "why")


def held(stack: Stack, **only: Any) -> list[Held]:
    return list(stack.app.quarantine.walk("demo", Selection(**only)))


def test_pages_hold_each_once_the_newest_day_first(stack: Stack) -> None:
    for day, numbers in enumerate((range(10), range(10, 20), range(20, 25))):
        hold(stack, numbers, day, "payload-malformed" if day else "cannot-hydrate")
    seen: list[Held] = []
    after: str | None = None
    for _ in range(100):
        page = stack.app.quarantine.page("demo", after=after, limit=3)
        assert len(page.held) <= 3
        seen, after = seen + list(page.held), page.after
        if after is None:
            break
    assert sorted(each.key for each in seen) == [f"{number:032x}" for number in range(25)]
    assert [each.day for each in seen] == sorted((each.day for each in seen), reverse=True)
    assert len(held(stack, reason="cannot-hydrate")) == 10
    assert {each.topic for each in held(stack, topic="t1")} == {"t1"}
    assert [each.key for each in held(stack, digest=f"{24:032x}")] == [f"{24:032x}"]
    assert held(stack, until=stack.clock.now()) == []
    assert stack.app.quarantine.find("demo", f"{21:032x}").day == "2026-11-03"
    with pytest.raises(Permanent, match="not-quarantined"):
        stack.app.quarantine.find("demo", "0")


def test_counts_follow_what_comes_and_goes(stack: Stack) -> None:
    hold(stack, range(20))
    hold(stack, range(20))  # again: the same
    hold(stack, range(20, 25), 1, "cannot-hydrate", "shopify")
    stack.app.work.quarantine("demo", "no envelope", "no envelope", "envelope-malformed", "why")
    told = stack.app.quarantine.counts("demo")
    assert dict(told) == {("generic", "payload-malformed"): 20, ("shopify", "cannot-hydrate"): 5, ("-", "envelope-malformed"): 1}
    assert stack.app.quarantine.drop("demo", Selection(platform="shopify"), "li@demo.example") == 5
    assert stack.app.quarantine.release("demo", held(stack, platform="generic")[0])
    told = stack.app.quarantine.counts("demo")
    assert dict(told) == {("generic", "payload-malformed"): 19, ("-", "envelope-malformed"): 1}
    assert stack.app.work.held("demo") == 20
    assert [row.act for row in stack.app.audit.read("demo", stack.clock.now() - timedelta(days=1))] == ["quarantine.drop"]


def test_counting_again_reads_no_row(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(moto_stack, range(20))
    assert moto_stack.app.work.held("demo") == 20
    read: list[str] = []
    query = Table.query

    def noted(self: Table, pk: str, *rest: Any, **more: Any) -> Any:
        read.append(pk)
        return query(self, pk, *rest, **more)

    monkeypatch.setattr(Table, "query", noted)
    assert moto_stack.app.work.held("demo") == 20
    assert read == ["demo#Q"]


def test_a_day_that_is_empty_is_taken_off_the_list_and_put_on_again(stack: Stack) -> None:
    hold(stack, range(3))
    stack.app.quarantine.drop("demo", Selection(), "li@demo.example")
    assert list(stack.app.parts.table.query("demo#Q")) == []
    hold(stack, range(3))
    assert (len(held(stack)), stack.app.work.held("demo")) == (3, 3)


def test_a_day_on_which_something_comes_while_it_is_found_empty_stays(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(moto_stack, range(3))
    for each in held(moto_stack):
        moto_stack.app.quarantine.release("demo", each)
    delete = Table.delete

    def late(self: Table, pk: str, sk: str, *rest: Any) -> bool:
        if pk == "demo#Q":
            hold(moto_stack, range(7, 8))
        return delete(self, pk, sk, *rest)

    monkeypatch.setattr(Table, "delete", late)
    moto_stack.app.quarantine.tidy("demo")
    monkeypatch.undo()
    assert len(held(moto_stack)) == 1


def test_what_came_back_meanwhile_is_not_released(stack: Stack) -> None:
    """Byte for byte the same: only its stamp is another."""
    hold(stack, range(1))
    (before,) = held(stack)
    hold(stack, range(1))
    assert stack.app.quarantine.body("demo", before) is None
    assert stack.app.quarantine.release("demo", before) is False
    (after,) = held(stack)
    assert decode(stack.app.quarantine.body("demo", after) or "").digest == after.key
    assert stack.app.quarantine.release("demo", after)
    assert stack.app.quarantine.release("demo", after) is False
    assert (held(stack), stack.app.work.held("demo")) == ([], 0)


def raced(stack: Stack) -> int:
    """Something is released, and comes back at the same time, many times; how often it was there no more, or without its body."""
    lost = 0
    for _ in range(8):
        hold(stack, range(1))
        (before,) = held(stack)
        threads = [threading.Thread(target=hold, args=(stack, range(1)))]
        threads += [threading.Thread(target=stack.app.quarantine.release, args=("demo", before))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        there = held(stack)
        lost += not there or stack.app.quarantine.body("demo", there[0]) is None
    return lost


def test_race_of_release_and_return(stack: Stack) -> None:
    assert raced(stack) == 0
    assert stack.app.work.held("demo") == 1


def test_saboteur_release_of_whatever_lies_there(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "SAME", "attribute_exists(stamp) OR stamp = :stamp")
    hold(moto_stack, range(1))
    (before,) = held(moto_stack)
    hold(moto_stack, range(1))
    assert moto_stack.app.quarantine.release("demo", before)
    assert held(moto_stack) == []


def killed(stack: Stack, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Die at each write of an act, and do it again; how many places there were."""
    for place in range(20):
        left = place

        def dying(name: str, whole: Any) -> Any:
            def write(self: Table, *given: Any, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if left == -1:
                    raise Retriable("table-unavailable", f"died in {name}")
                return whole(self, *given, **more)

            return write

        with monkeypatch.context() as patch:
            for name in ("put", "update", "delete", "transact"):
                patch.setattr(Table, name, dying(name, getattr(Table, name)))
            try:
                act()
                return place
            except Retriable:
                pass
        act()
        yield_ = stack.app.work.held("demo")
        assert yield_ == len(held(stack))
    raise AssertionError("never came to an end")


def test_killed_at_any_write_it_is_held_and_counted_in_the_end(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(stack, range(5))
    assert killed(stack, lambda: hold(stack, range(5, 6)), monkeypatch) == 4
    assert stack.app.work.held("demo") == 6


def test_killed_at_any_write_a_release_is_whole_or_done_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        hold_count = held(stack)
        for each in hold_count[:1]:
            stack.app.quarantine.release("demo", each)

    hold(stack, range(9))
    assert killed(stack, act, monkeypatch) == 2
    assert stack.app.work.held("demo") == len(held(stack))


def test_a_storm_finds_no_hot_key(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    written: Counter[str] = Counter()

    def noted(_: Table, pk: str, *_rest: Any, **_more: Any) -> bool:
        written[pk] += 1
        return True

    for name in ("put", "update"):
        monkeypatch.setattr(Table, name, noted)
    store = DynamoQuarantine(moto_stack.app.parts.table, moto_stack.clock)
    today = moto_stack.clock.now()
    for number in range(1000):
        key_ = f"{number * 7919:032x}"
        told = Envelope(key_, "demo", "generic", "erp", "push", "request", None, key_, today, sealed="c2VhbGVk")
        store.keep("demo", key_, encode(told), "payload-malformed", "why")
    assert max(written.values()) <= 0.1 * sum(written.values())


def test_what_it_looks_like_holds_no_value_and_what_it_says_is_kept_in_the_audit(moto_stack: Stack) -> None:
    raw = json.loads(erp("R2", 1, "paid", 100).body) | BROKEN
    assert moto_stack.push("generic", "erp", json.dumps(raw).encode()) == 200
    moto_stack.normalise()
    (found,) = held(moto_stack)
    shown = moto_stack.app.quarantine.show("demo", found)
    assert ("$.buyer.email", "text") in shown.outline
    assert ("$.status", "number") in shown.outline
    assert not [word for word in ("wang", "138", "R2") if word in str(shown)]
    since = moto_stack.clock.now() - timedelta(days=1)
    assert moto_stack.app.audit.read("demo", since) == []
    assert json.loads(moto_stack.app.quarantine.reveal("demo", found, "li@demo.example")) == raw
    (row,) = moto_stack.app.audit.read("demo", since)
    assert (row.actor, row.act, row.subject) == ("li@demo.example", "quarantine.reveal", found.key)


def test_nothing_is_revealed_that_is_not_kept_in_the_audit(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert moto_stack.push("generic", "erp", json.dumps(BROKEN).encode()) == 200
    moto_stack.normalise()
    (found,) = held(moto_stack)
    opened: list[object] = []
    monkeypatch.setattr(Quarantine, "_opened", lambda *given: opened.append(given))

    def refused(*_: object) -> None:
        raise Retriable("table-unavailable", "on purpose")

    monkeypatch.setattr(moto_stack.app.audit, "note", refused)
    with pytest.raises(Retriable):
        moto_stack.app.quarantine.reveal("demo", found, "li@demo.example")
    assert opened == []


def twice_around_midnight(stack: Stack) -> int:
    """A message that is no envelope: its process dies before the queue lets go of it, and midnight passes."""
    for at in (datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)):
        stack.clock.at = at
        stack.app.normalise.handle("no envelope at all")
    return len(held(stack))


def test_what_is_no_envelope_lies_there_once_though_midnight_passed(stack: Stack) -> None:
    assert twice_around_midnight(stack) == 1


def test_saboteur_the_day_of_what_is_no_envelope_is_the_clocks(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamoQuarantine, "_day_of_no_envelope", lambda _self, _merchant, _key, now: now.date().isoformat())
    assert twice_around_midnight(stack) == 2
