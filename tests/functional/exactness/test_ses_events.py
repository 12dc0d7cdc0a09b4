"""SES's events all the way: from queue or push to a message that is settled and an address that gets nothing more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chalicelib import feedback as module
from chalicelib.adapters.feedback import DynamoFeedback
from chalicelib.contract import HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.receipt import Told, fate
from chalicelib.fates import Handover, StoredFate
from chalicelib.ports import Message
from tests.functional.exactness.test_feedback import STORIES, World, orders, played
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.cases import load
from tests.unit.toolkit.test_sns import certificate

OPTIONS = 'options = {configuration_set = "huitou-mail", topic_arn = "arn:aws:sns:eu-west-1:111122223333:huitou-mail"}\n'
ACCOUNT = f'[[accounts]]\nplatform = "ses"\naccount = "acme"\npull_minutes = 0\n{OPTIONS}'
BOUNCE, COMPLAINT = load("ses", "push-bounce"), load("ses", "push-subject")
OWNER, ID = "kq3-M_x7Zt0aBcDeFgHiJk", "back30-2026-10-01-kq3-M_x7Zt0aBcDeFgHiJk"  # whom the fixtures' tag names


class Sns:
    """SNS's own host: its certificate, and confirmations. Every call is kept."""

    def __init__(self) -> None:
        self.calls: list[HttpRequest] = []
        key: Any = load_pem_private_key(BOUNCE.secrets.one("private_key").encode(), None)
        self.pem = certificate(key)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        self.calls.append(request)
        return HttpResponse(200, {}, self.pem if request.url.endswith(".pem") else b"<ok/>")


@pytest.fixture
def sns() -> Sns:
    return Sns()


@pytest.fixture
def mailed(engine: Any, sns: Sns) -> Stack:
    """A message of which nobody knows whether it went: its worker died."""
    stack = Stack(engine, CONFIG.replace("[[campaigns]]", ACCOUNT + "[[campaigns]]", 1), lambda _info: sns)
    row = Message("demo", ID, OWNER, "winback", "email", "winback", "en", "unknown", "worker-died", None, "back30", "treated", 1)
    assert stack.app.outbox.add(replace(row, sent_at=NOW))
    return stack


def pushed(stack: Stack, body: bytes) -> int:
    url = stack.config.webhook_url("ses", "acme")
    return stack.app.receive.handle("ses", "acme", RawRequest("POST", url, {}, (), body)).status


def ended(stack: Stack) -> tuple[str, str | None, str | None]:
    found = stack.app.outbox.read("demo", OWNER, ID)
    assert found is not None
    address = stack.app.parts.vault.lookup("demo", "email", "ana@example.com")
    return found.state, found.reason, stack.app.members.suppressed("demo", address)


@pytest.mark.fault(56)
def test_a_bounce_by_the_queue_settles_and_ends_mail_to_the_address(mailed: Stack) -> None:
    mailed.app.intake.record("ses", load("ses", "feed-bounce").body.decode())
    assert mailed.normalise() == 1
    assert ended(mailed) == ("failed", "bounce-permanent-general", "bounced")


@pytest.mark.fault(56)
def test_a_complaint_by_a_signed_push_settles_ends_mail_and_withdraws(mailed: Stack, sns: Sns) -> None:
    assert pushed(mailed, COMPLAINT.body) == 200
    assert pushed(mailed, COMPLAINT.body) == 200, "SNS delivers twice now and then"
    mailed.normalise()

    assert ended(mailed) == ("sent", "complained", "complained")
    assert mailed.app.members.consent("demo", {OWNER}, "email") is False
    assert [call.url.rpartition("/")[2][:29] for call in sns.calls] == ["SimpleNotificationService-012"], "one certificate, kept"


@pytest.mark.fault(11)
@pytest.mark.fault(56)
@pytest.mark.parametrize(
    "name",
    [
        "push-forged",
        "push-unsigned",
        "push-raw",
        "push-other-topic",
        "push-other-digest",
        "push-certificate-other-host",
        "push-certificate-user-part",
        "push-certificate-bucket",
        "push-certificate-plain",
        "push-certificate-other-path",
        "push-certificate-query",
        "push-certificate-other-region",
        "push-certificate-other-domain",
    ],
)
def test_what_sns_did_not_sign_for_us_is_refused_and_no_foreign_host_is_called(moto_engine: Any, sns: Sns, name: str) -> None:
    stack = Stack(moto_engine, CONFIG.replace("[[campaigns]]", ACCOUNT + "[[campaigns]]", 1), lambda _info: sns)
    assert pushed(stack, load("ses", name).body) in (400, 401)
    assert stack.inbound.bodies == []
    assert {call.url.split("/")[2] for call in sns.calls} <= {"sns.eu-west-1.amazonaws.com"}


