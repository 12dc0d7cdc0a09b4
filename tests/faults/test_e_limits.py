"""Platforms' limits, rest and tokens, shared by all workers: twenty of them, in a minute or an hour of a clock of their own."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, cast

import pytest
import requests
import stamina

from chalicelib.adapters import tokens
from chalicelib.adapters.platform_http import TRIES, PlatformHttp
from chalicelib.adapters.rests import FAILURES, REST, Rests
from chalicelib.adapters.table import Table
from chalicelib.adapters.throttle import RatedHttp, Throttle
from chalicelib.contract import Account, HttpRequest, Rate, Token
from chalicelib.errors import Retriable
from tests.faults.virtual import Turns
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.test_tokens import stores
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told

WORKERS = 20
SHOP, OTHER = Account("demo", "shopify", "acme"), Account("demo", "shopify", "second")
HOST, ELSEWHERE = "api.one.example.com", "api.two.example.com"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Tries follow one another at once."""
    with stamina.set_testing(testing=True, attempts=TRIES):
        yield


class Far(Table):
    """A table as far away as one is: others get their turn before each answer."""

    turns: Turns
    dice: random.Random

    def get(self, pk: str, sk: str, **more: Any) -> Any:
        self.turns.pause(self.dice.uniform(0.002, 0.006))
        return super().get(pk, sk, **more)

    def put(self, pk: str, sk: str, attributes: Any, **more: Any) -> bool:
        self.turns.pause(self.dice.uniform(0.003, 0.008))
        return super().put(pk, sk, attributes, **more)


class Careless(Far):
    """The saboteur: puts without looking whether another was faster."""

    def put(self, pk: str, sk: str, attributes: Any, **_: Any) -> bool:
        return super().put(pk, sk, attributes)


def far(stack: Stack, turns: Turns, kind: type[Far] = Far) -> Far:
    """The stack's table, from afar."""
    near = stack.app.parts.table
    table = kind(lambda: near.client, near.name)
    table.turns, table.dice = turns, random.Random(1)
    return table


# --- 41 -----------------------------------------------------------------------------------------------------------------------

SECONDS, A_SECOND = 60, 2


def calls_in_a_minute(engine: Any, kind: type[Far] = Far) -> int:
    """How many calls twenty workers make under a limit of two a second, each as soon as it may."""
    stack = Stack(engine)
    turns = Turns(stack.clock)
    rate, end, made = Rate("calls", every=1 / A_SECOND), NOW + timedelta(seconds=SECONDS), 0
    table = far(stack, turns, kind)

    def work() -> None:
        nonlocal made
        throttle = Throttle(table, stack.clock, SHOP, turns.pause)
        while stack.clock.now() < end:
            try:
                throttle.take(rate)
            except Retriable as error:
                turns.pause(error.after or 1)
                continue
            made += stack.clock.now() < end

    turns.run([work] * WORKERS)
    assert turns.errors == []
    return made


@pytest.mark.fault(41)
def test_41_twenty_workers_use_a_limit_up_and_do_not_break_it(quick: Any, fault: Told) -> None:
    allowed = A_SECOND * SECONDS
    made = calls_in_a_minute(quick)
    assert 0.9 * allowed <= made <= 1.02 * allowed
    fault.figure(f"{WORKERS} workers, {A_SECOND} a second, {SECONDS} s: {made} calls of {allowed} allowed")


@pytest.mark.fault(41, saboteur=True)
def test_41_saboteur_a_bucket_that_is_put_without_a_look(quick: Any) -> None:
    assert calls_in_a_minute(quick, Careless) > 1.02 * A_SECOND * SECONDS


# --- 42 -----------------------------------------------------------------------------------------------------------------------


