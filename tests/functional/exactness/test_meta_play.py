"""A day with Meta: what is pushed and what is pulled, through the whole core to the kept records, each thing once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse, RawRequest
from chalicelib.ports import RecordKey
from connectors.meta import CONNECTOR
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import load
from tests.unit.connectors.fakes import FakeHttp, reply

IG, PAGE, WABA, NUMBER = "17841400000000001", "100000000000001", "102290129340398", "106540352242922"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRETS = {"app_secret": ("an-app-secret-of-the-tests",), "access_token": ("a-token-of-the-tests",), "verify_token": ("x",)}
ENTRY = f"""[[accounts]]
platform = "meta"
account = "acme"
pull_minutes = 30
[accounts.options]
ig_id = "{IG}"
page_id = "{PAGE}"
waba_id = "{WABA}"
"""
V, MEDIA = "/v25.0", "17918195224117851"
PUSHED = json.loads(load("meta", "push-ig-comment").body)["entry"][0]["changes"][0]["value"]


def graph() -> FakeHttp:
    """The Graph API of the account: one post with a comment and a reply to it, one rating, one mention."""
    told = {"timestamp": "2026-11-20T10:00:00+0000", "text": PUSHED["text"], "from": PUSHED["from"], "username": "ada.example"}
    answered = {"id": "17858893269000002", "timestamp": "2026-11-20T11:00:00+0000", "text": "Me too", "username": "bo.example"}
    own = {**answered, "id": "17858893269000003", "text": "It is.", "username": "acme.example"}
    rating = {"created_time": "2026-11-20T09:00:00+0000", "recommendation_type": "negative", "review_text": "Chipped"}
    mentioned = {"id": "17858893269000005", "text": "@acme nice", "timestamp": "2026-11-20T08:00:00+0000", "username": "cy.example"}

    def account(request: HttpRequest) -> HttpResponse:
        assert "mentioned_comment" in dict(request.query)["fields"]
        return reply({"mentioned_comment": mentioned, "id": IG})

    return FakeHttp(
        {
            f"GET {V}/{IG}": account,
            f"GET {V}/{IG}/media": reply({"data": [{"id": MEDIA, "comments_count": 3, "username": "acme.example"}]}),
            f"GET {V}/{MEDIA}/comments": reply({"data": [{"id": PUSHED["id"], **told, "replies": {"data": [answered, own]}}]}),
            f"GET {V}/{PAGE}/ratings": reply({"data": [{**rating, "open_graph_story": {"id": "1_9"}, "reviewer": {"id": "6"}}]}),
        }
    )


def stack_of(engine: Any) -> Stack:
    """The account, connected."""
    head, rest = CONFIG.split("[[accounts]]", 1)
    http = graph()
    stack = Stack(engine, f"{head}{ENTRY}[[campaigns]]{rest.split('[[campaigns]]', 1)[1]}", http=lambda _info: http)
    stack.app.parts.secrets = MemorySecrets({("meta", "acme"): SECRETS})
    stack.clock.at = NOW
    return stack


def push(stack: Stack, body: bytes) -> None:
    """One delivery, signed as Meta signs; it comes twice, as it may."""
    case = load("meta", "push-ig-comment")
    raw = RawRequest("POST", stack.config.webhook_url("meta", "acme"), {}, (), body)
    signed = CONNECTOR.sign(raw, case.account, replace(case.secrets, values=SECRETS), NOW)
    for _ in range(2):
        assert stack.app.receive.handle("meta", "acme", signed).status == 200
        stack.normalise()


def whatsapp(**value: Any) -> bytes:
    metadata = {"display_phone_number": "15550100001", "phone_number_id": NUMBER}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change]}]}).encode()


def shown(stack: Stack, kind: str, name: str) -> dict[str, Any]:
    found = stack.app.recording.show(RecordKey("demo", "meta", "acme", kind, name))
    assert found is not None, f"no {kind} {name}"
    return found


def test_comments_mentions_and_ratings_are_kept_once_by_either_way(moto_engine: Any) -> None:
    stack = stack_of(moto_engine)
    push(stack, load("meta", "push-ig-comment").body)
    push(stack, load("meta", "push-ig-mention").body)
    for _ in range(2):
        stack.app.pull.account("meta", "acme", NOW - timedelta(days=2), what="reviews")
        stack.normalise()

    assert stack.app.work.quarantined("demo") == []
    keys = stack.app.recording._records.keys("demo", "meta", "acme", "review")
    mention = "mention:17918195224117852:17858893269000005"
    assert {key.id for key in keys} == {PUSHED["id"], "17858893269000002", mention, "rating:1_9"}
    comment = shown(stack, "review", PUSHED["id"])
    assert (comment["text"], comment["product_id"]) == (PUSHED["text"], MEDIA)
    assert shown(stack, "review", "17858893269000002")["follow_up_of"] == PUSHED["id"]
    assert shown(stack, "review", mention)["text"] == "@acme nice"
    assert shown(stack, "review", "rating:1_9")["rating"] == 1


def test_messages_of_three_channels_and_what_became_of_ours(moto_engine: Any) -> None:
    stack = stack_of(moto_engine)
    said = {"sender": {"id": "24"}, "recipient": {"id": PAGE}, "timestamp": 1795262399485, "message": {"mid": "m_1", "text": "Hi"}}
    push(stack, json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1795262400123, "messaging": [said]}]}).encode())
    push(stack, load("meta", "push-ig-message").body)
    push(stack, load("meta", "push-wa-message").body)
    states = [("read", 1795262500), ("sent", 1795262400), ("delivered", 1795262400)]  # in no order, two within a second
    for state, at in states:
        status = {"id": "wamid.two", "status": state, "timestamp": str(at), "recipient_id": "15550100987"}
        push(stack, whatsapp(statuses=[status]))

    assert stack.app.work.quarantined("demo") == []
    assert shown(stack, "message", f"page:{PAGE}:24\x1fm_1")["text"] == "Hi"
    assert shown(stack, "message", f"instagram:{IG}:5550000000000001\x1faWdfZAG1fabc")["sender"] == "buyer"
    assert shown(stack, "message", f"whatsapp:{NUMBER}:15550100987\x1fwamid.one")["text"] == "Where is my mug?"
    assert shown(stack, "receipt", "wamid.two")["state"] == "read"
    assert len(list(stack.app.recording._records.keys("demo", "meta", "acme", "message"))) == 3
