"""Payloads from public material, read where HUITOU_PAYLOADS points: signed ones verify, the rest map or are refused in kind."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest

from chalicelib.contract import Account, Connector, EventKind, RawRequest, ReceivesWebhooks, Ref, Secrets
from chalicelib.errors import HuitouError, Permanent, Rejected, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from connectors.registry import KEYS, connector
from tests.conformance.payload_tables import Told
from tests.kit.conformance import ENDINGS, MAPPED

ROOT = os.environ.get("HUITOU_PAYLOADS", "")
pytestmark = [
    pytest.mark.payloads,
    pytest.mark.skipif(not ROOT, reason="HUITOU_PAYLOADS names no folder of real payloads"),
]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _tables(key: str) -> Any:
    name = f"tests.conformance.payload_tables.{key}"
    return import_module(name) if find_spec(name) is not None else None


def _table(key: str) -> Mapping[str, Told]:
    return getattr(_tables(key), "TABLE", {})


def _ref(key: str) -> Ref:
    return Ref(Account("demo", key, "acme", dict(getattr(_tables(key), "OPTIONS", {}))), "real-payload", "push")


def _files(key: str) -> list[Path]:
    folder = Path(ROOT) / getattr(_tables(key), "FOLDER", key)
    if not ROOT or not folder.is_dir():
        return []
    skipped = (".headers.json", ".md")
    return sorted(each for each in folder.iterdir() if each.is_file() and not each.name.endswith(skipped))


FILES = [(key, path) for key in KEYS for path in _files(key)]
SIGNED = [
    (key, path)
    for key, path in FILES
    if path.with_name(f"{path.stem}.headers.json").exists() and path.name not in getattr(_tables(key), "REQUESTS", ())
]


def _ids(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


def test_there_are_payloads() -> None:
    assert FILES, "the folder holds no payload of any platform of the registry"


def test_tables_name_files_that_are_there() -> None:
    for key in KEYS:
        there = {path.name for path in _files(key)}
        assert not there or set(_table(key)) <= there, f"{key}: {sorted(set(_table(key)) - there)} are gone"


@pytest.mark.parametrize(("key", "path"), SIGNED, ids=_ids)
def test_signed_payload_verifies_and_fails_after_one_changed_byte(key: str, path: Path) -> None:
    found = connector(key)
    assert isinstance(found, ReceivesWebhooks)
    told = json.loads(path.with_name(f"{path.stem}.headers.json").read_bytes())
    given = told.get("headers") or (_tables(key).headers(told) if hasattr(_tables(key), "headers") else {})
    headers = {name.lower(): (value,) for name, value in given.items()}
    secrets = Secrets(_secrets(key, cast(Connector, found), told))
    if told.get("method") == "GET":
        _address_check(found, key, told, secrets)
        return
    url = str(told.get("url", f"https://hooks.example.com/webhooks/{key}/acme"))
    query = tuple((name, str(value)) for name, value in told.get("query", {}).items())
    request = RawRequest("POST", url, headers, query, path.read_bytes())
    account, now = _ref(key).account, getattr(_tables(key), "now", lambda _: NOW)(told)
    sound = found.verify(request, account, secrets, now)
    assert sound.carries_event
    for position in range(len(request.body)):
        changed = bytearray(request.body)
        changed[position] ^= 1
        again = replace(request, body=bytes(changed))
        if sound.opened is None:
            with pytest.raises(Rejected):
                found.verify(again, account, secrets, now)
            continue
        try:  # around the encrypted text a byte may be of no effect
            assert found.verify(again, account, secrets, now) == sound
        except Rejected:
            continue


def _address_check(found: ReceivesWebhooks, key: str, told: Mapping[str, Any], secrets: Secrets) -> None:
    """The platform's own check of an address, whose parameters stand in the file: answered with the challenge, else refused."""
    query = [(name, str(told[name])) for name in ("signature", "timestamp", "nonce", "echostr")]
    account, now = _ref(key).account, _tables(key).now(told)
    request = RawRequest("GET", f"https://hooks.example.com/webhooks/{key}/acme", {}, tuple(query), b"")
    answered = found.verify(request, account, secrets, now)
    assert answered.reply.body == told["expected_body"] and not answered.carries_event
    for place in range(3):  # not the challenge, which nothing vouches for
        name, value = query[place]
        changed = [*query[:place], (name, value[:-1] + chr(ord(value[-1]) ^ 1)), *query[place + 1 :]]
        with pytest.raises(Rejected):
            found.verify(replace(request, query=tuple(changed)), account, secrets, now)


def _secrets(key: str, found: Connector, told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    own = getattr(_tables(key), "secrets", None)
    if own is not None:
        return cast(Mapping[str, tuple[str, ...]], own(told))
    if "secrets" in told:
        return {name: (value,) for name, value in told["secrets"].items()}
    return {found.info.verify_secrets[-1]: (told["secret"],)}


@pytest.mark.parametrize(("key", "path"), FILES, ids=_ids)
def test_payload_maps_or_is_refused_as_the_table_says(key: str, path: Path) -> None:
    told = _table(key).get(path.name)
    if told is None:
        pytest.skip("not in the table of this connector: only the typed outcome is checked")
    kind = cast(EventKind, told.kind)
    if told.expect == "accept":
        mapped = connector(key).canonical(kind, path.read_bytes(), _ref(key))
        assert len(mapped) >= told.least
        for each in mapped:
            plain = to_plain(each)
            assert (plain["merchant"], plain["platform"], plain["account"]) == ("demo", key, "acme")
            assert plain.get("status") != "unknown", "every status in public samples is mapped"
        return
    with pytest.raises(ENDINGS[told.expect]):
        connector(key).canonical(kind, path.read_bytes(), _ref(key))


@pytest.mark.parametrize(("key", "path"), FILES, ids=_ids)
def test_payload_ends_in_a_typed_outcome_whatever_it_is_taken_for(key: str, path: Path) -> None:
    body, ref, found = path.read_bytes(), _ref(key), connector(key)
    for kind in MAPPED:
        try:
            found.canonical(kind, body, ref)
        except (Permanent, Skippable) as error:
            assert error.connector == key
    if isinstance(found, ReceivesWebhooks):
        request = RawRequest("POST", f"https://hooks.example.com/webhooks/{key}/acme", {}, (), body)
        try:
            found.events(request, ref)
        except HuitouError as error:
            assert isinstance(error, (Permanent, Skippable)), type(error).__name__
