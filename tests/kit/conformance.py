"""The conformance suite: every check is a plain function over a connector and a fixture that raises AssertionError.

A connector supplies fixtures (tests/kit/cases.py), never tests. tests/conformance/test_saboteurs.py runs each check
against a connector that is broken in just that way.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast, get_args

from chalicelib import contract
from chalicelib.contract import Capability, Connector, Event, EventKind, RawRequest, ReceivesWebhooks, Secrets, Verified
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Amounts, gap
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.clocks import rfc3339
from tests.kit.cases import Case

KINDS: tuple[str, ...] = get_args(EventKind)
FIVE: tuple[type[HuitouError], ...] = (Rejected, Retriable, Permanent, Skippable, ConfigError)
ENDINGS: dict[str, type[HuitouError]] = {
    "reject": Rejected,
    "permanent": Permanent,
    "skippable": Skippable,
    "retriable": Retriable,
    "config": ConfigError,
}
SMALL = 600  # bodies up to here are flipped at every byte, larger ones at about this many
MAPPED: tuple[EventKind, ...] = ("order", "refund", "parcel", "buyer", "privacy", "review")


def pushes(connector: Connector) -> ReceivesWebhooks:
    """The connector as one that receives webhooks."""
    assert isinstance(connector, ReceivesWebhooks)
    return cast(ReceivesWebhooks, connector)


def verify(connector: Connector, case: Case, request: RawRequest | None = None, secrets: Secrets | None = None) -> Verified:
    """Verify the case's request, or another one, with its secrets or others."""
    chosen = case.secrets if secrets is None else secrets
    return pushes(connector).verify(case.request if request is None else request, case.account, chosen, case.now)


def refused(connector: Connector, case: Case, request: RawRequest, what: str, secrets: Secrets | None = None) -> None:
    """The request must end in Rejected with a 4xx, nothing else."""
    try:
        verify(connector, case, request, secrets)
    except Rejected as error:
        assert 400 <= error.status < 500, f"{what}: refused with {error.status}"
        return
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__} instead of Rejected") from error
    raise AssertionError(f"{what}: accepted")


def check_capabilities(connector: Connector) -> None:
    """What is declared is what is implemented, and the description is whole."""
    info = connector.info
    for capability in Capability:
        protocol = getattr(contract, capability.value, None)
        if protocol is None:
            assert capability not in info.capabilities, f"{capability} is declared, but has no Protocol"
            continue
        implemented = isinstance(connector, protocol)
        assert implemented == (capability in info.capabilities), f"{capability}: declared and implemented differ"
    receives = Capability.RECEIVES_WEBHOOKS in info.capabilities
    assert (info.push_trust == "none") != receives, "push_trust and ReceivesWebhooks differ"
    assert all(header == header.lower() for header in info.push_headers), "push_headers are lower-case"
    assert info.doc == f"docs/connectors/{info.key}.md", "the page is docs/connectors/<key>.md"
    calls = {Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.PULLS_REVIEWS} & info.capabilities
    assert not calls or info.api_hosts, "a connector that calls an API names its hosts"


def check_accepts(connector: Connector, case: Case) -> None:
    """The signed fixture passes, its acknowledgement is one the gateway can send, and an event has a topic or a body."""
    found = verify(connector, case)
    assert isinstance(found, Verified), "verify returns Verified, never a bool"
    assert 200 <= found.reply.status < 300, "an accepted push is acknowledged with 2xx"
    assert found.reply.content_type in ("application/json", "text/plain", "application/xml"), (
        "a content type that passes the gateway"
    )


def check_rejects(connector: Connector, case: Case) -> None:
    """A fixture that must be refused is, with the status that its case states."""
    refused(connector, case, case.request, case.name)
    if "status" in case.told:
        try:
            verify(connector, case)
        except Rejected as error:
            assert error.status == case.told["status"], f"refused with {error.status}"


def check_body_flips(connector: Connector, case: Case) -> None:
    """One changed byte anywhere in the body is refused."""
    body = case.body
    for position in _positions(len(body)):
        flipped = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        refused(connector, case, case.with_body(flipped), f"byte {position} flipped")
    refused(connector, case, case.with_body(body + b" "), "one blank more")
    refused(connector, case, case.with_body(b""), "no body")


