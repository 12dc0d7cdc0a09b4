"""Shape and size: types of content, bodies of no sense or of no end, XML, large payloads, and refusals while acknowledging."""

from __future__ import annotations

import builtins
import socket
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import app as entry_points
from chalicelib import bootstrap
from chalicelib.contract import Reply
from chalicelib.envelope import decode
from chalicelib.errors import HuitouError, Retriable
from chalicelib.pipeline.receive import MAX_BODY, Receive
from chalicelib.toolkit import xmls
from connectors.registry import connector
from ops.local import moto
from tests.functional.exactness.world import deliver, erp
from tests.functional.hostile.attacks import TYPES
from tests.functional.hostile.edge import Edge, genuine_cases, receiving, resigned, wire_of
from tests.functional.stack import Stack
from tests.kit.cases import Case
from tests.kit.common import opened, pushes, verify
from tests.kit.faults import Told
from tests.kit.hostility import HOSTILE
from tests.unit.toolkit.test_forms_and_xml import EXTERNAL, LAUGHS

PLATFORMS = receiving()


@pytest.fixture
def edge(street: Edge) -> Edge:
    """The gateway and the whole application; each test connects its own shop, and begins with an empty queue."""
    street.stack.inbound.bodies.clear()
    return street


@pytest.fixture(scope="module")
def street() -> Iterator[Edge]:
    """One for all of them."""
    with moto(wire=False) as engine:
        made = Edge(engine)
        bootstrap.install(made.stack.app)
        yield made
        bootstrap.install(None)


def first_push(key: str) -> Case:
    """A push of the platform that carries an event."""
    return next(case for case in genuine_cases(key) if verify(connector(key), case).carries_event)


# --- 14 ---------------------------------------------------------------------------------------------------------------------

LISTED = ("multipart/form-data; boundary=x", "application/json; charset=gbk", "application/xml; charset=utf-8", *TYPES)


def statuses(edge: Edge, key: str) -> dict[str, int]:
    """What a genuine push is answered under each type of content, and without one."""
    case = first_push(key)
    edge.set_up(case)
    wire = wire_of(case, edge)
    kept = tuple(pair for pair in wire.headers if pair[0].lower() != "content-type")
    found = {"": edge.serve(replace(wire, headers=kept)).status}
    found |= {each: edge.serve(replace(wire, headers=(*kept, ("Content-Type", each)))).status for each in LISTED}
    for accept in ("image/png", "text/html", "*/*;q=0"):
        found[f"accept {accept}"] = edge.serve(replace(wire, headers=(*wire.headers, ("Accept", accept)))).status
    return found


def plain_text(event: dict[str, Any]) -> None:
    """The same body as a gateway without binary types hands it over."""
    import base64

    event["body"], event["isBase64Encoded"] = base64.b64decode(event["body"]).decode(), False