@dataclass
class Lines:
    """The lines to two hosts. Each call takes a moment; `answers`: what a host answers, a status and headers, or nothing."""

    turns: Turns
    answers: Callable[[str], tuple[int, dict[str, str]] | None]
    calls: list[tuple[datetime, str]] = field(default_factory=list)

    def request(self, _method: str, url: str, **_: Any) -> requests.Response:
        """As a session does it."""
        host = url.split("/")[2]
        self.calls.append((self.turns.clock.now(), host))
        self.turns.pause(0.3)
        found = self.answers(host)
        if found is None:
            raise requests.ConnectionError
        made = requests.Response()
        made.status_code, headers = found
        made.headers.update(headers)
        made._content = b"{}"
        return made

    def to(self, host: str) -> list[datetime]:
        """When a host was called."""
        return [at for at, called in self.calls if called == host]


def worker(stack: Stack, lines: Lines, table: Table, account: Account, *, shared: bool = True) -> RatedHttp:
    """What one worker calls a platform with."""
    http = PlatformHttp((HOST, ELSEWHERE), lambda: cast(requests.Session, lines), stack.clock)
    rests = Rests(table, stack.clock, account) if shared else None
    return RatedHttp(http, Throttle(table, stack.clock, account, lines.turns.pause), rests)


def keep_calling(stack: Stack, lines: Lines, http: RatedHttp, host: str, end: datetime) -> None:
    """Work that comes again as its queue lets it, a little spread."""
    dice = random.Random(id(http))
    while stack.clock.now() < end:
        try:
            http.send(HttpRequest("GET", f"https://{host}/orders"))
        except Retriable as error:
            lines.turns.pause((error.after or 5) + dice.uniform(0, 2))
        else:
            lines.turns.pause(dice.uniform(8, 12))


def hour(engine: Any, *, shared: bool = True) -> Lines:
    """A platform is down for an hour and back for ten minutes; another is well all the time."""
    stack = Stack(engine)
    turns = Turns(stack.clock)
    back, end = NOW + timedelta(hours=1), NOW + timedelta(minutes=70)
    lines = Lines(turns, lambda host: (200, {}) if host == ELSEWHERE or stack.clock.now() >= back else None)
    table = far(stack, turns)
    workers = [worker(stack, lines, table, SHOP, shared=shared) for _ in range(WORKERS)]
    work = [partial(keep_calling, stack, lines, each, HOST, end) for each in workers]
    work.append(partial(keep_calling, stack, lines, worker(stack, lines, table, SHOP, shared=shared), ELSEWHERE, end))
    turns.run(work)
    assert turns.errors == []
    return lines


def rests_between(lines: Lines) -> list[timedelta]:
    """The gaps between calls to the platform that is down, once all who called at the outset had no answer."""
    while_down = [at for at in lines.to(HOST) if NOW + timedelta(seconds=30) < at < NOW + timedelta(hours=1)]
    return [later - earlier for earlier, later in pairwise(while_down)]


@pytest.mark.fault(42)
def test_42_a_platform_that_is_down_is_asked_once_an_interval_and_called_again_when_it_is_back(quick: Any, fault: Told) -> None:
    lines = hour(quick)
    gaps = rests_between(lines)
    assert min(gaps) >= REST
    assert len(gaps) >= 50, "it is asked after all the same"
    first = [at for at in lines.to(HOST) if at < NOW + timedelta(seconds=30)]
    assert len(first) <= WORKERS * TRIES, "those that were under way"
    last = [at for at in lines.to(HOST) if at > NOW + timedelta(minutes=65)]
    assert len(last) > 5 * WORKERS, "everybody calls again"
    well = lines.to(ELSEWHERE)
    assert max(later - earlier for earlier, later in pairwise(well)) < timedelta(seconds=15)
    fault.figure(f"{WORKERS} workers, an hour: {len(gaps) + 1} calls, none within {int(REST.total_seconds())} s of another")


@pytest.mark.fault(42, saboteur=True)
def test_42_saboteur_each_worker_for_itself(quick: Any) -> None:
    gaps = rests_between(hour(quick, shared=False))
    assert min(gaps) < REST
    assert len(gaps) > 60 * WORKERS / 2


