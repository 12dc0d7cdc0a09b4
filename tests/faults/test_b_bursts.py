"""Rows of section B on bursts: one shop's is answered 429 to it alone, and what the platform then sends again is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import app as entry_points
from chalicelib import bootstrap
from chalicelib.bursts import Bursts
from chalicelib.config import parse
from chalicelib.contract import Account, RawRequest
from chalicelib.domain.record import OrderKey
from chalicelib.pipeline.receive import Receive
from connectors import registry
from ops.local import MemorySecrets
from ops.runtime.chalice_app import per_thread
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function
from ops.runtime.proxy import HttpIn, HttpOut
from tests.functional.exactness.world import erp
from tests.functional.stack import CONFIG, NOW, SECRETS, Stack
from tests.kit.faults import Told

LOUD, CALM = "erp", "depot"
A_SECOND, AT_ONCE = 5, 50
BURST, BESIDE = 120, 40
SAYS_SO = {"generic", "kuaishou", "sms", "tiktokshop", "youzan"}  # their pages say how often, and for how long
SHOP = '[[accounts]]\nplatform = "generic"\naccount = "{name}"\npushes_per_second = {limit}\n'
TWO = CONFIG.replace('account = "erp"\n', f'account = "{LOUD}"\npushes_per_second = {A_SECOND}\n') + SHOP.format(
    name=CALM, limit=A_SECOND
)


class Town:
    """Two shops of one installation, reached as a platform reaches them."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine, TWO)
        self.stack.app.parts.secrets = MemorySecrets({**SECRETS, ("generic", CALM): SECRETS["generic", "erp"]})
        self.gateway = Gateway(Function("http", per_thread(entry_points.app)), entry_points.app.routes)

    def push(self, account: str, number: int, *, forged: bool = False) -> HttpOut:
        """One order of a shop."""
        stack, shop = self.stack, Account("demo", "generic", account, {})
        bare = RawRequest(
            "POST", stack.config.webhook_url("generic", account), {}, (), erp(f"{account}{number}", 1, "paid", 400).body
        )
        secrets = stack.app.parts.secrets.secrets(shop)
        connector: Any = registry.connector("generic")
        signed = connector.sign(bare, shop, secrets, stack.clock.now())
        body = signed.body + b" " if forged else signed.body
        headers = [(name, value) for name, values in signed.headers.items() for value in values]
        return self.gateway.serve(HttpIn("POST", f"/webhooks/generic/{account}", "", headers, body, "192.0.2.1"))

    def stored(self, account: str, count: int) -> int:
        """How many of its orders are there."""
        self.stack.normalise()
        keys = [OrderKey("demo", "generic", account, f"{account}{number}") for number in range(count)]
        return sum(self.stack.app.orders.read(key).version > 0 for key in keys)


@pytest.fixture
def town(moto_engine: Any) -> Iterator[Town]:
    made = Town(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)


def burst(town: Town) -> tuple[Counter[int], Counter[int], list[int]]:
    """One shop sends all at once, another its few between them. Statuses of both, and which were refused."""
    loud, calm, refused = Counter[int](), Counter[int](), []
    for number in range(BURST):
        answer = town.push(LOUD, number)
        loud[answer.status] += 1
        if answer.status == 429:
            refused.append(number)
            assert int(dict(answer.headers)["Retry-After"]) >= 1
        if number % (BURST // BESIDE) == 0:
            calm[town.push(CALM, number // (BURST // BESIDE)).status] += 1
    return loud, calm, refused


@pytest.mark.fault(21)
def test_21_a_burst_is_answered_429_to_its_shop_alone_and_nothing_is_lost(town: Town, fault: Told) -> None:
    loud, calm, refused = burst(town)
    assert loud == {200: AT_ONCE, 429: BURST - AT_ONCE}
    assert calm == {200: BESIDE}
    assert len(town.stack.inbound.bodies) == AT_ONCE + BESIDE
    assert town.stack.counters.total("refused", reason="too-many-pushes", platform="generic") == len(refused)
    rounds = 0
    while refused:  # as it asks to be called again
        rounds += 1
        wait = int(dict(town.push(LOUD, refused[0]).headers)["Retry-After"])
        town.stack.clock.at += timedelta(seconds=wait + 9)
        refused = [number for number in refused if town.push(LOUD, number).status == 429]
    assert rounds < 10
    assert (town.stored(LOUD, BURST), town.stored(CALM, BESIDE)) == (BURST, BESIDE)
    fault.figure(f"{BURST} at once: {AT_ONCE} taken, the rest 429 and taken later; {BESIDE} of {BESIDE} of the other shop at once")


def test_21_forgeries_take_nothing_from_the_shop_they_pretend_to_be(town: Town) -> None:
    forged = Counter(town.push(LOUD, number, forged=True).status for number in range(BURST))
    assert forged == {401: BURST}
    assert {town.push(LOUD, number).status for number in range(AT_ONCE)} == {200}


@pytest.mark.fault(21, saboteur=True)
def test_21_saboteur_one_bucket_for_all(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Bursts.wait
    monkeypatch.setattr(Bursts, "wait", lambda self, _shop, *rest: real(self, ("", "", ""), *rest))
    _, calm, _ = burst(town)
    assert calm[429] > 0


@pytest.mark.fault(21, saboteur=True)
def test_21_saboteur_taken_before_the_signature_is_looked_at(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Receive._verified

    def first(self: Receive, receiver: Any, request: RawRequest, shop: Account) -> Any:
        self._wait(shop, A_SECOND)
        return real(self, receiver, request, shop)

    monkeypatch.setattr(Receive, "_verified", first)
    for number in range(BURST):
        town.push(LOUD, number, forged=True)
    assert town.push(LOUD, 0).status == 429


@pytest.mark.fault(21, saboteur=True)
def test_21_saboteur_no_bucket(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bursts, "wait", lambda *_: 0)
    assert burst(town)[0] == {200: BURST}


def test_21_only_platforms_that_are_known_to_send_again_are_refused() -> None:
    assert {key for key in registry.KEYS if registry.connector(key).info.pushes_again} == SAYS_SO


def test_21_a_platform_that_may_not_send_again_is_never_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    connector: Any = registry.connector("generic")
    monkeypatch.setattr(type(connector), "info", replace(connector.info, pushes_again=False))
    assert burst(town)[0] == {200: BURST}


def test_21_shops_of_two_merchants_are_two() -> None:
    bursts = Bursts()
    taken = [bursts.wait(("one", "generic", "erp"), 1, NOW) for _ in range(12)]
    assert taken == [0] * 10 + [1] * 2
    assert bursts.wait(("two", "generic", "erp"), 1, NOW) == 0
    assert bursts.wait(("one", "generic", "erp"), 1, NOW + timedelta(seconds=1)) == 0


def test_21_the_standing_limit_is_far_above_what_a_process_can_take_and_can_be_lifted() -> None:
    accounts = parse(CONFIG.replace('account = "erp"\n', 'account = "erp"\npushes_per_second = 0\n')).accounts
    assert [account.pushes_per_second for account in accounts] == [1000, 0]
    bursts = Bursts()
    assert {bursts.wait(("one", "generic", "erp"), 0, NOW) for _ in range(20_000)} == {0}
    assert sum(not bursts.wait(("one", "generic", "erp"), 1000, NOW) for _ in range(20_000)) == 10_000