@pytest.mark.fault(11)
def test_a_subscription_confirms_itself_at_sns_and_nowhere_else(mailed: Stack, sns: Sns) -> None:
    assert pushed(mailed, load("ses", "push-subscription").body) == 200
    mailed.normalise()
    assert [call.url for call in sns.calls][-1] == "https://sns.eu-west-1.amazonaws.com/"
    assert mailed.app.work.quarantined("demo") == []


def test_the_end_of_a_subscription_lies_before_a_person(mailed: Stack) -> None:
    assert pushed(mailed, load("ses", "push-ended").body) == 200
    mailed.normalise()
    assert [each.reason for each in mailed.app.work.quarantined("demo")] == ["subscription-ended"]


@pytest.mark.parametrize("name", ["feed-notice", "feed-notice-raw"])
def test_words_about_the_topic_are_let_go_before_there_is_an_account(moto_engine: Any, name: str) -> None:
    stack = Stack(moto_engine)
    stack.app.intake.record("ses", load("ses", name).body.decode())
    assert stack.inbound.bodies == []


def test_no_address_is_left_in_table_queue_counters_or_quarantine(mailed: Stack) -> None:
    record = json.loads(load("ses", "feed-bounce").body)
    mailed.app.intake.record("ses", json.dumps(record))
    record["bounce"]["bounceType"] = "Unheard-of"
    mailed.app.intake.record("ses", json.dumps(record))
    assert "ana@" not in "".join(mailed.inbound.bodies)
    mailed.normalise()

    assert len(mailed.app.work.quarantined("demo")) == 1
    pages = mailed.dynamodb.get_paginator("scan").paginate(TableName=mailed.app.parts.table.name)
    assert "ana@" not in "".join(str(page["Items"]) for page in pages) + str(mailed.counters.__dict__)


# --- saboteurs: a guard that is taken away is missed ---


def _differs(engine: Any, story: tuple[str, ...]) -> bool:
    expected = played(Stack(engine), story)
    return any(played(Stack(engine), order) != expected for order in orders(story, 6))


def test_tellings_that_replace_one_another_are_noticed(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    story = STORIES[6]
    assert not _differs(moto_engine, story)

    def last_wins(one: Told, other: Told) -> dict[str, str]:
        return {**one, **other}

    monkeypatch.setattr(module, "join", last_wins)
    assert _differs(moto_engine, story)


def test_forgetting_that_the_call_was_answered_is_noticed(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fate
    monkeypatch.setattr(module, "fate", lambda state, told, *, accepted: real(state, told, accepted=accepted and state == "sent"))
    assert _differs(moto_engine, STORIES[1])


def test_a_row_of_what_was_told_that_is_written_blindly_loses_a_telling(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two receipts of which each has read before the other wrote, and nobody knows yet whose they are."""

    def both() -> set[str]:
        world = World(stack, number=len(seen))
        world.reference = None
        seen.append(world)
        store = stack.app.feedback._store
        place = Handover("demo", "ses", "mail", world.provider)
        own, acts = store.write, [lambda: world.told("delivered", 1)]

        def write(where: Handover, stored: StoredFate, *, expected_version: int) -> bool:
            if acts:
                acts.pop()()
            return own(where, stored, expected_version=expected_version)

        with monkeypatch.context() as patched:
            patched.setattr(store, "write", write)
            world.told("failed", 2, "bounce")
        return set(store.read(place).told)

    seen: list[World] = []
    assert both() == {"delivered", "failed"}

    blind = DynamoFeedback.write

    def careless(self: DynamoFeedback, place: Handover, stored: StoredFate, *, expected_version: int) -> bool:
        current = self.read(place).version
        return blind(self, place, replace(stored, version=current + 1), expected_version=current)

    monkeypatch.setattr(DynamoFeedback, "write", careless)
    assert both() == {"failed"}, "one telling is gone, and the test above would say so"