@pytest.mark.fault(42)
def test_42_one_order_that_its_platform_always_fails_on_stops_nobody(quick: Any) -> None:
    stack = Stack(quick)
    rests = Rests(stack.app.parts.table, stack.clock, SHOP)
    for _ in range(10):
        for _ in range(FAILURES - 1):
            rests.failed(HOST)
        assert rests.ask(HOST) is False
        stack.clock.at += REST


@pytest.mark.fault(42)
def test_42_who_was_to_ask_and_did_not_leaves_it_to_the_next(quick: Any) -> None:
    """Its own limit was used up, or it had no answer itself a moment ago."""
    stack = Stack(quick)
    one, two = (Rests(stack.app.parts.table, stack.clock, SHOP) for _ in range(2))
    for _ in range(FAILURES):
        one.failed(HOST)
    with pytest.raises(Retriable, match="platform-resting") as resting:
        two.ask(HOST)
    assert resting.value.after == REST.total_seconds()
    stack.clock.at += REST
    assert one.ask(HOST) is True
    with pytest.raises(Retriable, match="platform-resting"):
        two.ask(HOST)
    one.not_asked(HOST)
    assert two.ask(HOST) is True
    two.answered(HOST)
    assert [each.ask(HOST) for each in (one, two)] == [False, False]


# --- 40, of all workers together ----------------------------------------------------------------------------------------------


def told_to_wait(engine: Any, *, shared: bool = True) -> tuple[Lines, list[datetime]]:
    """Twenty workers of one account, and one of another: the platform asks the first to wait, once."""
    stack = Stack(engine)
    turns = Turns(stack.clock)
    told: list[datetime] = []

    def answers(_host: str) -> tuple[int, dict[str, str]]:
        if stack.clock.now() > NOW + timedelta(seconds=20) and not told:
            told.append(stack.clock.now())
            return 429, {"Retry-After": "30"}
        return 200, {}

    lines = Lines(turns, answers)
    table, end = far(stack, turns), NOW + timedelta(seconds=90)
    work = [
        partial(keep_calling, stack, lines, worker(stack, lines, table, SHOP, shared=shared), HOST, end) for _ in range(WORKERS)
    ]
    work.append(partial(keep_calling, stack, lines, worker(stack, lines, table, OTHER, shared=shared), ELSEWHERE, end))
    turns.run(work)
    assert turns.errors == []
    return lines, told


def too_early(lines: Lines, told: datetime) -> int:
    """Calls begun while the platform wanted to be left alone; those that were being made when it said so are none."""
    return sum(told + timedelta(seconds=0.5) < at < told + timedelta(seconds=30) for at in lines.to(HOST))


@pytest.mark.fault(40)
def test_40_nobody_calls_before_the_time_that_one_worker_was_told(quick: Any, fault: Told) -> None:
    lines, (told,) = told_to_wait(quick)
    assert too_early(lines, told) == 0
    assert len([at for at in lines.to(HOST) if at > told]) >= WORKERS
    assert len([at for at in lines.to(ELSEWHERE) if told < at < told + timedelta(seconds=30)]) >= 2
    fault.figure(f"{WORKERS} workers, Retry-After 30 s told to one: {too_early(lines, told)} calls within it")


@pytest.mark.fault(40, saboteur=True)
def test_40_saboteur_each_worker_for_itself(quick: Any) -> None:
    lines, (told,) = told_to_wait(quick, shared=False)
    assert too_early(lines, told) > 0


# --- 43 -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(43, saboteur=True)
def test_43_saboteur_without_a_lease_many_refresh(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_FREE", "attribute_not_exists(lease) OR lease < :now OR lease >= :now")
    moto_stack.app.parts.vault.seal("demo", "token-douyin-95250", b"x")
    calls: list[int] = []
    together = threading.Barrier(WORKERS)

    def refresh(_held: Token | None) -> Token:
        calls.append(1)
        together.wait(60)
        return Token("fresh", moto_stack.clock.now() + timedelta(hours=1), "next")

    at_once([partial(lambda store: store.get(refresh) and None, store) for store in stores(moto_stack, WORKERS)], WORKERS)
    assert len(calls) == WORKERS
