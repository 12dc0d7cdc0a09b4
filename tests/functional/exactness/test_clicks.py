"""A message's link: it leads to the shop of the configuration and nowhere else, and its first use is kept once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as entry_points
from chalicelib import bootstrap
from chalicelib.config import parse
from chalicelib.errors import Rejected, Retriable
from chalicelib.pipeline.click import Clicks
from chalicelib.ports import Message
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import CONFIG, Stack

SHOP = "https://shop.example/back?utm=mail"
OWNER = "yV3bq0Q4m1rJx2Wc8tKpZA"
ID = f"back30-2026-10-21-{OWNER}"


def sent(stack: Stack, message_id: str = ID, owner: str = OWNER) -> str:
    """A message that went out; its token."""
    stack.config = parse(CONFIG.replace('template = "winback"', f'template = "winback"\nshop_url = "{SHOP}"'))
    message = Message(
        merchant="demo",
        message_id=message_id,
        owner=owner,
        kind="winback",
        channel="email",
        template="winback",
        locale="en",
        state="sent",
        reason=None,
        due_at=None,
        campaign="back30",
        arm="treated",
        version=1,
    )
    assert stack.app.outbox.add(message)
    return stack.app.clicks.url(owner, message_id).rpartition("/")[2]


def fetch(stack: Stack, token: str, method: str = "GET") -> dict[str, Any]:
    """Through the gateway's event and app.py."""
    path = f"/c/{token}"
    match = RouteTable({route: list(methods) for route, methods in entry_points.app.routes.items()}).match(path, method)
    assert match is not None
    event = proxy_event(HttpIn(method, path, "", (), b"", "192.0.2.1"), match, "api", stack.clock.now())
    with installed(stack):
        answer: dict[str, Any] = entry_points.app(event, None)
    return answer


@contextmanager
def installed(stack: Stack) -> Iterator[None]:
    """The process's application."""
    bootstrap.install(stack.app)
    yield
    bootstrap.install(None)


def header(answer: dict[str, Any], name: str) -> str | None:
    """A header of an answer."""
    return {key.lower(): value for key, value in answer["headers"].items()}.get(name)


def test_the_link_leads_to_the_shop_and_is_kept_once(moto_stack: Stack) -> None:
    token = sent(moto_stack)
    first = moto_stack.clock.now()
    for _ in range(3):
        answer = fetch(moto_stack, token)
        assert (answer["statusCode"], header(answer, "location"), answer["body"]) == (302, SHOP, "")
        assert (header(answer, "cache-control"), header(answer, "referrer-policy")) == ("no-store", "no-referrer")
        moto_stack.clock.at += timedelta(minutes=5)
    assert moto_stack.app.clicks.of("demo", OWNER) == {ID: first}
    assert moto_stack.counters.total("clicked") == 1


def test_a_head_leads_there_and_is_no_click(moto_stack: Stack) -> None:
    token = sent(moto_stack)
    assert header(fetch(moto_stack, token, "HEAD"), "location") == SHOP
    assert moto_stack.app.clicks.of("demo", OWNER) == {}


def test_twenty_at_once_are_one_click(stack: Stack) -> None:
    token = sent(stack)
    assert at_once([lambda: stack.app.clicks.follow(token)] * 20, 20) == []  # type: ignore[list-item]
    assert stack.counters.total("clicked") == 1


def test_what_nobody_signed_leads_nowhere(moto_stack: Stack) -> None:
    token = sent(moto_stack)
    told, _, signature = token.partition(".")
    other = moto_stack.app.unsubscribe.url("demo", OWNER).rpartition("/")[2].partition(".")[2]
    evil = base64.urlsafe_b64encode(f"{OWNER}\x1fhttps://evil.example".encode()).decode().rstrip("=")
    forged = (
        "none",
        told,
        f"{told}.",
        f"{told}.{signature[:-1]}",
        f"{told}.{other}",
        f"{evil}.{signature}",
        f"{told[:-4]}.{signature}",
    )
    for each in (*forged, "%F0%9F%90%89.x", "a" * 3000):
        answer = fetch(moto_stack, each)
        assert answer["statusCode"] == 404 and header(answer, "location") is None
        assert "This link does not work" in answer["body"] or "链接无效" in answer["body"]
        assert header(answer, "cache-control") == "no-store"
    assert moto_stack.app.clicks.of("demo", OWNER) == {}


def test_a_merchants_signature_is_its_own(moto_stack: Stack) -> None:
    token = sent(moto_stack)
    moto_stack.config = replace(moto_stack.config, merchant="another")
    with pytest.raises(Rejected):
        moto_stack.app.clicks.follow(token)


def test_of_a_campaign_that_is_gone_nothing_leads_on(moto_stack: Stack) -> None:
    token = sent(moto_stack)
    moto_stack.config = replace(moto_stack.config, campaigns=())
    assert fetch(moto_stack, token)["statusCode"] == 404
    moto_stack.config = parse(CONFIG)  # the campaign is there, and names no shop
    assert fetch(moto_stack, token)["statusCode"] == 404
    assert moto_stack.app.clicks.of("demo", OWNER) == {}


def test_a_message_that_is_not_there_leads_nowhere(moto_stack: Stack) -> None:
    sent(moto_stack)
    token = moto_stack.app.clicks.url(OWNER, "another").rpartition("/")[2]
    assert fetch(moto_stack, token)["statusCode"] == 404


def test_who_goes_to_the_shop_goes_there_also_when_nothing_can_be_kept(moto_stack: Stack) -> None:
    class Down:
        def put_click(self, merchant: str, owner: str, message_id: str, at: datetime) -> bool:
            raise Retriable("table-unavailable")

        def clicks(self, merchant: str, owner: str) -> dict[str, datetime]:
            return {}

    token = sent(moto_stack)
    app = moto_stack.app
    parts = app.parts
    steps = Clicks(
        config=parts.config, outbox=app.outbox, clicks=Down(), vault=parts.vault, clock=parts.clock, counters=parts.counters
    )
    assert steps.follow(token) == SHOP
    assert moto_stack.counters.total("click_lost") == 1


def test_the_address_says_nothing_of_the_shop_and_holds_no_plain_name(moto_stack: Stack) -> None:
    url = moto_stack.app.clicks.url(OWNER, ID)
    told = base64.urlsafe_b64decode(url.rpartition("/")[2].partition(".")[0] + "==").decode()
    assert "shop" not in told and told.count(OWNER) == 1
    assert len(url) - len("https://hooks.example.com") < 90  # of a text message it is the dearest part
    assert json.dumps(url)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    owner=st.text(st.characters(codec="utf-8", exclude_characters="~\x1f"), min_size=1, max_size=30),
    rest=st.text(st.characters(codec="utf-8", exclude_characters="~\x1f"), max_size=40),
)
def test_every_link_names_its_message(moto_stack: Stack, owner: str, rest: str) -> None:
    clicks: Any = moto_stack.app.clicks
    for message_id in (rest, f"{rest}{owner}", f"{owner}{rest}{owner}"):
        assert clicks._links.named("demo", clicks.url(owner, message_id).rpartition("/")[2]) == (owner, message_id)
