"""The webhook edge with its queue in sight, and a judge who asks the connector itself what each request deserves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import app as entry_points
from chalicelib.config import AccountConfig
from chalicelib.contract import Account, Capability, HttpRequest, HttpResponse, RawRequest, Secrets
from chalicelib.envelope import Envelope, decode, from_text, unpack_request
from chalicelib.errors import ConfigError, HuitouError, Rejected
from chalicelib.pipeline.receive import MAX_BODY
from connectors import registry
from ops.runtime.chalice_app import per_thread
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function
from ops.runtime.proxy import HttpIn, HttpOut, proxy_event
from ops.runtime.routes import RouteTable
from tests.functional.stack import Stack
from tests.kit.cases import Case, cases

SOURCE = "203.0.113.9"


class NothingThere:
    """Every platform answers that it knows nothing."""

    def send(self, request: HttpRequest) -> HttpResponse:  # the contract's signature
        """404."""
        return HttpResponse(404, {}, b"")


class CaseSecrets:
    """The secrets of the case at hand, for its account alone; and the keys that its platform hands out by id."""

    case: Case
    known: Secrets

    def secrets(self, account: Account) -> Secrets:
        """See the port."""
        mine = (account.platform, account.account) == (self.case.key, self.case.account.account)
        return self.known if mine else Secrets({})

    def get(self, account: Account, key_id: str, fetch: Any) -> str:
        """See KeySource."""
        found = self.known.values.get(f"public_key:{key_id}")
        if found is None:
            raise Rejected("key-unknown", "the platform knows no such key")
        return found[0]


@dataclass
class Seen:
    """One request and what came of it. `raw` is what reached the step, None when nothing did."""

    status: int
    raw: RawRequest | None
    platform: str | None
    account: str | None
    queued: list[str] = field(default_factory=list)
    archived: int = 0


class Edge:
    """The whole application over moto, served one request after the other."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine, http=lambda _info: NothingThere())
        self.secrets = CaseSecrets()
        self.stack.app.parts.secrets = self.secrets
        self.stack.app.receive._keys = lambda: self.secrets
        self._reached: list[tuple[str, str, RawRequest]] = []
        real = self.stack.app.receive.handle

        def handle(platform: str, account: str, request: RawRequest) -> Any:
            self._reached.append((platform, account, request))
            return real(platform, account, request)

        self.stack.app.receive.handle = handle  # type: ignore[method-assign]
        self._app = per_thread(entry_points.app)
        self._routes = RouteTable(entry_points.app.routes)
        self._gateway = Gateway(Function("http", self._app), entry_points.app.routes)

    def set_up(self, case: Case) -> None:
        """Connect the shop of a case, at the time of the case."""
        shop = case.account
        account = AccountConfig(case.key, shop.account, shop.options)
        self.stack.config = replace(self.stack.config, merchant=shop.merchant, accounts=(account,))
        self.stack.clock.at = case.now.astimezone(UTC)
        self.secrets.case, self.secrets.known = case, known_secrets(case)

    def serve(self, wire: HttpIn) -> Seen:
        """One request through the gateway."""
        return self._watched(lambda: self._gateway.serve(wire).status)

    def answer(self, wire: HttpIn) -> HttpOut:
        """What the gateway answers to one request."""
        return self._gateway.serve(wire)

    def invoke(self, wire: HttpIn, twist: Any) -> Seen:
        """One request as an event that no HTTP could have made, handed to the handler itself."""
        match = self._routes.match(wire.target, wire.method)
        if match is None or match.resource == "/healthz":
            return self.serve(wire)
        event = proxy_event(wire, match, "", self.stack.clock.now())
        twist(event)
        return self._watched(lambda: int(self._app(event, None)["statusCode"]))

    def _watched(self, call: Any) -> Seen:
        queue, objects = self.stack.inbound.bodies, self.stack.archive.objects
        before, held = len(queue), len(objects)
        self._reached.clear()
        status = call()
        platform, account, raw = self._reached[0] if self._reached else (None, None, None)
        return Seen(status, raw, platform, account, queue[before:], len(objects) - held)

    def stored(self) -> list[Any]:
        """Everything in both tables."""
        names = self.stack.dynamodb.list_tables()["TableNames"]
        return [self.stack.dynamodb.scan(TableName=name)["Items"] for name in names]

    def deserves(self, seen: Seen) -> str:
        """`event`, `answer` (a handshake), `refusal` or `unconfigured`, as the connector itself sees what arrived."""
        case, raw = self.secrets.case, seen.raw
        known = (seen.platform, seen.account) == (case.key, case.account.account)
        if raw is None or not known or len(raw.body) > MAX_BODY:
            return "refusal"
        try:
            verified = receiver(case.key).verify(raw, case.account, self.secrets.known, self.stack.clock.now())
            if not verified.carries_event:
                return "answer"
            if not any(is_own(case, shop) for shop in (verified.shop, *verified.also)):
                return "refusal"
            kept = [text for name in receiver(case.key).info.push_headers for text in raw.headers.get(name, ())]
            told = [
                verified.delivery_id or "",
                verified.topic or "",
                raw.topic or "",
                *(text for pair in raw.query for text in pair),
            ]
            "".join([*kept, *told]).encode()  # half a surrogate pair was never on a wire
        except ConfigError:  # a handshake whose secret no fixture of a push needs
            return "unconfigured"
        except (HuitouError, UnicodeEncodeError):
            return "refusal"
        return "event"

    def kept_of(self, raw: RawRequest) -> bytes:
        """The body that belongs on the queue: what an encrypted one held."""
        case = self.secrets.case
        verified = receiver(case.key).verify(raw, case.account, self.secrets.known, self.stack.clock.now())
        return raw.body if verified.opened is None else bytes(verified.opened)

    def content(self, text: str) -> tuple[Envelope, RawRequest]:
        """An envelope of the queue, and the request in it."""
        envelope = decode(text)
        sealed = self.stack.archive.get(envelope.claim) if envelope.claim else from_text(envelope.sealed or "")
        return envelope, unpack_request(self.stack.app.parts.vault.open_raw(envelope.merchant, sealed, envelope.digest))


