"""The conformance suite over every connector of the registry and all its fixtures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.contract import Connector
from connectors.registry import KEYS, connector
from tests.kit import conformance as kit
from tests.kit.cases import Case, cases
from tests.kit.faults import Told

ALL = [case for key in KEYS for case in cases(key)]


def _ids(case: Case) -> str:
    return f"{case.key}/{case.name}"


def _chosen(*kinds: str, expect: str | None = "accept", has: str | None = None, trust: str | None = None) -> list[Case]:
    found = [case for case in ALL if not kinds or case.kind in kinds]
    found = [case for case in found if expect is None or case.expect == expect]
    found = [case for case in found if has is None or has in case.told]
    return [case for case in found if trust is None or connector(case.key).info.push_trust == trust]


PUSHES = _chosen("push")
SIGNED = _chosen("push", trust="signed")
FEEDS = _chosen("feed")
PAYLOADS = [case for case in _chosen() if case.kind not in ("push", "feed")]

FORGED, CHANGED, ODD, UNKNOWN = (pytest.mark.fault(1), pytest.mark.fault(2), pytest.mark.fault(15), pytest.mark.fault(17))
ON_SIGNED = (
    pytest.param(kit.check_body_flips, marks=CHANGED),
    pytest.param(kit.check_signature_flips, marks=CHANGED),
    pytest.param(kit.check_signature_shapes, marks=FORGED),
    pytest.param(kit.check_reserialised, marks=CHANGED),
)
ON_PUSHES = (
    kit.check_accepts,
    kit.check_secrets_required,
    pytest.param(kit.check_rotation, marks=pytest.mark.fault(9)),
    kit.check_sign_round_trip,
    kit.check_push_expected,
    pytest.param(kit.check_hostile, marks=ODD),
    pytest.param(kit.check_wrong_types, marks=UNKNOWN),
    kit.check_no_personal_data,
    kit.check_secrets_hidden,
)
ON_FEEDS = (
    kit.check_feed_expected,
    pytest.param(kit.check_hostile, marks=ODD),
    pytest.param(kit.check_wrong_types, marks=UNKNOWN),
    kit.check_no_personal_data,
)
ON_PAYLOADS = (
    kit.check_canonical,
    kit.check_amounts,
    kit.check_tenant,
    pytest.param(kit.check_hostile, marks=ODD),
    pytest.param(kit.check_wrong_types, marks=UNKNOWN),
    kit.check_no_personal_data,
)

Check = Callable[[Connector, Case], None]


@pytest.mark.parametrize("key", KEYS)
def test_capabilities(key: str) -> None:
    kit.check_capabilities(connector(key))


@pytest.mark.parametrize("key", KEYS)
def test_fixtures(key: str) -> None:
    kit.check_fixtures(connector(key), cases(key))


@pytest.mark.parametrize("check", ON_SIGNED, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", SIGNED, ids=_ids)
def test_signed_push(case: Case, check: Check, fault: Told) -> None:
    fault.platform(case.key)
    check(connector(case.key), case)


@pytest.mark.parametrize("check", ON_PUSHES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", PUSHES, ids=_ids)
def test_push(case: Case, check: Check, fault: Told) -> None:
    fault.platform(case.key)
    check(connector(case.key), case)


@pytest.mark.parametrize("case", PUSHES, ids=_ids)
def test_events(case: Case) -> None:
    if case.expected["carries_event"]:
        kit.check_events(connector(case.key), case)


@pytest.mark.parametrize("case", _chosen("push", trust="hint"), ids=_ids)
def test_hint(case: Case) -> None:
    kit.check_hint(connector(case.key), case)


@pytest.mark.fault(1)
@pytest.mark.parametrize("case", _chosen("push", expect="reject"), ids=_ids)
def test_refused_push(case: Case, fault: Told) -> None:
    fault.platform(case.key)
    kit.check_rejects(connector(case.key), case)


@pytest.mark.parametrize("check", ON_FEEDS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", FEEDS, ids=_ids)
def test_feed(case: Case, check: Check, fault: Told) -> None:
    fault.platform(case.key)
    check(connector(case.key), case)


@pytest.mark.parametrize("check", ON_PAYLOADS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", PAYLOADS, ids=_ids)
def test_payload(case: Case, check: Check, fault: Told) -> None:
    fault.platform(case.key)
    check(connector(case.key), case)


@pytest.mark.parametrize("case", [each for each in ALL if each.kind not in ("push", "feed") and each.expect != "accept"], ids=_ids)
def test_refused_payload(case: Case) -> None:
    kit.check_ends(connector(case.key), case)


@pytest.mark.parametrize("case", _chosen("order", has="unmapped"), ids=_ids)
def test_unmapped_status(case: Case) -> None:
    kit.check_unmapped_status(connector(case.key), case)


@pytest.mark.parametrize("case", [each for each in PAYLOADS if "big_id" in each.told], ids=_ids)
def test_big_id(case: Case) -> None:
    kit.check_big_id(connector(case.key), case)