def _positions(length: int) -> Iterable[int]:
    if length <= SMALL:
        return range(length)
    # The same positions in every run: spread by a digest of the length, always with both ends.
    step = length // SMALL + 1
    offset = hashlib.sha256(str(length).encode()).digest()[0] % step
    return sorted({0, length - 1, *range(offset, length, step)})


def signature_headers(connector: Connector, case: Case) -> tuple[str, ...]:
    """The headers that depend on the body: those that signing two bodies makes different."""
    sign = pushes(connector).sign
    one = sign(case.request, case.account, case.secrets, case.now).headers
    two = sign(case.with_body(case.body + b" "), case.account, case.secrets, case.now).headers
    return tuple(sorted(name for name in one if one[name] != two.get(name)))


def check_signature_flips(connector: Connector, case: Case) -> None:
    """One changed character of the signature is refused."""
    names = _own_signature_headers(connector, case)
    for name in names:
        value = case.headers[name][0]
        for position in range(len(value)):
            flipped = value[:position] + chr(ord(value[position]) ^ 1) + value[position + 1 :]
            refused(connector, case, _with_header(case, name, (flipped,)), f"{name}: character {position} flipped")


def check_signature_shapes(connector: Connector, case: Case) -> None:
    """Missing, empty, garbage, huge, non-ASCII and repeated signatures are refused, never an accident."""
    huge = "A" * 1_000_000
    odd = (
        "",
        " ",
        "garbage",
        "=",
        "====",
        "\x00",
        "签名",
        "é" * 44,
        "\ud800",
        huge,
        "None",
        "null",
        "v1,",
        ",",
        "0" * 32,
        "0" * 64,
    )
    for name in _own_signature_headers(connector, case):
        refused(
            connector, case, replace(case.request, headers={k: v for k, v in case.headers.items() if k != name}), f"{name} missing"
        )
        refused(connector, case, _with_header(case, name, ()), f"{name} without a value")
        for value in odd:
            refused(connector, case, _with_header(case, name, (value,)), f"{name} = {value[:12]!r}")
        good = case.headers[name][0]
        refused(connector, case, _with_header(case, name, (good, good)), f"{name} twice")
        refused(connector, case, _with_header(case, name, ("garbage", good)), f"{name} twice, the first wrong")


def _own_signature_headers(connector: Connector, case: Case) -> tuple[str, ...]:
    names = tuple(name for name in signature_headers(connector, case) if name in case.headers)
    assert names, "the fixture carries no signature that sign() would make"
    return names


def _with_header(case: Case, name: str, values: tuple[str, ...]) -> RawRequest:
    return replace(case.request, headers={**case.headers, name: values})


def check_secrets_required(connector: Connector, case: Case) -> None:
    """Without its secrets, or with empty ones, nothing is verified: ConfigError, never an open door."""
    for name in connector.info.verify_secrets:
        if name not in case.secrets.values:
            continue
        others = {each: value for each, value in case.secrets.values.items() if each != name}
        for secrets in (Secrets({}), Secrets(others), Secrets({**others, name: ()}), Secrets({**others, name: ("",)})):
            try:
                verify(connector, case, secrets=secrets)
            except ConfigError:
                continue
            except Exception as error:
                raise AssertionError(f"without {name}: {type(error).__name__} instead of ConfigError") from error
            raise AssertionError(f"without {name}: accepted")


def other_secret(value: str) -> str:
    """Another secret of the same form."""
    return "whsec_" + value.removeprefix("whsec_").swapcase() if value.startswith("whsec_") else value[::-1] + "-other"


def check_rotation(connector: Connector, case: Case) -> None:
    """Two live values of a secret: either verifies. The other one alone does not (for a hint: is not plausible)."""
    for name, values in case.secrets.values.items():
        if name not in connector.info.verify_secrets:
            continue
        other = other_secret(values[0])
        for live in ((other, *values), (*values, other)):
            secrets = Secrets({**case.secrets.values, name: live})
            try:
                verify(connector, case, secrets=secrets)
            except HuitouError as error:
                raise AssertionError(f"{name}: a live secret does not verify beside another") from error
        refused(connector, case, case.request, f"{name} replaced", Secrets({**case.secrets.values, name: (other,)}))


