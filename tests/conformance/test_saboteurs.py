"""Every check of the suite fails a connector that is broken in just that way, and passes the sound one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.contract import Capability
from tests.kit import conformance as kit
from tests.kit import fake, saboteurs
from tests.kit.cases import Case

Check = Callable[[Any, Case], None]


@dataclass(frozen=True)
class Known(Case):
    """A case whose expected.json is what the sound connector makes of it."""

    @property
    def expected(self) -> Any:
        """As blessed."""
        if self.kind == "feed":
            return kit.feed_result(fake.Fed(), self)
        return kit.push_result(fake.Fake(), self) if self.kind == "push" else kit.canonical_plain(fake.Fake(), self)


def _known(case: Case) -> Case:
    return Known(case.key, case.name, case.body, case.headers, case.told)


PUSH = _known(fake.push_case(fake.Fake()))
ORDER = _known(fake.order_case())
FORGED = _known(replace(PUSH, headers={fake.SIGNATURE: ("0" * 64,)}, told={**PUSH.told, "expect": "reject", "status": 401}))
RECORD = _known(
    replace(
        ORDER,
        body=fake.BODY.replace(b"{", b'{"name": "acme", ', 1),
        told={"kind": "feed", "account": {"options": {"shop": "acme"}}},
    )
)
VALUES = _known(replace(PUSH, told={**PUSH.told, "signs": "value"}))
GAP = _known(replace(ORDER, body=fake.BODY.replace(b'"total": 1000', b'"total": 1001')))
FORM, QUERY = fake.inside_case(fake.InForm()), fake.inside_case(fake.InQuery())
JSON = fake.inside_case(fake.InJson(), signs="value")
MALFORMED = _known(replace(ORDER, body=b"{}", told={**ORDER.told, "expect": "permanent"}))

SABOTEURS: list[tuple[Check, type[fake.Fake], Case]] = [
    (kit.check_accepts, saboteurs.OddReply, PUSH),
    (kit.check_rejects, saboteurs.Open, FORGED),
    (kit.check_rejects, saboteurs.OddStatus, FORGED),
    (kit.check_body_flips, saboteurs.Prefix, PUSH),
    (kit.check_body_flips, saboteurs.Open, PUSH),
    (kit.check_signature_flips, saboteurs.HalfCompared, PUSH),
    (kit.check_signature_shapes, saboteurs.Fragile, PUSH),
    (kit.check_signature_shapes, saboteurs.FirstHeader, PUSH),
    (kit.check_secrets_required, saboteurs.EmptySecret, PUSH),
    (kit.check_secrets_required, saboteurs.Open, PUSH),
    (kit.check_rotation, saboteurs.NewestOnly, PUSH),
    (kit.check_rotation, saboteurs.Open, PUSH),
    (kit.check_sign_round_trip, saboteurs.OldSigner, PUSH),
    (kit.check_reserialised, saboteurs.Reserialiser, PUSH),
    (kit.check_reserialised, saboteurs.Open, VALUES),
    (kit.check_feed_expected, saboteurs.FedForAnother, RECORD),
    (kit.check_push_expected, saboteurs.NumberId, PUSH),
    (kit.check_events, saboteurs.NaiveEvents, PUSH),
    (kit.check_events, saboteurs.Eventless, PUSH),
    (kit.check_hostile, saboteurs.Crasher, PUSH),
    (kit.check_hostile, saboteurs.Crasher, ORDER),
    (kit.check_hostile, saboteurs.Nowhere, ORDER),
    (kit.check_wrong_types, saboteurs.Crasher, ORDER),
    (kit.check_no_personal_data, saboteurs.Talkative, ORDER),
    (kit.check_secrets_hidden, saboteurs.Leaky, PUSH),
    (kit.check_canonical, saboteurs.Stateful, ORDER),
    (kit.check_canonical, saboteurs.NumberId, ORDER),
    (kit.check_ends, saboteurs.Nowhere, MALFORMED),
    (kit.check_unmapped_status, saboteurs.Guesser, ORDER),
    (kit.check_big_id, saboteurs.NumberId, ORDER),
    (kit.check_amounts, saboteurs.Bender, GAP),
    (kit.check_tenant, saboteurs.Misowned, ORDER),
    (kit.check_hint, saboteurs.BelievedHint, PUSH),
    (kit.check_hint, saboteurs.OpenHint, PUSH),
    (kit.check_body_flips, saboteurs.FormPartSigned, FORM),
    (kit.check_body_flips, saboteurs.FormProbeEvent, FORM),
    (kit.check_body_flips, saboteurs.JsonIdsOnly, JSON),
    (kit.check_reserialised, saboteurs.JsonIdsOnly, JSON),
    (kit.check_signature_flips, saboteurs.FormHalfCompared, FORM),
    (kit.check_signature_flips, saboteurs.JsonHalfCompared, JSON),
    (kit.check_signature_flips, saboteurs.QueryHalfCompared, QUERY),
    (kit.check_signature_shapes, saboteurs.FormUnsigned, FORM),
    (kit.check_signature_shapes, saboteurs.FormLast, FORM),
    (kit.check_signature_shapes, saboteurs.FormFragile, FORM),
    (kit.check_signature_shapes, saboteurs.JsonUnsigned, JSON),
    (kit.check_signature_shapes, saboteurs.QueryLast, QUERY),
    (kit.check_sign_round_trip, saboteurs.FormRewriter, FORM),
    (kit.check_sign_round_trip, saboteurs.JsonRewriter, JSON),
]


ROWS: dict[Check, pytest.MarkDecorator] = {
    kit.check_rejects: pytest.mark.fault(1, saboteur=True),
    kit.check_signature_shapes: pytest.mark.fault(1, saboteur=True),
    kit.check_body_flips: pytest.mark.fault(2, saboteur=True),
    kit.check_signature_flips: pytest.mark.fault(2, saboteur=True),
    kit.check_reserialised: pytest.mark.fault(2, saboteur=True),
    kit.check_rotation: pytest.mark.fault(9, saboteur=True),
    kit.check_hostile: pytest.mark.fault(15, saboteur=True),
    kit.check_wrong_types: pytest.mark.fault(17, saboteur=True),
}
SOUND: dict[Check, type[fake.Fake]] = {kit.check_hint: fake.Hint, kit.check_feed_expected: fake.Fed}


def _name(value: object) -> str:
    return str(getattr(value, "__name__", None) or getattr(value, "name", ""))


@pytest.mark.parametrize(
    ("check", "saboteur", "case"), [pytest.param(*each, marks=ROWS.get(each[0], ())) for each in SABOTEURS], ids=_name
)
def test_check_fails_its_saboteur(check: Check, saboteur: type[fake.Fake], case: Case) -> None:
    inside = next((kind for kind in (fake.InForm, fake.InJson, fake.InQuery) if issubclass(saboteur, kind)), fake.Fake)
    sound = SOUND.get(check, inside)()
    check(sound, case)
    with pytest.raises(AssertionError):
        check(saboteur(), case)


@pytest.mark.parametrize("saboteur", [saboteurs.DeclaresTooMuch, saboteurs.DeclaresTooLittle])
def test_capabilities_fails_its_saboteur(saboteur: type[fake.Fake]) -> None:
    kit.check_capabilities(fake.Fake())
    kit.check_capabilities(fake.Hint())
    with pytest.raises(AssertionError):
        kit.check_capabilities(saboteur())


def test_fixtures_check_fails_when_a_kind_is_missing() -> None:
    kit.check_fixtures(fake.Fake(), [PUSH, FORGED, ORDER])
    for missing in range(3):
        found = [case for index, case in enumerate([PUSH, FORGED, ORDER]) if index != missing]
        with pytest.raises(AssertionError):
            kit.check_fixtures(fake.Fake(), found)


def test_fixtures_of_a_platform_without_orders_are_what_is_said() -> None:
    """Neither an order nor an unmapped status is asked of it, but something that is said or spent is."""
    mute = fake.Fake()
    mute.info = replace(mute.info, capabilities=mute.info.capabilities | {Capability.SENDS_MESSAGES})
    said = _known(replace(ORDER, told={"kind": "message", "big_id": ORDER.told["big_id"]}))
    kit.check_fixtures(mute, [PUSH, FORGED, said])
    with pytest.raises(AssertionError, match="said"):
        kit.check_fixtures(mute, [PUSH, FORGED, replace(said, told={**said.told, "kind": "buyer"})])


def test_fixtures_of_a_feed_hold_a_record() -> None:
    kit.check_fixtures(fake.Fed(), [RECORD, ORDER])
    with pytest.raises(AssertionError, match="record"):
        kit.check_fixtures(fake.Fed(), [ORDER])


def test_a_deaf_connector_is_no_sound_one() -> None:
    with pytest.raises(Exception, match="deaf"):
        kit.check_accepts(saboteurs.Deaf(), PUSH)


def test_every_check_has_a_saboteur() -> None:
    tried = {check.__name__ for check, _, _ in SABOTEURS} | {"check_capabilities", "check_fixtures"}
    assert tried == {name for name in dir(kit) if name.startswith("check_")}
