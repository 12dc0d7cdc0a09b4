"""SES: keys by certificate, subscriptions, and whose a delivery is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib.contract import Account, Event, HttpResponse, RawRequest, Ref, Secrets
from chalicelib.domain.receipt import Objection
from chalicelib.errors import ConfigError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit import sns
from connectors.ses import CONNECTOR
from tests.kit.cases import Case, load
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api
from tests.unit.toolkit.test_sns import NAMED, certificate
from tests.unit.toolkit.test_sns import TOPIC as OURS

CASE = load("ses", "push-bounce")
SUBSCRIBE = load("ses", "push-subscription")
CERTIFICATE = "GET /SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


def event_of(case: Case) -> Event:
    found = CONNECTOR.verify(case.request, case.account, case.secrets, NOW)
    assert found.opened is not None
    (event,) = CONNECTOR.events(replace(case.request, body=found.opened), case.ref)
    return event


def test_a_key_is_fetched_from_sns_and_checks_what_it_signed() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(CASE.secrets.one("private_key").encode(), None)
    http = FakeHttp({CERTIFICATE: HttpResponse(200, {}, certificate(key))})  # type: ignore[arg-type]
    named = CONNECTOR.key_id(CASE.request)
    assert named == NAMED

    pem = CONNECTOR.fetch_key(NAMED, make_api(CASE.account, {}, http))

    assert http.sent[0].url == "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
    assert CONNECTOR.verify(CASE.request, CASE.account, Secrets({f"public_key:{NAMED}": (pem,)}), NOW).carries_event


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HttpResponse(403, {}, b""), Rejected),
        (HttpResponse(404, {}, b""), Rejected),
        (HttpResponse(302, {"location": "https://evil.example/"}, b""), Retriable),
        (HttpResponse(200, {}, b"x" * 70_000), Retriable),
        (HttpResponse(200, {}, b"<html>"), Rejected),
    ],
)
def test_an_answer_that_is_no_certificate_gives_no_key(answer: HttpResponse, error: type[Exception]) -> None:
    with pytest.raises(error):
        CONNECTOR.fetch_key(NAMED, make_api(CASE.account, {}, FakeHttp({CERTIFICATE: answer})))


def test_every_host_that_is_called_is_sns_itself() -> None:
    assert set(CONNECTOR.info.api_hosts) == {f"sns.{region}.amazonaws.com" for region in sns.REGIONS}


def test_a_subscription_of_ours_is_confirmed_at_an_address_of_our_own_making() -> None:
    body = json.loads(SUBSCRIBE.body)
    http = FakeHttp({"GET /": HttpResponse(200, {}, b"<ConfirmSubscriptionResponse/>")})

    event = event_of(SUBSCRIBE)
    assert event.thin
    with pytest.raises(Skippable, match="subscription-confirmed"):
        CONNECTOR.hydrate(event, make_api(SUBSCRIBE.account, {}, http))

    assert http.sent[0].url == "https://sns.eu-west-1.amazonaws.com/"
    assert dict(http.sent[0].query) == {"Action": "ConfirmSubscription", "TopicArn": OURS, "Token": body["Token"]}


def test_a_subscription_that_sns_refuses_is_told_to_a_person() -> None:
    http = FakeHttp({"GET /": HttpResponse(400, {}, b"")})
    with pytest.raises(Permanent, match="subscription-refused"):
        CONNECTOR.hydrate(event_of(SUBSCRIBE), make_api(SUBSCRIBE.account, {}, http))


@pytest.mark.fault(11)
def test_a_subscription_of_another_topic_is_not_confirmed() -> None:
    other = Account("demo", "ses", "acme", {"topic_arn": f"{OURS}-2"})
    with pytest.raises(Permanent, match="subscription-foreign"):
        CONNECTOR.hydrate(event_of(SUBSCRIBE), make_api(other, {}, FakeHttp()))


def test_the_end_of_the_subscription_is_told_to_a_person() -> None:
    event = event_of(load("ses", "push-ended"))
    with pytest.raises(Permanent, match="subscription-ended"):
        CONNECTOR.hydrate(event, make_api(CASE.account, {}, FakeHttp()))


def test_without_the_topic_s_name_nothing_is_believed() -> None:
    with pytest.raises(ConfigError, match="option-missing"):
        CONNECTOR.verify(CASE.request, Account("demo", "ses", "acme"), CASE.secrets, NOW)


def test_another_topic_is_refused_however_well_it_is_signed() -> None:
    """Anybody may have a topic of their own, which AWS signs alike."""
    case = load("ses", "push-other-topic")
    own = Account("demo", "ses", "acme", {"topic_arn": f"{OURS}2"})
    assert CONNECTOR.verify(case.request, own, case.secrets, NOW).carries_event
    with pytest.raises(Rejected, match="topic-foreign"):
        CONNECTOR.verify(case.request, case.account, case.secrets, NOW)


def test_a_configured_key_takes_the_place_of_a_fetched_one() -> None:
    pem = CASE.secrets.one(f"public_key:{NAMED}")
    assert CONNECTOR.verify(CASE.request, CASE.account, Secrets({"public_key": (pem,)}), NOW).carries_event
    with pytest.raises(Rejected, match="key-unknown"):
        CONNECTOR.verify(CASE.request, CASE.account, Secrets({}), NOW)


def test_push_and_record_of_one_event_tell_the_same() -> None:
    event = event_of(load("ses", "push-subject"))
    record = RawRequest("POST", "https://hooks.example.com/webhooks/ses/acme", {}, (), load("ses", "message-complaint").body)
    ref = Ref(CASE.account, "a-record", "push")
    (other,) = CONNECTOR.events(record, ref)

    assert CONNECTOR.canonical(event.kind, event.payload, ref) == CONNECTOR.canonical(other.kind, other.payload, ref)
    assert (event.topic, event.occurred_at, event.resource_id) == (other.topic, other.occurred_at, other.resource_id)


@pytest.mark.parametrize(
    ("name", "part", "people"),
    [("message-bounce-permanent", "bounce", "bouncedRecipients"), ("message-complaint", "complaint", "complainedRecipients")],
)
def test_an_address_that_passes_its_mail_on_is_refused_as_well(name: str, part: str, people: str) -> None:
    """SES names the last address, which may be none that we know: the one that the mail was sent to must not go on being used."""
    ref = Ref(CASE.account, "a-record", "push")
    body = json.loads(load("ses", name).body)
    body[part][people] = [{"emailAddress": "ana.private@example.net"}]
    told = CONNECTOR.canonical("message", json.dumps(body).encode(), ref)
    assert [each.address for each in told if isinstance(each, Objection)] == ["ana.private@example.net", "ana@example.com"]
    body["mail"]["destination"] = ["undisclosed"]
    assert len(CONNECTOR.canonical("message", json.dumps(body).encode(), ref)) == len(told) - 1
    body["mail"]["destination"] = ["ana@example.com", "bea@example.com"]  # of several nobody knows whose it was
    told = CONNECTOR.canonical("message", json.dumps(body).encode(), ref)
    assert [each.address for each in told if isinstance(each, Objection)] == ["ana.private@example.net"]


def test_an_address_shows_in_no_repr() -> None:
    ref = Ref(CASE.account, "a-record", "push")
    told = CONNECTOR.canonical("message", load("ses", "message-bounce-permanent").body, ref)
    assert "ana@example.com" not in repr(told)
