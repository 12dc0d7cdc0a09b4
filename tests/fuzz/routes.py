"""One fuzzed request at the public routes, through the local gateway and the handlers themselves.

Webhooks signed and unsigned, unsubscribing, clicks, survey pages, the console's door and every one of its pages, signed in as
owner and not.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any, cast
from urllib.parse import quote

import app as entry_points
from chalicelib import bootstrap, entry
from chalicelib.console.door import KNOCK, SESSION
from chalicelib.console.routes import ROUTES
from chalicelib.contract import Account, RawRequest, Secrets
from chalicelib.ports import Message
from chalicelib.signing_in import form_token
from connectors.registry import connector
from ops.runtime.chalice_app import per_thread
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function
from ops.runtime.proxy import HttpIn
from tests.console.browser import ADDRESSES, CONSOLE, Browser
from tests.functional.hostile.attacks import BODIES, HEADS, SEGMENTS, changed
from tests.functional.hostile.edge import SOURCE
from tests.functional.stack import SECRETS, Stack
from tests.fuzz.findings import Finding, where
from tests.fuzz.mutations import TEXTS, Seed, mutated
from tests.kit.cases import load

KEY = "routes"
LIFE = 2_000  # inputs that one world takes: what they leave behind must not grow for ever
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_OWNER = "yV3bq0Q4m1rJx2Wc8tKpZA"
_CONFIG = (
    CONSOLE.replace('template = "winback"', 'template = "winback"\nshop_url = "https://shop.example/back"')
    + "[survey]\nenabled = true\n"
)
_KNOCK = "k" * 43  # what a browser that is not signed in shows with its forms


class RoutesTarget:
    """A deployment with one merchant. `one` handles one input; `endings` counts statuses by route."""

    def __init__(self, engine: Any) -> None:
        self.key = KEY
        self.endings: Counter[str] = Counter()
        self._engine = engine
        self._left = 0
        self._raised: list[BaseException] = []
        apart = Function("console", self._caught(entry.console))
        per_thread(entry_points.app)
        self._gateway = Gateway(
            Function("http", self._caught(entry_points.app)),
            entry_points.app.routes,
            apart={"/console": apart, "/console/{proxy+}": apart},
        )

    def one(self, draw: Random) -> None:
        """Handle one input. Finding: an answer of 5xx, or an error that nobody answered."""
        if not self._left:
            self._begin()
        self._left -= 1
        seed = draw.choice(self._seeds)
        if seed.target.endswith("/preview") and draw.random() < 0.9:  # a month of days, as long as all others together
            seed = self._seeds[0]
        wire = self._mutated(draw, seed)
        self._raised.clear()
        self._stack.inbound.bodies.clear()
        with _quiet(), _installed(self._stack):
            status = self._gateway.serve(wire).status
        name = seed.target.split("/")[1]
        self.endings[f"{name} {status}"] += 1
        if self._raised:
            raise Finding(f"{wire.method} {name}: {type(self._raised[0]).__name__} at {where(self._raised[0])}")
        if status >= 500:
            raise Finding(f"{wire.method} {name}: answered {status}")

    def _mutated(self, draw: Random, seed: HttpIn) -> HttpIn:
        wire = seed
        if wire.body and draw.random() < 0.6:
            wire = replace(wire, body=mutated(draw, Seed(wire.body)))
        if draw.random() < 0.4:
            parts = wire.target.split("/")
            at = draw.randrange(1, len(parts))
            parts[at] = _segment(draw, parts[at])
            wire = replace(wire, target="/".join(parts))
        if draw.random() < 0.4:
            wire = changed(draw, wire, HEADS, 2)
        if draw.random() < 0.1:
            wire = changed(draw, wire, BODIES, 1)
        return wire

    def _caught(self, handler: Any) -> Any:
        def call(event: dict[str, Any], context: Any) -> Any:
            try:
                return handler(event, context)
            except Exception as error:
                self._raised.append(error)
                raise

        return call

    def _begin(self) -> None:
        """A new world: a shop, a person signed in, a message of each kind that has a link."""
        self._left = LIFE
        stack = self._stack = Stack(self._engine, _CONFIG)
        browser = Browser([stack.app])
        browser.sign_in(stack)
        stack.channel.mails.clear()
        with _installed(stack):
            self._seeds = tuple(_seeds(stack, browser))


def _seeds(stack: Stack, browser: Browser) -> Iterator[HttpIn]:
    for kind in ("winback", "survey"):
        assert stack.app.outbox.add(_message(kind))
    links = (
        stack.app.unsubscribe.url("demo", _OWNER),
        stack.app.clicks.url(_OWNER, f"winback-{_OWNER}"),
        stack.app.survey.url(_OWNER, f"survey-{_OWNER}"),
    )
    for link in links:
        path = link.removeprefix("https://hooks.example.com")
        for method, body in (("GET", b""), ("POST", b"List-Unsubscribe=One-Click"), ("POST", b"score=7&words=good"), ("HEAD", b"")):
            yield _wire(method, path, body)
    yield from (
        _wire("GET", "/healthz"),
        _wire("GET", "/webhooks/generic/erp"),
        _wire("GET", "/"),
        _wire("GET", "/console/static/x"),
    )
    yield from (_push(stack, *each) for each in (("generic", "erp", "push-order"), ("shopify", "acme", "push-order-paid")))
    for method, path, body in (
        ("GET", "/console", b""),
        ("GET", "/console/sign-in", b""),
        ("POST", "/console/sign-in", f"address={quote(ADDRESSES['viewer'])}&form={form_token(_KNOCK)}&next=/console".encode()),
        ("GET", "/console/enter/guessed", b""),
        ("POST", "/console/enter/guessed", b"form=x&next=/console"),
        ("POST", "/console/language", b"language=zh-CN&back=/console&form=x"),
    ):
        wire = _wire(method, path, body)
        yield replace(wire, headers=(*wire.headers, ("Cookie", f"{KNOCK}={_KNOCK}")))
    yield from _pages(browser)


def _pages(browser: Browser) -> Iterator[HttpIn]:
    """Every page and deed of the console, as its owner asks for it."""
    cookie = ("Cookie", f"{SESSION}={browser.cookies[SESSION]}")
    form = f"form={form_token(browser.cookies[SESSION].partition('.')[2])}&note=x&day=2026-11-19&text=hello&q=1&since=2026-11-01"
    for route in ROUTES:
        segments = [_named(each) for each in route.pattern.split("/") if each]
        path = "/".join(["/console", "m", "demo", *segments])
        if route.method == "POST":
            yield replace(_wire("POST", path, form.encode()), headers=(_FORM, cookie))
        else:
            yield replace(_wire("GET", path), headers=(cookie,), query="q=R1&platform=generic&day=2026-11-19&page=2&since=x")


def _named(segment: str) -> str:
    known = {"platform": "generic", "account": "erp", "campaign": "back30", "day": "2026-11-19"}
    return known.get(segment.strip("{}"), "R1") if segment.startswith("{") else segment


def _push(stack: Stack, platform: str, account: str, name: str) -> HttpIn:
    case, made = load(platform, name), cast(Any, connector(platform))
    raw = RawRequest("POST", stack.config.webhook_url(platform, account), case.headers, (), case.body)
    signed = made.sign(raw, Account("demo", platform, account), Secrets(SECRETS[platform, account]), stack.clock.now())
    headers = tuple((name, value) for name, values in signed.headers.items() for value in values)
    return HttpIn("POST", f"/webhooks/{platform}/{account}", "", headers, case.body, SOURCE)


def _wire(method: str, path: str, body: bytes = b"") -> HttpIn:
    target, _, query = path.partition("?")
    return HttpIn(method, target, query, (_FORM,) if body else (), body, SOURCE)


def _segment(draw: Random, held: str) -> str:
    """A part of a path: another, or the same with a letter changed, as it stands on the wire."""
    if draw.random() < 0.5 or not held:
        return quote(draw.choice((*TEXTS, *SEGMENTS)).encode("utf-8", "surrogatepass"), safe="%")
    at = draw.randrange(len(held))
    return held[:at] + draw.choice("AZaz09-_.~%") + held[at + draw.randrange(2) :]


def _message(kind: str) -> Message:
    return Message(
        merchant="demo",
        message_id=f"{kind}-{_OWNER}",
        owner=_OWNER,
        kind=cast(Any, kind),
        channel="email",
        template=kind,
        locale="en",
        state="sent",
        reason=None,
        due_at=None,
        campaign="back30" if kind == "winback" else None,
        arm="treated" if kind == "winback" else None,
        version=1,
    )


@contextmanager
def _installed(stack: Stack) -> Iterator[None]:
    bootstrap.install(stack.app)
    try:
        yield
    finally:
        bootstrap.install(None)


@contextmanager
def _quiet() -> Iterator[None]:
    """What fails is told by its finding, and not by a thousand lines beside it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
