"""A platform's limit on calls is one limit, however many workers call; keys that a forger invents cost a bounded number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.public_keys import FETCHES, PublicKeys
from chalicelib.adapters.table import Table
from chalicelib.adapters.throttle import RatedHttp, Throttle
from chalicelib.contract import Account, HttpRequest, HttpResponse, Rate
from chalicelib.errors import Rejected, Retriable
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack

SHOP = Account("demo", "amazon", "A1", {})
SLOW = Rate("orders", every=178.0, burst=5)


class Careless(Table):
    """The saboteur: puts without looking whether another was faster. Nobody writes before so many have looked."""

    looked: threading.Barrier

    def put(self, pk: str, sk: str, attributes: Any, **_: Any) -> bool:
        self.looked.wait(60)
        return super().put(pk, sk, attributes)


def taken(stack: Stack, table: Table, workers: int = 24) -> int:
    """How many of that many workers may call at once; each has a throttle of its own, as each Lambda has."""
    # On moto a write that loses is seen at once; the pause makes room for the others between look and write.
    throttles = [Throttle(table, stack.clock, SHOP, lambda _seconds: None) for _ in range(workers)]
    refused: list[BaseException] = []
    for _ in range(4):  # a worker that found it contended comes again, as from its queue
        errors = at_once([lambda throttle=throttle: throttle.take(SLOW) for throttle in throttles], workers)  # type: ignore[misc]
        refused += errors
        throttles = throttles[: sum("contended" in str(error) for error in errors)]
        if not throttles:
            break
    assert all(isinstance(error, Retriable) and error.reason == "platform-throttled" for error in refused)
    return workers - sum("used up" in str(error) for error in refused)


@pytest.mark.fault(41)
def test_workers_share_one_limit(stack: Stack) -> None:
    assert taken(stack, stack.app.parts.table) == SLOW.burst


@pytest.mark.fault(41, saboteur=True)
def test_without_the_condition_the_limit_is_broken(stack: Stack) -> None:
    table = stack.app.parts.table
    careless = Careless(lambda: table.client, table.name)
    careless.looked = threading.Barrier(24)
    assert taken(stack, careless) > SLOW.burst


def test_a_call_comes_back_each_interval_and_says_when(moto_stack: Stack) -> None:
    throttle = Throttle(moto_stack.app.parts.table, moto_stack.clock, SHOP)
    for _ in range(SLOW.burst):
        throttle.take(SLOW)
    with pytest.raises(Retriable) as refused:
        throttle.take(SLOW)
    assert refused.value.after == 178
    moto_stack.clock.at += timedelta(seconds=178)
    throttle.take(SLOW)
    with pytest.raises(Retriable):
        throttle.take(SLOW)
    Throttle(moto_stack.app.parts.table, moto_stack.clock, Account("demo", "amazon", "A2", {})).take(SLOW)  # its own count


def test_a_short_wait_is_waited_for(moto_stack: Stack) -> None:
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        moto_stack.clock.at += timedelta(seconds=seconds)

    quick = Rate("quick", every=0.5, burst=1)
    throttle = Throttle(moto_stack.app.parts.table, moto_stack.clock, SHOP, pause)
    throttle.take(quick)
    throttle.take(quick)
    assert waits == [0.5]


def test_only_requests_that_name_a_limit_are_counted(moto_stack: Stack) -> None:
    sent: list[str] = []

    class Http:
        def send(self, request: HttpRequest) -> HttpResponse:
            sent.append(request.url)
            return HttpResponse(200, {}, b"")

    http = RatedHttp(Http(), Throttle(moto_stack.app.parts.table, moto_stack.clock, SHOP))
    for _ in range(SLOW.burst + 1):
        http.send(HttpRequest("GET", "https://example.com/free"))
    for _ in range(SLOW.burst):
        http.send(HttpRequest("GET", "https://example.com/slow", rate=SLOW))
    with pytest.raises(Retriable):
        http.send(HttpRequest("GET", "https://example.com/slow", rate=SLOW))
    assert len(sent) == 2 * SLOW.burst + 1


def keys_of(stack: Stack) -> PublicKeys:
    """Another worker's keys."""
    return PublicKeys(stack.app.parts.table, stack.clock, lambda _seconds: None)


def test_a_key_is_fetched_once_for_all_workers_and_again_after_an_hour(moto_stack: Stack) -> None:
    asked: list[int] = []

    def fetch() -> str:
        asked.append(1)
        return "PEM"

    keys = keys_of(moto_stack)
    assert {keys.get(SHOP, "kid-1", fetch) for _ in range(3)} == {"PEM"}
    assert keys_of(moto_stack).get(SHOP, "kid-1", fetch) == "PEM"
    assert len(asked) == 1
    moto_stack.clock.at += timedelta(hours=1, seconds=1)
    assert keys.get(SHOP, "kid-1", fetch) == "PEM" and len(asked) == 2


def test_invented_key_ids_cost_a_bounded_number_of_calls(moto_stack: Stack) -> None:
    asked: list[int] = []

    def fetch() -> str:
        asked.append(1)
        raise Rejected("key-unknown")

    def attempt(keys: PublicKeys, name: str) -> Callable[[], Any]:
        return lambda: keys.get(SHOP, name, fetch)

    keys = keys_of(moto_stack)
    for number in range(FETCHES.burst):
        with pytest.raises(Rejected):
            attempt(keys, f"invented-{number}")()
    with pytest.raises(Retriable):  # 503: a true key of that moment comes again with the platform's next try
        attempt(keys, "invented-last")()
    with pytest.raises(Rejected):  # known to be none: not asked again
        attempt(keys, "invented-0")()
    assert len(asked) == FETCHES.burst