@pytest.mark.fault(14)
@pytest.mark.parametrize("key", PLATFORMS)
def test_14_whatever_type_a_genuine_push_says_it_has(edge: Edge, key: str, fault: Told) -> None:
    assert {name: status for name, status in statuses(edge, key).items() if status // 100 != 2} == {}
    for case in genuine_cases(key):
        edge.set_up(case)
        assert edge.invoke(wire_of(case, edge), plain_text).status // 100 == 2, f"{case.name} without base64"
    fault.figure(f"{len(LISTED) + 1} types a platform, and each push with base64 and without: accepted, 0 answered 415")


@pytest.mark.fault(14, saboteur=True)
def test_14_saboteur_a_route_that_lists_its_types(edge: Edge) -> None:
    route = entry_points.app.routes["/webhooks/{platform}/{account}"]["POST"]
    with patch.object(route, "content_types", ["application/json"]):
        assert 415 in statuses(edge, "generic").values()


# --- 15 ---------------------------------------------------------------------------------------------------------------------

ODD = {
    **{
        name: HOSTILE[name]
        for name in ("empty", "huge exponent", "huge number", "not utf-8", "lone surrogate", "nul", "duplicate keys")
    },
    "doubled": b'{"id":1,"id":2,"id":"3"}',
}
ENDLESS = {
    "deep lists": HOSTILE["deep lists"],
    "deep objects": HOSTILE["deep objects"],
    "keys": b"{" + b",".join(b'"k%d":1' % number for number in range(300_000)) + b"}",
    "digits": b"[" + b"9" * 3_000_000 + b"]",
    "text": b'{"id":"' + b"\\u00e9" * 600_000 + b'"}',
}
MOST = 128 * 2**20


def endless(edge: Edge, key: str) -> tuple[list[str], int]:
    """Every hostile body, signed by the platform where it can be: which were answered with 5xx, and the most memory one took."""
    case = first_push(key)
    edge.set_up(case)
    wrong, most = [], 0
    for name, body in (*ODD.items(), *ENDLESS.items()):
        wire = resigned(replace(wire_of(case, edge), body=body), case, edge)
        with weighed() if name in ENDLESS else nullcontext(lambda: 0) as weight:
            status = edge.serve(wire).status
            edge.stack.normalise()
        wrong += [f"{name}: {status}"] if status >= 500 else []
        most = max(most, weight())
    over = edge.serve(replace(wire_of(case, edge), body=b"[" + b"1" * MAX_BODY)).status
    return wrong + ([] if over == 413 else [f"oversized: {over}"]), most


@contextmanager
def weighed() -> Iterator[Callable[[], int]]:
    """How many bytes more than before were held at most: as Linux counts them, elsewhere as Python does, which takes its time."""
    counted, most = Path("/proc/self/clear_refs").exists(), 0
    if counted:
        Path("/proc/self/clear_refs").write_text("5")  # from here on the most is counted anew
    else:
        tracemalloc.start()
    before = resident("VmRSS") if counted else tracemalloc.get_traced_memory()[0]
    try:
        yield lambda: most
    finally:
        most = (resident("VmHWM") if counted else tracemalloc.get_traced_memory()[1]) - before
        tracemalloc.stop()


def resident(name: str) -> int:
    """A figure of this process's memory, in bytes."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


@pytest.mark.fault(15)
@pytest.mark.parametrize("key", PLATFORMS)
def test_15_bodies_without_sense_or_end(edge: Edge, key: str, fault: Told) -> None:
    wrong, most = endless(edge, key)
    assert wrong == []
    assert most < MOST
    fault.figure(f"{len(ODD) + len(ENDLESS) + 1} bodies a platform, signed: no 5xx, 413 over {MAX_BODY // 10**6} MB, < 128 MB more")


@pytest.mark.fault(15, saboteur=True)
def test_15_saboteur_no_limit_and_no_bound(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bytearray] = []
    real = Receive.handle

    def handle(*told: Any) -> Any:
        held.clear()
        held.append(bytearray(b"x") * (2 * MOST))
        return real(*told)

    monkeypatch.setattr("chalicelib.pipeline.receive.MAX_BODY", 10**9)
    monkeypatch.setattr(edge.stack.app.receive, "handle", partial(handle, edge.stack.app.receive))
    monkeypatch.setattr(f"{__name__}.ODD", {})
    monkeypatch.setattr(f"{__name__}.ENDLESS", {"nothing": b""})
    wrong, most = endless(edge, "generic")
    assert wrong and most > MOST


# --- 16 ---------------------------------------------------------------------------------------------------------------------

DTDS = {"laughs": LAUGHS, "external": EXTERNAL, "address": b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/l.dtd"><l/>'}


def touched(key: str, body: bytes) -> tuple[str, list[str]]:
    """How a sealed message in XML ends, and what was opened or connected to meanwhile."""
    case, found = first_push(key), list[str]()
    real = builtins.open

    def opening(*told: Any, **more: Any) -> Any:
        found.append(str(told[0]))
        return real(*told, **more)

    def connecting(*told: Any) -> None:
        found.append(str(told[-1]))
        raise OSError

    sut = pushes(connector(key))
    with patch("builtins.open", opening), patch.object(socket.socket, "connect", connecting):
        request = sut.sign(case.with_body(body), case.account, case.secrets, case.now)
        try:
            sut.events(opened(request, sut.verify(request, case.account, case.secrets, case.now)), case.ref)
        except HuitouError as error:
            return type(error).__name__, found
    return "read", found


@pytest.mark.fault(16)
@pytest.mark.parametrize("key", ["wechat", "wecom"])
@pytest.mark.parametrize("name", DTDS)
def test_16_a_sealed_message_with_a_dtd(key: str, name: str, fault: Told) -> None:
    assert touched(key, DTDS[name]) == ("Permanent", [])
    fault.figure(f"{len(DTDS)} DTDs at both platforms that send XML: refused, 0 files or addresses")


@pytest.mark.fault(16, saboteur=True)
def test_16_saboteur_the_standard_library_laughs() -> None:
    from xml.etree.ElementTree import fromstring  # that is the saboteur

    laughing = b'<!DOCTYPE xml [<!ENTITY a "text"><!ENTITY b "&a;">]><xml><MsgType>&b;</MsgType></xml>'
    with patch.object(xmls, "fromstring", lambda body, **_: fromstring(body)):  # that is the saboteur
        assert touched("wechat", laughing)[0] == "read"
    assert touched("wechat", laughing) == ("Permanent", [])


def test_16_nobody_else_reads_xml() -> None:
    """Whoever wants to read XML goes through the one reader."""
    rooms = [path for room in ("chalicelib", "connectors") for path in Path(room).rglob("*.py")]
    assert [str(path) for path in rooms if "ElementTree" in path.read_text(encoding="utf-8")] == ["chalicelib/toolkit/xmls.py"]


# --- 18 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(18, saboteur=True)
def test_18_saboteur_whatever_it_weighs_goes_on_the_queue(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.envelope import to_text

    monkeypatch.setattr("chalicelib.intake.carried", lambda sealed, *_: (to_text(sealed), None))
    stack = Stack(quick)
    lines = [{"line_id": str(n), "product_id": f"p{n}", "title": f"Thing number {n} " * 8, "quantity": 1} for n in range(2000)]
    deliver(stack, [erp("BIG", 1, "paid", 400, lines=lines)])
    (waiting,) = stack.inbound.bodies
    assert len(waiting) > 256 * 1024 and decode(waiting).claim is None


# --- 19 ---------------------------------------------------------------------------------------------------------------------


def acknowledged(stack: Stack, count: int) -> int:
    """How many orders are accepted; whoever calls a platform meanwhile fails."""
    return sum(stack.push("generic", "erp", erp(f"R{number}", 1, "paid", 400).body) == 200 for number in range(count))


def orders(stack: Stack, count: int) -> int:
    """How many of them are there."""
    found = stack.dynamodb.scan(TableName="huitou", ProjectionExpression="pk, sk")["Items"]
    wanted = {f"demo#O#generic#erp#R{number}" for number in range(count)}
    return len(wanted & {item["pk"]["S"] for item in found if item["sk"]["S"] == "order"})


@pytest.mark.fault(19)
def test_19_nothing_works_but_the_door(quick: Any, fault: Told) -> None:
    stack, count = Stack(quick), 200
    accepted = acknowledged(stack, count)
    assert (accepted, orders(stack, count)) == (count, 0)
    stack.normalise()
    assert orders(stack, count) == count
    fault.figure(f"workers stopped: {accepted} of {count} accepted, 0 lost when they came back")


@pytest.mark.fault(19, saboteur=True)
def test_19_saboteur_a_door_that_waits_for_the_work(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(quick)

    def down(*_: Any) -> None:
        raise Retriable("store-unavailable", "refused on purpose")

    def at_once(bodies: Sequence[str], **_: Any) -> None:
        for body in bodies:
            stack.app.normalise.handle(body)

    monkeypatch.setattr(stack.app.normalise, "_apply", down)
    monkeypatch.setattr(stack.inbound, "send", at_once)
    assert acknowledged(stack, 3) == 0 or orders(stack, 3) < 3


# --- 20 ---------------------------------------------------------------------------------------------------------------------


def refuse(*_: Any, **__: Any) -> Any:
    """A service that is away."""
    raise Retriable("away", "refused on purpose")


POINTS: dict[str, Callable[[Stack], Any]] = {
    "secrets": lambda stack: patch.object(stack.app.parts.secrets, "secrets", refuse),
    "key service": lambda stack: patch.object(stack.app.parts.vault, "seal_raw", refuse),
    "bucket": lambda stack: patch.object(stack.archive, "put", refuse),
    "queue": lambda stack: patch.object(stack.inbound, "send", refuse),
}
LARGE = [{"line_id": str(n), "product_id": f"p{n}", "title": f"Thing number {n} " * 8, "quantity": 1} for n in range(2000)]


def durable(stack: Stack, status: int) -> bool:
    """Accepted, and on the queue; or neither."""
    return (status // 100 == 2) == (len(stack.inbound.bodies) == 1)


@pytest.mark.fault(20)
@pytest.mark.parametrize("point", POINTS)
def test_20_a_service_that_refuses_while_a_push_is_acknowledged(quick: Any, point: str, fault: Told) -> None:
    stack = Stack(quick)
    request = signed(stack, erp("R1", 1, "paid", 400, lines=LARGE).body)
    with POINTS[point](stack):
        status = stack.app.receive.handle("generic", "erp", request).status
    assert (status, stack.inbound.bodies) == (503, [])
    assert stack.app.receive.handle("generic", "erp", request).status == 200 and durable(stack, 200)
    fault.figure(f"{len(POINTS)} points of I/O: 503 and nothing queued at each; accepted when it is back")


@pytest.mark.fault(20, saboteur=True)
@pytest.mark.parametrize("point", POINTS)
def test_20_saboteur_acknowledged_all_the_same(quick: Any, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, real = Stack(quick), Receive._accept

    def accept(*told: Any) -> Reply:
        try:
            return real(*told)
        except Retriable:
            return Reply()

    monkeypatch.setattr(Receive, "_accept", accept)
    request = signed(stack, erp("R1", 1, "paid", 400, lines=LARGE).body)
    with POINTS[point](stack):
        status = stack.app.receive.handle("generic", "erp", request).status
    assert not durable(stack, status)


def signed(stack: Stack, body: bytes) -> Any:
    """A push of the merchant's own shop."""
    from chalicelib.contract import Account, RawRequest

    account = Account("demo", "generic", "erp", {})
    raw = RawRequest("POST", stack.config.webhook_url("generic", "erp"), {}, (), body)
    return pushes(connector("generic")).sign(raw, account, stack.app.parts.secrets.secrets(account), stack.clock.now())
