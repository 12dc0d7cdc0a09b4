"""A sample of `make fuzz`: some hundred seeded inputs a connector, some dozen at the routes; and that what is wrong is found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.contract import RawRequest, Verified
from connectors.generic import CONNECTOR as GENERIC
from connectors.registry import KEYS
from ops.local import moto
from tests.fuzz import running
from tests.fuzz.connectors import ConnectorTarget
from tests.fuzz.drawing import FromBytes, seeded
from tests.fuzz.findings import Finding
from tests.fuzz.routes import RoutesTarget
from tests.kit.faults import Told

INPUTS = 300
REQUESTS = 50


def sampled(target: running.Target, count: int) -> running.Report:
    """The first inputs of `make fuzz`."""
    run = running.Run(target, "seeded", count)
    running.by_seed(run)
    return run.report


@pytest.mark.fault(1)
@pytest.mark.fault(17)
@pytest.mark.parametrize("key", KEYS)
def test_a_connector_ends_every_mutated_input_in_a_typed_error(key: str, fault: Told) -> None:
    target = ConnectorTarget(key)
    report = sampled(target, INPUTS)
    assert report.found == {}
    assert sum(target.endings.values()) == INPUTS
    assert key == "robots" or len(target.endings) > 1, "every input ended alike: the fuzz would prove nothing"
    fault.figure(f"{INPUTS} mutated fixtures a platform end in typed errors (100,000: `make fuzz`)")


@pytest.fixture
def public() -> Iterator[RoutesTarget]:
    with moto(wire=False) as engine:
        yield RoutesTarget(engine)
    bootstrap.install(None)


def test_no_public_route_answers_5xx(public: RoutesTarget) -> None:
    report = sampled(public, REQUESTS)
    assert report.found == {}
    reached = {ending.split()[0] for ending in public.endings}
    assert {"console", "unsubscribe", "c", "s"} <= reached


class _Careless(type(GENERIC)):  # type: ignore[misc]  # the connector's own class
    """Reads what it expects to be there."""

    def canonical(self, kind: Any, payload: bytes, ref: Any) -> Any:
        """KeyError where it is not."""
        told = json.loads(payload)
        if isinstance(told, dict):
            told["order_id"], told["type"]
        return super().canonical(kind, payload, ref)


class _Believing(type(GENERIC)):  # type: ignore[misc]  # the connector's own class
    """Believes whatever looks like it."""

    def verify(self, request: RawRequest, *_: Any) -> Verified:
        """Never refuses."""
        return Verified("x", "order")


@pytest.mark.fault(1, saboteur=True)
@pytest.mark.fault(17, saboteur=True)
@pytest.mark.parametrize(("broken", "told"), [(_Careless, "KeyError"), (_Believing, "a changed body was believed")])
def test_saboteur_a_broken_connector_is_found(broken: type[Any], told: str) -> None:
    report = sampled(ConnectorTarget("generic", broken()), INPUTS)
    assert any(told in text for text in report.found)
    (again, *_), text = next((inputs, text) for text, inputs in report.findings.items() if told in text)
    with pytest.raises(Finding, match=text.split()[0]):
        ConnectorTarget("generic", broken()).one(seeded("generic", int(again)))


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_a_route_that_fails_is_found(public: RoutesTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("of nobody")

    monkeypatch.setattr("chalicelib.entry._no_page", fail)
    assert any("answered 500" in text or "KeyError" in text for text in sampled(public, REQUESTS).found)


class _Greedy:
    """Keeps what it was given."""

    key = "greedy"

    def __init__(self) -> None:
        self.endings: Counter[str] = Counter()

    def one(self, _draw: Random) -> None:
        """Nothing is found."""
        self.endings["kept"] += 1


@pytest.mark.parametrize(("more", "sound"), [(running.GROWTH - 1, True), (running.GROWTH, False)])
def test_memory_that_grows_is_told(monkeypatch: pytest.MonkeyPatch, more: int, sound: bool) -> None:
    held = iter([100, *[100 + more] * 18])
    monkeypatch.setattr(running, "peak_mb", lambda: next(held))
    assert sampled(_Greedy(), 20).sound is sound


def test_the_same_bytes_are_the_same_input_and_others_another() -> None:
    def drawn(data: bytes) -> list[int]:
        draw = FromBytes(data)
        return [draw.randrange(1000) for _ in range(50)]

    assert drawn(b"abc" * 9) == drawn(b"abc" * 9) != drawn(b"abd" * 9)
    assert drawn(b"") == drawn(b"")


def test_hypothesis_feeds_as_many_inputs_as_asked_and_the_report_is_kept(tmp_path: Any) -> None:
    run = running.Run(ConnectorTarget("ga4"), "hypothesis", 10, tmp_path / "ga4.json")
    running.by_hypothesis(run)
    assert running.read(tmp_path / "ga4.json").inputs == 10
