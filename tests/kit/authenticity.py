"""Checks of verify() and sign(): what must pass, and all that must not."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Iterable
from dataclasses import replace

from chalicelib.contract import Capability, Connector, RawRequest, Secrets, Verified
from chalicelib.errors import ConfigError, HuitouError, Rejected
from tests.kit import inside
from tests.kit.cases import Case
from tests.kit.common import (
    opened,
    other_secret,
    places,
    pushes,
    refused,
    replaced,
    verify,
)

SMALL = 5_000  # bodies up to here are flipped at every byte, as every fixture is; larger ones at about this many


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
    """One changed byte anywhere in the body is refused; around an encrypted text it may be of no effect instead."""
    body = case.body
    for position in _positions(len(body)):
        flipped = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        without_effect(connector, case, case.with_body(flipped), f"byte {position} flipped")
    if not signs_value(case):
        without_effect(connector, case, case.with_body(body + b" "), "one blank more")
    if case.told.get("empty") == "probe":
        assert not verify(connector, case, case.with_body(b"")).carries_event, "a probe carries no event"
        return
    refused(connector, case, case.with_body(b""), "no body")


def without_effect(connector: Connector, case: Case, request: RawRequest, what: str) -> None:
    """Refused; or, where all that is believed is what an encrypted text held, exactly that is what comes out."""
    sound = verify(connector, case)
    if sound.opened is None:
        refused(connector, case, request, what)
        return
    try:
        found = verify(connector, case, request)
    except Rejected as error:
        assert 400 <= error.status < 500, f"{what}: refused with {error.status}"
        return
    assert found == sound, f"{what}: accepted as something else"


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
    if inside.is_inside(case):
        value = inside.given(case)
        for position in range(len(value)):
            flipped = value[:position] + chr(ord(value[position]) ^ 1) + value[position + 1 :]
            refused(connector, case, inside.carrying(case, [flipped]), f"signature: character {position} flipped")
        return
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
    if inside.is_inside(case):
        _shapes_inside(connector, case, odd)
        return
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


def _shapes_inside(connector: Connector, case: Case, odd: Iterable[str]) -> None:
    good = inside.given(case)
    refused(connector, case, inside.carrying(case, []), "signature missing")
    for value in odd:
        refused(connector, case, inside.carrying(case, [value]), f"signature = {value[:12]!r}")
    if inside.repeats(case):
        refused(connector, case, inside.carrying(case, [good, good]), "signature twice")
        refused(connector, case, inside.carrying(case, ["garbage", good]), "signature twice, the first wrong")


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
    sound = verify(connector, case)
    bare = opened(inside.carrying(case, []) if inside.is_inside(case) else case.request, sound)
    plain = verify(connector, case).opened
    for secrets in (case.secrets, _rotated(case, plain)):
        if plain is not None:
            _seals(connector, case, plain, secrets)
            continue
        signed = sign(replace(bare, headers=stripped), case.account, secrets, case.now)
        if sound.opened is not None:
            assert signed.body != bare.body, "signing encrypts"
        elif inside.is_inside(case):
            assert inside.rest(case, signed.body) == inside.rest(case, case.body), "signing adds the signature only"
        else:
            assert signed.body == case.body, "signing leaves the body alone"
        try:
            found = verify(connector, case, signed, Secrets({name: values[:1] for name, values in secrets.values.items()}))
        except HuitouError as error:
            raise AssertionError("a signed request does not verify") from error
        assert found.opened == sound.opened, "what is signed is what is opened"


def _seals(connector: Connector, case: Case, plain: bytes, secrets: Secrets) -> None:
    """Signing an encrypted push seals it: what was put in comes out again."""
    signed = pushes(connector).sign(case.with_body(plain), case.account, secrets, case.now)
    assert signed.body != plain, "an encrypted push is sealed"
    newest = Secrets({name: values[:1] for name, values in secrets.values.items()})
    try:
        found = verify(connector, case, signed, newest)
    except HuitouError as error:
        raise AssertionError("a sealed request does not verify") from error
    assert found.opened == plain, "what was sealed comes out as it was"


def _rotated(case: Case, plain: bytes | None) -> Secrets:
    """Each secret with a newer one before it, but for an id that the body itself states: signing cannot change that."""
    stated = case.body if plain is None else plain
    return Secrets(
        {
            name: values if values[0].encode() in stated else (other_secret(values[0]), *values)
            for name, values in case.secrets.values.items()
        }
    )


def signs_value(case: Case) -> bool:
    """Whether the platform signs the JSON and not its spelling, so that a spelling of the same JSON is as good."""
    return bool(case.told.get("signs") == "value")


def check_reserialised(connector: Connector, case: Case) -> None:
    """The same JSON in other bytes is refused: the signature is over raw bytes.

    Where the platform signs the JSON itself (`"signs": "value"`), another JSON in other bytes is refused.
    """
    try:
        value = json.loads(case.body)
    except ValueError:
        return
    if signs_value(case):
        for path in places(value):
            again = json.dumps(replaced(value, path, {"another": "value"}), indent=1)
            refused(connector, case, case.with_body(again.encode()), f"re-serialised with another {path}")
        return
    for again in (json.dumps(value, indent=1), json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)):
        if again.encode() != case.body:
            without_effect(connector, case, case.with_body(again.encode()), "re-serialised")


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
    for event in pushes(connector).events(opened(case.request, verify(connector, case)), case.ref):
        assert event.thin or event.kind == "other", "an event of a hint is thin"
