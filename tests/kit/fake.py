"""A small sound connector, and one that is broken in one way for each check of the suite."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
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
    Page,
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


class DeclaresTooMuch(Fake):
    """Says that it pulls, and cannot."""

    info = replace(Fake.info, capabilities=Fake.info.capabilities | {Capability.PULLS_ORDERS}, api_hosts=("example.com",))


class DeclaresTooLittle(Fake):
    """Pulls and does not say so."""

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Nothing."""
        return iter(())


class Deaf(Fake):
    """Refuses everything."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Never."""
        raise Rejected("deaf")


class Open(Fake):
    """Lets everything through."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Always."""
        return Verified(None, None, Reply())


class OddStatus(Fake):
    """Refuses a forgery as a fault of ours."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """500 instead of 401."""
        try:
            return super().verify(request, account, secrets, now)
        except Rejected as error:
            raise Rejected(error.reason, status=500) from None


class OddReply(Fake):
    """Acknowledges with an error."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """202 is fine, 302 is not."""
        return replace(super().verify(request, account, secrets, now), reply=Reply(302))


class Prefix(Fake):
    """Signs the first 40 bytes only."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """The rest may change."""
        head = BODY if request.body[:40] == BODY[:40] else request.body
        return super().verify(replace(request, body=head), account, secrets, now)


class HalfCompared(Fake):
    """Compares half of the signature."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Its second half may be anything."""
        given, wanted = request.header(SIGNATURE) or "", hmac_sha256(secrets.one("secret").encode(), request.body).hex()
        if given[:32] != wanted[:32]:
            raise Rejected("signature-mismatch")
        return Verified(None, None, Reply())


class Fragile(Fake):
    """Compares text: hmac.compare_digest refuses text that is not ASCII with a TypeError."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """TypeError on a non-ASCII header."""
        wanted = [hmac_sha256(key.encode(), request.body).hex() for key in secrets.all("secret")]
        given = request.header(SIGNATURE) or ""
        if not any(hmac.compare_digest(each, given) for each in wanted):
            raise Rejected("signature-mismatch")
        return Verified(None, None, Reply())


class FirstHeader(Fake):
    """Takes any of several signature headers."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """The last one wins."""
        last = request.headers.get(SIGNATURE, ())[-1:]
        return super().verify(replace(request, headers={SIGNATURE: last}), account, secrets, now)


class EmptySecret(Fake):
    """Verifies with an empty key when no secret is configured."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Fails as a mismatch, not as a ConfigError."""
        live = Secrets({"secret": tuple(each or "-" for each in secrets.values.get("secret", ())) or ("-",)})
        return super().verify(request, account, live, now)


class NewestOnly(Fake):
    """Forgets the older secret."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Rotation loses events."""
        return super().verify(request, account, Secrets({"secret": (secrets.one("secret"),)}), now)


class OldSigner(Fake):
    """Signs with the oldest secret."""

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The wrong end."""
        return super().sign(request, account, Secrets({"secret": secrets.all("secret")[-1:]}), now)


class Reserialiser(Fake):
    """Verifies what it parsed and wrote again."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Any spelling of the same JSON passes."""
        try:
            body = json.dumps(json.loads(request.body)).encode()
        except ValueError:
            body = request.body
        return super().verify(replace(request, body=body), account, secrets, now)


class NumberId(Fake):
    """Reads ids as floating point."""

    def order(self, body: Body, ref: Ref) -> Order:
        """820982911946154508 becomes 820982911946154496."""
        return replace(super().order(body, ref), order_id=str(int(float(body.id))))


class Guesser(Fake):
    """Takes an unknown status for paid."""

    def order(self, body: Body, ref: Ref) -> Order:
        """Never unknown."""
        found = super().order(body, ref)
        return replace(found, status="paid" if found.status == "unknown" else found.status)


class Bender(Fake):
    """Hides the gap."""

    def order(self, body: Body, ref: Ref) -> Order:
        """No amounts_gap."""
        return replace(super().order(body, ref), extra={})


class Misowned(Fake):
    """Writes another merchant's orders."""

    def order(self, body: Body, ref: Ref) -> Order:
        """Of nobody here."""
        return replace(super().order(body, ref), merchant="rival")


class Crasher(Fake):
    """Reads JSON untyped."""

    def body(self, payload: bytes, ref: Ref) -> Body:
        """KeyError, TypeError, RecursionError as they come."""
        value = json.loads(payload)
        return Body(
            value["id"], value["status"], value["currency"], value["price"], value["quantity"], value["total"], value["paid"]
        )


class Nowhere(Fake):
    """Refuses without saying where."""

    def body(self, payload: bytes, ref: Ref) -> Body:
        """No connector, no path."""
        try:
            return super().body(payload, ref)
        except Permanent:
            raise Permanent("payload-malformed") from None


class Talkative(Fake):
    """Puts values into its errors."""

    def body(self, payload: bytes, ref: Ref) -> Body:
        """The whole body in the message."""
        try:
            return super().body(payload, ref)
        except Permanent:
            raise Permanent("payload-malformed", payload.decode("utf-8", "replace"), connector=KEY, path="$") from None


class Leaky(Fake):
    """Puts the secret into its refusal."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """For debugging, surely."""
        try:
            return super().verify(request, account, secrets, now)
        except Rejected:
            raise Rejected("signature-mismatch", f"with {secrets.one('secret')}") from None


class NaiveEvents(Fake):
    """Makes events with naive times."""

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """No zone."""
        naive = datetime(2026, 11, 20)  # noqa: DTZ001 - this is the fault
        return tuple(replace(each, occurred_at=naive) for each in super().events(request, ref))


class Eventless(Fake):
    """Accepts a push and makes nothing of it."""

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """Lost."""
        return ()


class Stateful(Fake):
    """Counts what it maps."""

    count = 0

    def order(self, body: Body, ref: Ref) -> Order:
        """Another number every time."""
        Stateful.count += 1
        return replace(super().order(body, ref), order_no=str(Stateful.count))


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


class BelievedHint(Hint):
    """Believes the body."""

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """Fat."""
        return tuple(replace(each, thin=False) for each in super().events(request, ref))


class OpenHint(Hint):
    """Takes a push from anybody."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Always."""
        return Verified(None, None, Reply())
