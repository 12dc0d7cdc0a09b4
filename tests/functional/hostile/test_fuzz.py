"""Hostile requests at every platform: never a 500, no effect without a verified push, nothing acknowledged lost.

Some hundred a platform; ten thousand with HUITOU_FAULTS=full, and HUITOU_FUZZ sets another number of requests in all.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.contract import Reply
from chalicelib.envelope import pack_request
from chalicelib.errors import Rejected
from chalicelib.pipeline.receive import Receive
from tests.faults.sizes import size
from tests.functional.hostile.attacks import BODIES, HEADS, TWISTS, changed
from tests.functional.hostile.edge import Edge, Seen, genuine_cases, receiver, receiving, resigned, wire_of
from tests.kit.cases import Case
from tests.kit.faults import Told

PLATFORMS = receiving()
REQUESTS = int(os.environ.get("HUITOU_FUZZ", size(10_000, 10_000 * len(PLATFORMS)))) // len(PLATFORMS) + 1
FEW = 400


@pytest.fixture
def edge(moto_engine: Any) -> Iterator[Edge]:
    made = Edge(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)


def play(edge: Edge, key: str, count: int) -> tuple[Counter[str], list[str]]:
    """So many requests of a platform; what they deserved, and everything that went wrong."""
    found: Counter[str] = Counter()
    wrong: list[str] = []
    pushes = genuine_cases(key)
    for number in range(count):
        draw = Random(f"{key}/{number}")  # a failure has to come again; nothing here is secret
        case = pushes[number % len(pushes)]
        edge.set_up(case)
        seen = attack(edge, case, draw)
        deserved = edge.deserves(seen)
        found[deserved] += 1
        wrong += [f"request {number} ({case.name}): {problem}" for problem in problems(edge, seen, deserved)]
    return found, wrong


def attack(edge: Edge, case: Case, draw: Random) -> Seen:
    """One request: a few genuine, the others wrong before or after they were signed, or on the way to the handler."""
    wire = wire_of(case, edge)
    kind = draw.choices(("genuine", "signed", "forged", "event"), (5, 35, 45, 15))[0]
    if kind == "signed":
        wire = resigned(changed(draw, wire, BODIES, 2), case, edge)
        wire = changed(draw, wire, HEADS, 1) if draw.random() < 0.3 else wire
    elif kind == "forged":
        wire = changed(draw, wire, BODIES + HEADS)
    elif kind == "event":
        wire = changed(draw, wire, HEADS, 1) if draw.random() < 0.2 else wire
        return edge.invoke(wire, partial(draw.choice(TWISTS), draw))
    return edge.serve(wire)


def problems(edge: Edge, seen: Seen, deserved: str) -> Iterator[str]:
    """What is wrong with an answer and its effects."""
    if seen.status >= 500 and (seen.status, deserved) != (503, "unconfigured"):
        yield f"answered {seen.status}"
    if deserved != "event":
        if seen.queued or seen.archived:
            yield f"{deserved} left something behind"
        if deserved == "refusal" and not 400 <= seen.status < 500:
            yield f"a refusal answered with {seen.status}"
        if deserved == "unconfigured" and seen.status != 503:
            yield f"not configured, and answered with {seen.status}"
        return
    if not 200 <= seen.status < 300:
        yield f"a verified push answered with {seen.status}"
    elif len(seen.queued) != 1:
        yield f"acknowledged, and {len(seen.queued)} envelopes on the queue"
    else:
        envelope, request = edge.content(seen.queued[0])
        assert seen.raw is not None
        if (envelope.platform, envelope.account, request.body) != (seen.platform, seen.account, edge.kept_of(seen.raw)):
            yield "acknowledged, and another content on the queue"


@pytest.mark.fault(1)
@pytest.mark.parametrize("key", PLATFORMS)
def test_hostile_requests_are_refused_and_genuine_ones_kept(edge: Edge, key: str, fault: Told) -> None:
    for case in genuine_cases(key):
        edge.set_up(case)
        assert edge.serve(wire_of(case, edge)).status < 300, f"{case.name} is not accepted here: the fuzz would prove nothing"
    before = edge.stored()
    found, wrong = play(edge, key, REQUESTS)

    assert wrong == []
    assert edge.stored() == before
    assert found["refusal"] > REQUESTS // 5
    assert found["event"] + found["answer"] > REQUESTS // 20
    assert found["unconfigured"] < REQUESTS // 20
    fault.figure(f"{REQUESTS:,} hostile requests a platform: no 5xx, nothing kept of what was refused (10,000: HUITOU_FAULTS=full)")


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_a_verifier_that_trips_over_text_is_a_500(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """As libraries do: bad base64 or non-ASCII in a signature ends in ValueError instead of a refusal."""
    kind = type(receiver("generic"))
    real = kind.verify

    def verify(self: Any, request: Any, *rest: Any) -> Any:
        if not all(value.isascii() for values in request.headers.values() for value in values):
            raise ValueError("not base64")
        return real(self, request, *rest)

    monkeypatch.setattr(kind, "verify", verify)
    with pytest.raises(ValueError, match="not base64"):  # the judge asks the same connector
        play(edge, "generic", FEW)
    monkeypatch.setattr(edge, "deserves", lambda _seen: "refusal")
    assert any("answered 50" in each for each in play(edge, "generic", FEW)[1])


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_queued_before_it_is_verified(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Receive._accept

    def accept(self: Any, platform: str, account: str, request: Any) -> Any:
        self._intake._queue.send(["something"])
        return real(self, platform, account, request)

    monkeypatch.setattr(Receive, "_accept", accept)
    assert any("left something behind" in each for each in play(edge, "generic", FEW)[1])


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_a_refusal_that_sounds_like_an_acknowledgement(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Receive._accept

    def accept(self: Any, platform: str, account: str, request: Any) -> Any:
        try:
            return real(self, platform, account, request)
        except Rejected:
            return Reply()

    monkeypatch.setattr(Receive, "_accept", accept)
    assert any("a refusal answered with 200" in each for each in play(edge, "generic", FEW)[1])


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_acknowledged_and_not_kept(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    def send(bodies: Any, *, delay_seconds: int = 0) -> None:  # the port's signature
        if len(kept) % 10:
            edge.stack.inbound.bodies.extend(bodies)
        kept.extend(bodies)

    monkeypatch.setattr(edge.stack.inbound, "send", send)
    assert any("0 envelopes on the queue" in each for each in play(edge, "generic", FEW)[1])


@pytest.mark.fault(1, saboteur=True)
def test_saboteur_another_body_is_kept(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body decoded and encoded again on the way to the queue."""
    real = pack_request

    def pack(request: Any, *rest: Any) -> bytes:
        text = request.body.decode("utf-8", "replace").strip()
        return real(type(request)(request.method, request.url, request.headers, request.query, text.encode(), request.topic), *rest)

    monkeypatch.setattr("chalicelib.intake.pack_request", pack)
    assert any("another content" in each for each in play(edge, "generic", FEW)[1])
