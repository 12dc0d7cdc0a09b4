"""From a signed push to the kept record: comments, messages, receipts and reviews of every platform that pushes them whole."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.contract import ReceivesWebhooks
from chalicelib.errors import Skippable
from chalicelib.recording import Recordable, record_key
from chalicelib.toolkit.canonical_json import to_plain
from connectors.registry import KEYS, connector
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import Case, cases
from tests.kit.common import opened, verify

WORDS = ("review_id", "question_id", "message_id")


def told(case: Case) -> list[Recordable]:
    """What the push says, as its connector maps it; only what is kept as a record."""
    one = connector(case.key)
    assert isinstance(one, ReceivesWebhooks)
    request = opened(case.request, verify(one, case))
    fat = [event for event in one.events(request, case.ref) if not event.thin]
    mapped: list[Any] = []
    for event in fat:
        with suppress(Skippable):  # an event of several may say nothing to keep
            mapped += one.canonical(event.kind, event.payload, case.ref)
    return [thing for thing in mapped if isinstance(thing, Recordable)]


PUSHES = [
    case
    for key in KEYS
    for case in cases(key)
    if case.kind == "push"
    and case.expect == "accept"
    and any(word in each for each in case.expected.get("canonical", ()) for word in WORDS)
]


def stack_of(engine: Any, case: Case) -> Stack:
    """A stack with the case's account alone beside the usual ones, and its secrets."""
    options = "".join(f'{name} = "{value}"\n' for name, value in case.account.options.items())
    entry = f'[[accounts]]\nplatform = "{case.key}"\naccount = "{case.account.account}"\npull_minutes = 0\n'
    entry += f"[accounts.options]\n{options}" if options else ""
    stack = Stack(engine, CONFIG.replace("[[campaigns]]", f"{entry}[[campaigns]]", 1))
    stack.app.parts.secrets = MemorySecrets({(case.key, case.account.account): dict(case.secrets.values)})
    stack.clock.at = case.now
    for name, (pem, *_) in case.secrets.values.items():
        kind, _, key_id = name.partition(":")
        if kind == "public_key" and key_id:  # one that the platform hands out by id: it was asked before
            stack.app.public_keys.get(case.account, key_id, lambda pem=pem: pem)  # type: ignore[misc]
    return stack


def test_there_are_such_pushes() -> None:
    assert {case.key for case in PUSHES} >= {"generic", "meta"}


@pytest.mark.parametrize("case", PUSHES, ids=lambda case: f"{case.key}-{case.name}")
def test_a_push_is_kept_once_and_sealed(moto_engine: Any, case: Case) -> None:
    stack = stack_of(moto_engine, case)
    request = replace(case.request, url=stack.config.webhook_url(case.key, case.account.account))
    for _ in range(2):
        assert stack.app.receive.handle(case.key, case.account.account, request).status == 200
        stack.normalise()

    things = told(case)
    assert things and stack.app.work.quarantined("demo") == []
    for key in {record_key(thing) for thing in things}:
        tellings = [to_plain(thing) for thing in things if record_key(thing) == key]
        assert stack.app.recording.show(key) in tellings  # of several the latest holds
        assert stack.app.recording._records.read(key).version <= len(tellings)  # the second delivery wrote nothing
