"""Connectors that are broken in one way each: one at least for every check of the suite."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from msgspec import structs

from chalicelib.contract import (
    Account,
    Api,
    Capability,
    Event,
    Page,
    RawRequest,
    Ref,
    Reply,
    Secrets,
    Verified,
)
from chalicelib.domain.order import Order
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.signing import hmac_sha256
from tests.kit.fake import BODY, KEY, SIGNATURE, Body, Fake, Fed, Hint, InForm, InJson, InQuery


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
        return structs.replace(super().order(body, ref), order_id=str(int(float(body.id))))


class Guesser(Fake):
    """Takes an unknown status for paid."""

    def order(self, body: Body, ref: Ref) -> Order:
        """Never unknown."""
        found = super().order(body, ref)
        return structs.replace(found, status="paid" if found.status == "unknown" else found.status)


class Bender(Fake):
    """Hides the gap."""

    def order(self, body: Body, ref: Ref) -> Order:
        """No amounts_gap."""
        return structs.replace(super().order(body, ref), extra={})


class Misowned(Fake):
    """Writes another merchant's orders."""

    def order(self, body: Body, ref: Ref) -> Order:
        """Of nobody here."""
        return structs.replace(super().order(body, ref), merchant="rival")


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
        return structs.replace(super().order(body, ref), order_no=str(Stateful.count))


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


class FedForAnother(Fed):
    """Gives every record to one shop."""

    def address(self, body: bytes) -> dict[str, str]:
        """The same for all."""
        return {"shop": "rival"}


class FormHalfCompared(InForm):
    """Compares half of a signature that stands in a form."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """Its second half may be anything."""
        super().compare([each[:32] for each in wanted], given[:32] if given else given)


class FormLast(InForm):
    """Takes the last of several fields."""

    def given(self, request: RawRequest) -> list[str]:
        """The last one wins."""
        return super().given(request)[-1:]


class FormUnsigned(InForm):
    """Checks a signature only where there is one."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """Missing is fine."""
        if given is not None:
            super().compare(wanted, given)


class FormFragile(InForm):
    """Compares text of a form: hmac.compare_digest refuses text that is not ASCII with a TypeError."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """TypeError on a non-ASCII field."""
        if not any(hmac.compare_digest(each, given or "") for each in wanted):
            raise Rejected("signature-mismatch")


class FormRewriter(InForm):
    """Writes the form anew when it signs."""

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """One field more."""
        return super().sign(replace(request, body=request.body + b"&signed=1"), account, secrets, now)


class FormPartSigned(InForm):
    """Signs the first 40 bytes of a form only."""

    def signed(self, request: RawRequest) -> bytes:
        """The rest may change."""
        whole = urlencode({"order": BODY.decode()}).encode()
        told = super().signed(request)
        return whole if told[:40] == whole[:40] else told


class FormProbeEvent(InForm):
    """Queues the platform's probe."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """An event that nobody signed."""
        return replace(super().verify(request, account, secrets, now), carries_event=True)


class JsonHalfCompared(InJson):
    """Compares half of a signature that stands in JSON."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """Its second half may be anything."""
        super().compare([each[:32] for each in wanted], given[:32] if given else given)


class JsonUnsigned(InJson):
    """Checks a signature only where there is one."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """Missing is fine."""
        if given is not None:
            super().compare(wanted, given)


class JsonIdsOnly(InJson):
    """Signs the id only."""

    def signed(self, request: RawRequest) -> bytes:
        """Amounts may change."""
        told, whole = super().signed(request), json.loads(BODY)
        return json.dumps(whole, sort_keys=True).encode() if json.loads(told).get("id") == whole["id"] else told


class JsonRewriter(InJson):
    """Changes what it signs."""

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """One key more."""
        body = json.dumps({**json.loads(request.body), "signed": True}).encode()
        return super().sign(replace(request, body=body), account, secrets, now)


class QueryHalfCompared(InQuery):
    """Compares half of a signature that stands in the query."""

    def compare(self, wanted: list[str], given: str | None) -> None:
        """Its second half may be anything."""
        super().compare([each[:32] for each in wanted], given[:32] if given else given)


class QueryLast(InQuery):
    """Takes the last of several parameters."""

    def given(self, request: RawRequest) -> list[str]:
        """The last one wins."""
        return super().given(request)[-1:]