def check_sign_round_trip(connector: Connector, case: Case) -> None:
    """What sign() signs, verify() accepts: from a bare request, and with the newest of two secrets."""
    sign = pushes(connector).sign
    stripped = {name: value for name, value in case.headers.items() if name not in signature_headers(connector, case)}
    for secrets in (case.secrets, _rotated(case)):
        signed = sign(replace(case.request, headers=stripped), case.account, secrets, case.now)
        assert signed.body == case.body, "signing leaves the body alone"
        try:
            verify(connector, case, signed, Secrets({name: values[:1] for name, values in secrets.values.items()}))
        except HuitouError as error:
            raise AssertionError("a signed request does not verify") from error


def _rotated(case: Case) -> Secrets:
    """Each secret with a newer one before it, but for an id that the body itself states: signing cannot change that."""
    return Secrets(
        {
            name: values if values[0].encode() in case.body else (other_secret(values[0]), *values)
            for name, values in case.secrets.values.items()
        }
    )


def check_reserialised(connector: Connector, case: Case) -> None:
    """The same JSON in other bytes is refused: the signature is over raw bytes."""
    try:
        value = json.loads(case.body)
    except ValueError:
        return
    for again in (json.dumps(value, indent=1), json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)):
        if again.encode() != case.body:
            refused(connector, case, case.with_body(again.encode()), "re-serialised")


def check_push_expected(connector: Connector, case: Case) -> None:
    """Reply, ids, events and what they map to are as expected.json says."""
    assert push_result(connector, case) == case.expected, f"{case.key}/{case.name}: differs from expected.json"


def push_result(connector: Connector, case: Case) -> dict[str, Any]:
    """What expected.json of a push holds."""
    found = verify(connector, case)
    events = pushes(connector).events(case.request, case.ref) if found.carries_event else ()
    mapped = [each for event in events if not event.thin for each in _mapped(connector, event, case)]
    return {
        "delivery_id": found.delivery_id,
        "topic": found.topic,
        "carries_event": found.carries_event,
        "reply": {"status": found.reply.status, "body": found.reply.body, "content_type": found.reply.content_type},
        "events": [event_shape(each) for each in events],
        "canonical": [to_plain(each) for each in mapped],
    }


def _mapped(connector: Connector, event: Event, case: Case) -> tuple[Canonical, ...]:
    try:
        return connector.canonical(event.kind, event.payload, case.ref)
    except Skippable:
        return ()


def event_shape(event: Event) -> dict[str, Any]:
    """An event as the command line prints it."""
    return {
        "delivery_id": event.delivery_id,
        "topic": event.topic,
        "kind": event.kind,
        "resource_id": event.resource_id,
        "occurred_at": None if event.occurred_at is None else rfc3339(event.occurred_at),
        "thin": event.thin,
    }


def check_events(connector: Connector, case: Case) -> None:
    """Events have a known kind, text ids, aware times, and a payload that canonical() reads when they are fat."""
    events = pushes(connector).events(case.request, case.ref)
    assert events, "a push that carries an event has one"
    assert len({(event.delivery_id, event.kind) for event in events}) == len(events), "events of one delivery have ids of their own"
    for event in events:
        assert event.kind in KINDS, f"kind {event.kind}"
        assert event.delivery_id, "a delivery id"
        assert isinstance(event.topic, str), "a topic"
        assert event.resource_id is None or isinstance(event.resource_id, str), "ids are text or None"
        assert event.occurred_at is None or _aware(event.occurred_at), "times are aware"
        assert isinstance(event.payload, bytes), "a payload is bytes"
        assert not event.thin or event.resource_id, "a thin event names its resource"


def _aware(at: datetime) -> bool:
    return at.tzinfo is not None and at.utcoffset() is not None


def canonical_plain(connector: Connector, case: Case) -> list[Any]:
    """The canonical objects of a payload fixture, as expected.json holds them."""
    return [to_plain(each) for each in connector.canonical(case.payload_kind, case.body, case.ref)]


def check_canonical(connector: Connector, case: Case) -> None:
    """The canonical JSON equals expected.json, twice over: mapping keeps no state."""
    for _ in range(2):
        assert canonical_plain(connector, case) == case.expected, f"{case.key}/{case.name}: differs from expected.json"


def check_ends(connector: Connector, case: Case) -> None:
    """A payload that must be refused ends in the error its case names, with connector and path."""
    try:
        connector.canonical(case.payload_kind, case.body, case.ref)
    except ENDINGS[case.expect] as error:
        _require_located(connector, error)
        return
    except HuitouError as error:
        raise AssertionError(f"{type(error).__name__} instead of {case.expect}") from error
    raise AssertionError(f"mapped instead of {case.expect}")


