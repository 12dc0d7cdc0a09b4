"""A small soak over all platforms, and what it would be worth without each of the guards: see tests/soak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.record import explode
from chalicelib.lambda_events import run_batch
from chalicelib.pipeline.normalise import Normalise
from ops.local import moto
from ops.runtime.queue import LocalQueue, Message
from ops.simulator.registry import KEYS
from tests.kit.faults import Told
from tests.soak.plan import Mix, Plan, plan
from tests.soak.play import Outcome, play
from tests.soak.stage import Stage

EVENTS = 2_000
FEW = 120
ONE = ("generic",)  # a merchant's own system: no pull makes good what is lost
ROUGH = Mix(duplicate=0.3, late=0.4, dropped=0.0, poison=0.05, crash=0.06, forged=0.03)


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    with moto(wire=False) as one:
        yield one


@pytest.fixture(scope="module")
def rough() -> Plan:
    return plan(7, FEW, ROUGH, platforms=ONE, past=False)


@pytest.mark.fault(24)
def test_whatever_happens_on_the_way_every_ledger_is_the_oracles(engine: Any, fault: Told) -> None:
    soaked = plan(1, EVENTS, past=False)
    outcome = play(soaked, engine)
    assert outcome.wrong == []
    assert outcome.differing == {}
    _all_of_it_happened(soaked, outcome)
    assert {order.shop.platform for order in soaked.world.orders} == set(KEYS)
    told = ", ".join(f"{soaked.counts[name]} {name}" for name in ("duplicate", "late", "dropped", "poison", "crash", "forged"))
    fault.figure(f"{outcome.events} events over {len(KEYS)} platforms ({told}): every ledger to the byte")


def _all_of_it_happened(soaked: Plan, outcome: Outcome) -> None:
    """No injected fault was left out, and no ledger is empty."""
    assert outcome.events >= EVENTS * 0.97
    assert outcome.became["died"] == soaked.counts["crash"] > 0
    for fate in ("plain", "late", "duplicate", "poison"):
        assert outcome.became[f"accepted {fate}"] == soaked.counts[fate] > 0, fate
    assert outcome.became["refused forged"] == soaked.counts["forged"] > 0
    assert outcome.became["accepted forged"] == outcome.became["refused plain"] == 0
    assert soaked.counts["dropped"] > 0
    assert outcome.pulled > 0
    assert all(outcome.entries.values())
    assert min(outcome.bytes.values()) > 2


def test_the_shares_are_those_that_were_asked_for() -> None:
    counts = plan(1, 2_000, past=False).counts
    sent = sum(counts[name] for name in ("plain", "late", "retry", "duplicate"))
    shares = {"duplicate": 0.10, "late": 0.05, "dropped": 0.02, "crash": 0.005, "forged": 0.001}
    for name, share in shares.items():
        assert abs(counts[name] - share * sent) <= 0.1 * share * sent + 1, name
    assert abs(counts["poison"] + counts["garbage"] - 0.01 * sent) <= 1


def test_one_seed_is_one_plan() -> None:
    one, other = (plan(5, 60, platforms=ONE, past=False) for _ in range(2))
    assert (one.sent, one.crashes, one.garbage) == (other.sent, other.crashes, other.garbage)


def test_the_rough_one_agrees_with_every_guard_in_its_place(engine: Any, rough: Plan) -> None:
    outcome = play(rough, engine)
    assert outcome.agrees, (outcome.wrong, outcome.differing)
    assert outcome.became["died"] == rough.counts["crash"] >= 5


def test_saboteur_whatever_comes_last_wins(engine: Any, rough: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks of the merge taken away: a part's clock is when it came."""
    came = iter(range(1, 10**9))

    def by_arrival(*told: Any, **more: Any) -> Layers:
        found: Layers = {}
        for parts in explode(*told, **more).values():
            found[Clock(next(came), 0, 0)] = parts
        return found

    monkeypatch.setattr("chalicelib.pipeline.normalise.explode", by_arrival)
    assert "orders" in play(rough, engine).differing


@pytest.mark.fault(24, saboteur=True)
def test_saboteur_ids_noted_before_the_effect(engine: Any, rough: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deduplication by message id in a ledger that is written first: what died after the note is never done."""
    noted: set[str] = set()

    def once(records: Sequence[Mapping[str, Any]], *rest: Any) -> dict[str, Any]:
        fresh = [record for record in records if record["messageId"] not in noted]
        noted.update(record["messageId"] for record in fresh)
        return run_batch(fresh, *rest)

    monkeypatch.setattr("chalicelib.entry.run_batch", once)
    assert "orders" in play(rough, engine).differing


def test_saboteur_poison_is_swallowed(engine: Any, rough: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Normalise, "_quarantine", lambda *_: None)
    assert set(play(rough, engine).differing) == {"quarantine"}


@pytest.mark.fault(24, saboteur=True)
def test_saboteur_a_queue_that_forgets_what_it_hands_out(engine: Any, rough: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted when received: what a process had in its hands dies with it."""
    real = LocalQueue.receive

    def receive(self: LocalQueue, *given: Any, **more: Any) -> list[Message]:
        found = real(self, *given, **more)
        self.delete([message.receipt_handle for message in found])
        return found

    monkeypatch.setattr(LocalQueue, "receive", receive)
    assert "orders" in play(rough, engine).differing


def test_saboteur_any_signature_will_do(engine: Any, rough: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.toolkit.signing.hmac.compare_digest", lambda *_: True)
    outcome = play(rough, engine)
    assert len(outcome.wrong) >= rough.counts["forged"] > 0
    assert "orders" in outcome.differing


def test_saboteur_what_was_dropped_is_not_looked_for(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = plan(9, FEW, Mix(dropped=0.2), platforms=("shopify",), past=False)
    assert play(lost, engine).agrees
    monkeypatch.setattr("tests.soak.play._pulls", _nothing)
    assert "orders" in play(lost, engine).differing


def _nothing(on: Stage) -> int:
    on.clock.advance(on.world.closing)
    on.settle()
    return 0
