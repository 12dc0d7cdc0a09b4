"""Two small sound connectors, one of a platform that signs and one of a platform that does not, and their cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

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
from chalicelib.errors import Permanent, Skippable
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