@cache
def _of_all(key: str) -> dict[str, tuple[str, ...]]:
    return {name: values for case in genuine_cases(key) for name, values in case.secrets.values.items()}


def known_secrets(case: Case) -> Secrets:
    """The case's secrets; those that only other pushes of its platform need (of a challenge) are configured as well."""
    return Secrets({**_of_all(case.key), **case.secrets.values})


def receiver(key: str) -> Any:
    """A platform's connector."""
    return registry.connector(key)


def receiving() -> list[str]:
    """The platforms that take webhooks and bring a fixture of one."""
    able = [key for key in registry.KEYS if Capability.RECEIVES_WEBHOOKS in receiver(key).info.capabilities]
    return [key for key in able if genuine_cases(key)]


def genuine_cases(key: str) -> list[Case]:
    """The pushes of a platform that are accepted, and are of the case's own account."""
    found = [case for case in cases(key) if case.kind == "push" and case.expect == "accept"]
    return [case for case in found if is_own(case, case.expected.get("shop"))]


def is_own(case: Case, shop: Mapping[str, str] | None) -> bool:
    """Whether a push that names a shop names the case's; there is no other account here that it could go to."""
    return shop is None or all(case.account.options.get(name) == value for name, value in shop.items())


def wire_of(case: Case, edge: Edge, *, sign: bool = True, body: bytes | None = None) -> HttpIn:
    """The case's request on the wire, signed for the URL that is registered here."""
    raw = replace(case.request, url=edge.stack.config.webhook_url(case.key, case.account.account))
    raw = raw if body is None else replace(raw, body=body)
    if sign:
        raw = receiver(case.key).sign(raw, case.account, case.secrets, edge.stack.clock.now())
    headers = tuple((name, value) for name, values in raw.headers.items() for value in values)
    path = f"/webhooks/{case.key}/{case.account.account}" + (f"/{quote(raw.topic, safe='')}" if raw.topic else "")
    return HttpIn(raw.method, path, urlencode(raw.query), headers, raw.body, SOURCE)


def resigned(wire: HttpIn, case: Case, edge: Edge) -> HttpIn:
    """A changed request signed by the platform all the same; as it is where it cannot be signed."""
    signed = ("content-type", *receiver(case.key).info.push_headers)
    headers: Mapping[str, tuple[str, ...]] = {name.lower(): (value,) for name, value in wire.headers if name.lower() in signed}
    url = edge.stack.config.webhook_url(case.key, case.account.account)
    query = tuple(parse_qsl(wire.query, keep_blank_values=True, errors="replace"))
    raw = RawRequest(wire.method, url, headers, query, wire.body, case.told.get("topic"))
    try:
        made = receiver(case.key).sign(raw, case.account, case.secrets, edge.stack.clock.now())
    except (HuitouError, UnicodeEncodeError):
        return wire
    pairs = tuple((name, value) for name, values in made.headers.items() for value in values)
    return replace(wire, headers=pairs, query=urlencode(made.query), body=made.body)
