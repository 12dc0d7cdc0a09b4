"""Small sound connectors, of platforms that sign in a header, elsewhere or not at all, and their cases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from chalicelib.contract import (
    Account,
    Api,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    RawRequest,
    Ref,
    Reply,
    Secrets,
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import STATUS_RANK, Amounts, Line, Order, gap, refund_status
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.decode import read
from chalicelib.toolkit.signing import hmac_sha256, require_any
from tests.kit.cases import Case

KEY = "fake"
SIGNATURE = "x-fake-signature"
SECRET = "a-secret-of-the-fake-platform"


class Body(msgspec.Struct):
    """The fake platform's order: amounts in minor units."""

    id: int
    status: str
    currency: str
    price: int
    quantity: int
    total: int
    paid: int
    refunded: int = 0
    name: str | None = None


class Fake:
    """Sound in every respect; the saboteurs override one method each."""

    info = ConnectorInfo(
        key=KEY,
        name="Fake",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS}),
        push_trust="signed",
        verify_secrets=("secret",),
        api_secrets=(),
        push_headers=frozenset({SIGNATURE}),
        doc="docs/connectors/fake.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """HMAC-SHA256 in hex over the raw body."""
        keys = secrets.all("secret")
        require_any((hmac_sha256(key.encode(), request.body).hex().encode() for key in keys), request.header(SIGNATURE))
        return Verified(None, "orders", Reply())

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The hex HMAC under the newest secret."""
        signature = hmac_sha256(secrets.one("secret").encode(), request.body).hex()
        return replace(request, headers={**request.headers, SIGNATURE: (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One order event."""
        body = self.body(request.body, ref)
        return (Event(ref.delivery_id, "orders", "order", str(body.id), None, thin=False, payload=request.body),)

    def body(self, payload: bytes, ref: Ref) -> Body:
        """The typed body."""
        return read(msgspec.json.Decoder(Body), payload, connector=KEY, delivery_id=ref.delivery_id)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """One order; other kinds are skipped."""
        if kind != "order":
            raise Skippable("kind-ignored", connector=KEY)
        body = self.body(payload, ref)
        if len(body.currency) != 3:
            raise Permanent("payload-malformed", "no currency", connector=KEY, path="$.currency", delivery_id=ref.delivery_id)
        return (self.order(body, ref),)

    def order(self, body: Body, ref: Ref) -> Order:
        """The mapping."""
        amounts = Amounts(
            items=body.price * body.quantity,
            discount_seller=0,
            discount_platform=0,
            shipping=0,
            tax=0,
            other=0,
            total=body.total,
            paid=body.paid,
            refunded=body.refunded,
        )
        difference = gap(amounts, True)
        line = Line("1", None, None, None, body.name, body.quantity, body.price, 0, body.price * body.quantity)
        return Order(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            order_id=str(body.id),
            order_no=None,
            status=body.status if body.status in STATUS_RANK else "unknown",
            platform_status=body.status,
            refund_status=refund_status(body.paid, body.refunded, False).value,
            test=False,
            currency=body.currency,
            tax_included=True,
            amounts=amounts,
            placed_at=None,
            paid_at=None,
            shipped_at=None,
            delivered_at=None,
            completed_at=None,
            cancelled_at=None,
            updated_at=None,
            lines=(line,),
            extra={"amounts_gap": difference} if difference else {},
        )


BODY = b'{"id": 820982911946154508, "status": "paid", "currency": "USD", "price": 500, "quantity": 2, "total": 1000, "paid": 1000}'


def push_case(connector: Any, **told: Any) -> Case:
    """A push that the fake platform signed, with what a sound connector makes of it as expected.json."""
    case = Case(KEY, "push", BODY, {}, {"kind": "push", "secrets": {"secret": [SECRET]}, **told})
    signed = Fake().sign(case.request, case.account, case.secrets, case.now)
    return replace(case, headers=signed.headers)


def order_case(**told: Any) -> Case:
    """An order of the fake platform."""
    unmapped = {"path": ["status"], "value": "teleported"}
    return Case(KEY, "order", BODY, {}, {"kind": "order", "big_id": "820982911946154508", "unmapped": unmapped, **told})


class Fed(Fake):
    """A platform without webhooks: its records come by a queue that it alone may write to."""

    info = replace(Fake.info, push_trust="none", capabilities=frozenset({Capability.RECEIVES_FEED}), verify_secrets=())
    verify = None  # type: ignore[assignment]
    sign = None  # type: ignore[assignment]

    def address(self, body: bytes) -> dict[str, str]:
        """The fake platform knows its shops by the order's name."""
        return {"shop": self.body(body, Ref(Account("-", KEY, "-"), "-", "push")).name or "nobody"}


class Hint(Fake):
    """A platform that does not sign: the path secret makes it plausible, and every event is thin."""

    info = replace(
        Fake.info,
        push_trust="hint",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES}),
        api_hosts=("api.example.com",),
    )

    def hydrate(self, event: Event, api: Api) -> Event:
        """As it is."""
        return replace(event, thin=False)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """Thin."""
        return tuple(replace(each, thin=True) for each in super().events(request, ref))


class Inside(Fake):
    """A platform that signs elsewhere than in a header. It probes its address with an empty request, which it does not sign."""

    place = ""

    def given(self, request: RawRequest) -> list[str]:
        """The signatures that a request carries."""
        raise NotImplementedError

    def signed(self, request: RawRequest) -> bytes:
        """What is signed: the request without its signatures."""
        raise NotImplementedError

    def carrying(self, request: RawRequest, signature: str) -> RawRequest:
        """The request with this signature and no other."""
        raise NotImplementedError

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """HMAC-SHA256 in hex, given once."""
        keys = secrets.all("secret")
        if not request.body:
            return Verified(None, None, Reply(), carries_event=False)
        given = self.given(request)
        if len(given) > 1:
            raise Rejected("signature-repeated")
        self.compare([hmac_sha256(key.encode(), self.signed(request)).hex() for key in keys], given[0] if given else None)
        return Verified(None, "orders", Reply())

    def compare(self, wanted: list[str], given: str | None) -> None:
        """In constant time."""
        require_any([each.encode() for each in wanted], given)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The signature by the newest secret, in its place; the rest as it is."""
        return self.carrying(request, hmac_sha256(secrets.one("secret").encode(), self.signed(request)).hex())


class InForm(Inside):
    """In a field of a form, over the others as they stand."""

    place = "form"

    def given(self, request: RawRequest) -> list[str]:
        """The values of `sig`."""
        return [value for name, value in parse_qsl(request.body.decode("latin-1"), keep_blank_values=True) if name == "sig"]

    def signed(self, request: RawRequest) -> bytes:
        """The raw fields but `sig`."""
        return b"&".join([part for part in request.body.split(b"&") if part.partition(b"=")[0] != b"sig"])

    def carrying(self, request: RawRequest, signature: str) -> RawRequest:
        """At the end."""
        return replace(request, body=self.signed(request) + f"&sig={signature}".encode())


class InJson(Inside):
    """Under a key of a JSON object, over its value without that key."""

    place = "json"

    def given(self, request: RawRequest) -> list[str]:
        """The text under `sig`."""
        found = _object(request.body).get("sig")
        return [found] if isinstance(found, str) else []

    def signed(self, request: RawRequest) -> bytes:
        """The rest, spelt in one way."""
        rest = {name: value for name, value in _object(request.body).items() if name != "sig"}
        return json.dumps(rest, sort_keys=True).encode()

    def carrying(self, request: RawRequest, signature: str) -> RawRequest:
        """As the last key."""
        rest = {name: value for name, value in _object(request.body).items() if name != "sig"}
        return replace(request, body=json.dumps({**rest, "sig": signature}).encode())


class InQuery(Inside):
    """In the query, over the body."""

    place = "query"

    def given(self, request: RawRequest) -> list[str]:
        """The values of `sig`."""
        return [value for name, value in request.query if name == "sig"]

    def signed(self, request: RawRequest) -> bytes:
        """The raw body."""
        return request.body

    def carrying(self, request: RawRequest, signature: str) -> RawRequest:
        """As the last parameter."""
        return replace(request, query=(*[pair for pair in request.query if pair[0] != "sig"], ("sig", signature)))


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Rejected("body-malformed")
    return told


def inside_case(connector: Inside, **told: Any) -> Case:
    """A push of such a platform."""
    body = urlencode({"order": BODY.decode()}).encode() if connector.place == "form" else BODY
    told = {"kind": "push", "secrets": {"secret": [SECRET]}, "signature": {connector.place: "sig"}, "empty": "probe", **told}
    case = Case(KEY, f"push-{connector.place}", body, {}, told)
    signed = connector.sign(case.request, case.account, case.secrets, case.now)
    return replace(case, body=signed.body, told={**told, "query": [list(pair) for pair in signed.query]})