def _require_located(connector: Connector, error: HuitouError) -> None:
    if isinstance(error, Permanent):
        assert error.connector == connector.info.key, "a refusal names its connector"
        assert error.path, f"a refusal names the path: {error}"


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b"   ",
    "bom alone": b"\xef\xbb\xbf",
    "not json": b"hello",
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"x"',
    "list": b"[]",
    "list of null": b"[null]",
    "list of lists": b"[[]]",
    "empty object": b"{}",
    "nan": b'{"id":NaN}',
    "infinity": b'{"id":Infinity}',
    "huge exponent": b'{"id":1e400,"total_price":1e400}',
    "huge number": b'{"id":' + b"9" * 100_000 + b"}",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "not utf-8": b'{"id":"\xff\xfe"}',
    "gbk": '{"name":"张三"}'.encode("gbk"),
    "lone surrogate": b'{"id":"\\ud800"}',
    "nul": b'{"id":"\x00"}',
    "duplicate keys": b'{"id":1,"id":"2"}',
    "trailing": b'{"id":1} x',
}


def check_hostile(connector: Connector, case: Case) -> None:
    """Hostile and truncated bodies end in one of the five errors, in events() and in canonical()."""
    bodies = dict(HOSTILE)
    for position in sorted({len(case.body) * part // 8 for part in range(1, 8)}):
        bodies[f"truncated at {position}"] = case.body[:position]
    for name, body in bodies.items():
        _run_bounded(connector, case, body, name)


def check_wrong_types(connector: Connector, case: Case) -> None:
    """A value of another type at any place of the body ends in one of the five errors."""
    for name, body in _mutations(case.body, (None, True, -1, "", "x", 1.5, [], {}, [None], 10**30, "NaN", "1e400")):
        _run_bounded(connector, case, body, name)


def _run_bounded(connector: Connector, case: Case, body: bytes, name: str) -> None:
    for what, call in _calls(connector, case, body):
        try:
            call()
        except FIVE as error:
            _require_located(connector, error)
        except Exception as error:
            raise AssertionError(f"{what} of {name}: {type(error).__name__}: {error}") from error


def _calls(connector: Connector, case: Case, body: bytes) -> Iterator[tuple[str, Callable[[], object]]]:
    if case.kind == "push":
        yield "events", lambda: _events_and_canonical(connector, case, body)
        kinds: Sequence[EventKind] = MAPPED
    else:
        kinds = (case.payload_kind,)
    for kind in kinds:
        yield f"canonical {kind}", _canonical_of(connector, kind, body, case)


def _canonical_of(connector: Connector, kind: EventKind, body: bytes, case: Case) -> Callable[[], object]:
    return lambda: [to_plain(each) for each in connector.canonical(kind, body, case.ref)]


def _events_and_canonical(connector: Connector, case: Case, body: bytes) -> None:
    for event in pushes(connector).events(case.with_body(body), case.ref):
        if not event.thin:
            connector.canonical(event.kind, event.payload, case.ref)


def _mutations(body: bytes, values: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """The body with one leaf or branch replaced, at up to 150 places, deterministically."""
    try:
        root = json.loads(body)
    except ValueError:
        return
    places = list(_places(root))
    step = len(places) // 150 + 1
    for path in places[::step]:
        for value in values:
            yield f"{path} = {value!r}"[:80], json.dumps(_replaced(root, path, value)).encode()


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _replaced(value: Any, path: Sequence[str | int], new: Any) -> Any:
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: _replaced(item, rest, new) if name == head else item for name, item in value.items()}
    return [_replaced(item, rest, new) if index == head else item for index, item in enumerate(value)]


def check_unmapped_status(connector: Connector, case: Case) -> None:
    """A status the tables do not know becomes `unknown`; its word is kept."""
    told = case.told["unmapped"]
    changed = _replaced(json.loads(case.body), told["path"], told["value"])
    assert changed != json.loads(case.body), "the unmapped path is in the body"
    orders = [
        each for each in connector.canonical("order", json.dumps(changed).encode(), case.ref) if hasattr(each, "refund_status")
    ]
    assert orders, "an order comes out"
    for order in orders:
        plain = to_plain(order)
        assert plain["status"] == "unknown", f"an unknown status became {plain['status']}"
        assert str(told["value"]) in str(plain["platform_status"]), "platform_status is verbatim"


def check_big_id(connector: Connector, case: Case) -> None:
    """Ids above 2^53 come out digit for digit, as text."""
    big = str(case.told["big_id"])
    assert int(big) > 2**53 and big.encode() in case.body, "big_id is above 2^53 and in the body"
    assert big in list(_texts(canonical_plain(connector, case))), f"{big} did not come out whole"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def check_amounts(connector: Connector, case: Case) -> None:
    """Amounts are whole minor units, obey the equation or carry the gap, and agree with the refund status."""
    for plain in canonical_plain(connector, case):
        if "amounts" not in plain:
            continue
        parts, extra = plain["amounts"], plain["extra"]
        assert all(value is None or type(value) is int for value in parts.values()), "amounts are whole minor units"
        difference = gap(Amounts(**parts), plain["tax_included"])
        assert extra.get("amounts_gap", 0) == (difference or 0), f"amounts_gap is {extra.get('amounts_gap')}, the gap {difference}"
        if parts["refunded"] is not None and parts["paid"] is not None and parts["refunded"] > 0:
            whole = parts["refunded"] >= parts["paid"] > 0
            assert plain["refund_status"] == ("full" if whole else "partial"), "refund_status follows the amounts"
        for line in plain["lines"]:
            if None not in (line["unit_price"], line["discount"], line["total"]):
                assert line["total"] == line["unit_price"] * line["quantity"] - line["discount"], "a line's total"


def check_tenant(connector: Connector, case: Case) -> None:
    """Everything that comes out belongs to the account it came in by."""
    account = case.account
    for plain in canonical_plain(connector, case):
        owner = (plain["merchant"], plain["platform"], plain["account"])
        assert owner == (account.merchant, connector.info.key, account.account), f"owned by {owner}"


PERSONAL = ("Quilliam Thistlewood", "quilliam.thistlewood@example.com", "+15550100987")


def check_no_personal_data(connector: Connector, case: Case) -> None:
    """No value of a body shows in an error, its repr or its traceback."""
    for name, body in _mutations(case.body, (*PERSONAL, {"who": PERSONAL[0]}, [PERSONAL[1]])):
        for what, call in _calls(connector, case, body):
            try:
                call()
            except HuitouError as error:
                shown = "".join(traceback.format_exception(error)) + repr(error)
                for secret in PERSONAL:
                    assert secret not in shown, f"{what} of {name} shows a value of the body"


def check_secrets_hidden(connector: Connector, case: Case) -> None:
    """Secrets show neither in their repr nor in a refusal."""
    values = [value for live in case.secrets.values.values() for value in live]
    shown = repr(case.secrets) + str(case.secrets)
    for request in (case.with_body(b"x"), replace(case.request, headers={}, query=())):
        try:
            verify(connector, case, request)
        except HuitouError as error:
            shown += "".join(traceback.format_exception(error)) + repr(error)
    for value in values:
        assert value not in shown, "a secret shows"


def check_hint(connector: Connector, case: Case) -> None:
    """A platform that does not sign is a hint: what tells its pushes apart (application, path secret) is checked."""
    assert connector.info.push_trust == "hint"
    assert Capability.HYDRATES in connector.info.capabilities, "a hint is re-read before it is believed"
    for name, values in case.secrets.values.items():
        if name in connector.info.verify_secrets:
            other = Secrets({**case.secrets.values, name: (other_secret(values[0]),)})
            refused(connector, case, case.request, f"another {name}", other)
    for event in pushes(connector).events(case.request, case.ref):
        assert event.thin or event.kind == "other", "an event of a hint is thin"


def check_fixtures(connector: Connector, found: Sequence[Case]) -> None:
    """A connector brings what the other checks need."""
    kinds = {(case.kind, case.expect) for case in found}
    if Capability.RECEIVES_WEBHOOKS in connector.info.capabilities:
        assert ("push", "accept") in kinds, "a push that is accepted"
        assert ("push", "reject") in kinds, "a push that is refused"
    assert ("order", "accept") in kinds, "an order"
    assert any("big_id" in case.told for case in found), "an order with an id above 2^53 (big_id)"
    assert any("unmapped" in case.told for case in found), "an order whose status is made unknown (unmapped)"
    if Capability.HANDLES_ERASURE in connector.info.capabilities:
        assert ("privacy", "accept") in kinds, "a privacy request"
