"""A signed push of a topic that nobody knows yet: acknowledged in the platform's words, counted, and kept to be read later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.contract import Hydrates, RawRequest, Ref
from chalicelib.domain.record import OrderKey
from chalicelib.domain.selection import Selection
from chalicelib.envelope import Envelope, decode, unpack_request
from chalicelib.errors import Rejected
from connectors.registry import connector
from tests.functional.exactness.world import erp
from tests.functional.hostile.edge import Edge, genuine_cases, receiver, receiving, wire_of
from tests.kit.cases import Case, load
from tests.kit.common import opened, places, replaced, verify
from tests.kit.faults import Told

PLATFORMS = receiving()


def unknown(key: str) -> list[Case]:
    """Pushes of which every event is of a kind that nobody knows: fixtures of the platform, else one made from a genuine push."""
    genuine = genuine_cases(key)
    found = [case for case in genuine if _all_unknown(case)]
    return found or [made for case in genuine for made in _of_tomorrow(case) if _all_unknown(made)][:1]


def queued(case: Case) -> RawRequest:
    """The request as it is queued: an encrypted body opened."""
    try:
        return opened(case.request, verify(connector(case.key), case))
    except Rejected:  # made from a genuine one, and not signed yet
        return case.request


def _all_unknown(case: Case) -> bool:
    events = receiver(case.key).events(queued(case), case.ref)
    return bool(events) and all(event.kind == "other" for event in events)


def _of_tomorrow(case: Case) -> Iterator[Case]:
    """The same push with another topic, wherever it stands: in a header or, as text or number, anywhere in the JSON."""
    topics = {event.topic for event in receiver(case.key).events(queued(case), case.ref)}
    for names in (topics, {topic.rpartition("/")[2] for topic in topics}):
        headers = {name: tuple("novelty" if value in names else value for value in values) for name, values in case.headers.items()}
        try:
            root = json.loads(case.body)
        except ValueError:
            return
        for path in list(places(root)):
            value = _at(root, path)
            if str(value) in names:
                root = replaced(root, path, 999_999 if isinstance(value, int) else "novelty")
        yield replace(case, headers=headers, body=json.dumps(root).encode())


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@pytest.fixture
def edge(moto_engine: Any) -> Iterator[Edge]:
    made = Edge(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)


def pushed(edge: Edge, case: Case) -> Envelope:
    """Push it: the acknowledgement is the platform's own, and one envelope is on the queue."""
    edge.set_up(case)
    reply = edge.answer(wire_of(case, edge))
    told = case.expected["reply"]
    assert (reply.status, reply.body.decode()) == (told["status"], told["body"])
    (body,) = edge.stack.inbound.bodies
    return decode(body)


def set_aside(edge: Edge) -> list[str]:
    """Where in the archive lies what could not be read."""
    return [name for name in edge.stack.archive.objects if name.startswith("raw/") and "/unread/" in name]


@pytest.mark.fault(17)
@pytest.mark.parametrize("key", PLATFORMS)
def test_an_unknown_topic_is_acknowledged_counted_and_kept(edge: Edge, key: str) -> None:
    found = unknown(key)
    assert found, f"tests/fixtures/{key} needs an accepted push of an unknown topic"
    for case in found:
        envelope = pushed(edge, case)
        before = edge.stack.counters.total("unknown_topic", platform=key)
        edge.stack.normalise()
        assert edge.stack.counters.total("unknown_topic", platform=key) > before
        assert edge.stack.counters.total("skipped", platform=key) > 0
        assert edge.stack.app.work.quarantined(envelope.merchant) == []
        (place,) = set_aside(edge)
        sealed = edge.stack.archive.objects.pop(place)
        packed = edge.stack.app.parts.vault.open_raw(envelope.merchant, sealed, envelope.digest)
        assert unpack_request(packed).body == queued(case).body


@pytest.mark.fault(17)
@pytest.mark.parametrize("key", PLATFORMS)
def test_what_was_kept_is_read_once_the_topic_is_known(edge: Edge, key: str, monkeypatch: pytest.MonkeyPatch, fault: Told) -> None:
    case = unknown(key)[0]
    envelope = pushed(edge, case)
    edge.stack.normalise()
    assert len(set_aside(edge)) == 1
    _teach(key, monkeypatch)

    def again(**only: str | bool) -> int:
        dry_run = bool(only.pop("dry_run", False))
        return edge.stack.app.replay.archived(Selection(**only), unread=True, dry_run=dry_run).found  # type: ignore[arg-type]

    assert (again(platform="another"), again(platform=key, dry_run=True), len(edge.stack.bulk.bodies)) == (0, 1, 0)
    assert again(platform=key) == again() == 1  # harmless to repeat
    edge.stack.normalise()
    account = case.account.account
    assert edge.stack.app.orders.read(OrderKey(envelope.merchant, "generic", account, "R1")).version == 1
    fault.figure("an unknown topic of each platform: acknowledged, kept byte for byte, read once its mapping is there")


@pytest.mark.parametrize("key", PLATFORMS)
def test_the_same_push_again_is_kept_once(edge: Edge, key: str) -> None:
    case = unknown(key)[0]
    for _ in range(3):
        pushed(edge, case)
        edge.stack.normalise()
    assert len(set_aside(edge)) == 1


def test_a_known_topic_beside_an_unknown_one_is_not_held_up(edge: Edge) -> None:
    """Douyin sends several in one body: the unknown one takes nothing along."""
    case = load("douyin", "push-several")
    pushed(edge, case)
    edge.stack.normalise()
    assert len(set_aside(edge)) == 1
    assert edge.stack.counters.total("unknown_topic") == 1
    asked = edge.stack.counters.total("delayed") + edge.stack.counters.total("quarantined")
    assert asked > 0, "the orders in it were looked for, and the platform of this test knows none"


def test_a_delivery_with_nothing_in_it_is_counted(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    case = unknown("generic")[0]
    pushed(edge, case)
    monkeypatch.setattr(type(receiver("generic")), "events", lambda *_: ())
    edge.stack.normalise()
    assert edge.stack.counters.total("skipped", reason="no-event") == 1


@pytest.mark.fault(17, saboteur=True)
def test_saboteur_an_unknown_topic_thrown_away(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.raw_copy.RawCopy.set_aside", lambda *_: None)
    pushed(edge, unknown("generic")[0])
    edge.stack.normalise()
    assert set_aside(edge) == []


def _teach(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the platform's connector maps the kind that it did not know; to an order of the tests."""
    connector: Any = type(receiver(key))
    erp_connector = receiver("generic")
    real = erp_connector.canonical

    def canonical(_self: Any, _kind: str, _payload: bytes, ref: Ref) -> Any:
        mine = replace(ref, account=replace(ref.account, platform="generic"))
        return real("order", erp("R1", 1, "paid", 400, buyer="b1").body, mine)

    monkeypatch.setattr(connector, "canonical", canonical)
    if isinstance(receiver(key), Hydrates):
        monkeypatch.setattr(connector, "hydrate", lambda _self, event, _api: replace(event, thin=False))
