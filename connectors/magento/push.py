"""What Adobe pushes: I/O events and Commerce webhooks, both signed by RSA, and the challenge of a registration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Ref, Reply, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import ident, told
from chalicelib.toolkit.rsa import require_rsa, rsa_sign
from chalicelib.toolkit.signing import b64, require_any
from connectors.magento import status
from connectors.magento.payloads import CloudEvent, Hook, Ids
from connectors.magento.values import KEY, READ

SIGNATURES = ("x-adobe-digital-signature-1", "x-adobe-digital-signature-2")
KEY_PATHS = ("x-adobe-public-key1-path", "x-adobe-public-key2-path")
COMMERCE = "x-adobe-commerce-webhook-signature"
KEY_HOST = "static.adobeioevents.com"
ACCEPTED = Reply(200, '[{"op":"success"}]', "application/json")  # a Commerce webhook holds up a checkout: it is let through
MAX_EVENTS = 1_000
IO, HOOKS, NOTHING = "io", "commerce", "none"  # option `push`
SOURCE = "event_source"
_CHALLENGE = re.compile(r"[A-Za-z0-9._-]{1,200}", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){1,6}", re.ASCII)
_BOM = b"\xef\xbb\xbf"


def require_way(account: Account, way: str) -> None:
    """Refuse (404) what does not come by the one way that the account names; ConfigError where it names none that there is."""
    told = account.options.get("push", way)
    if told not in (IO, HOOKS, NOTHING):
        raise ConfigError("option-malformed", f"the option push is {IO}, {HOOKS} or {NOTHING}", connector=KEY)
    if told != way:
        raise Rejected("push-not-configured", "this shop does not push so", status=404, connector=KEY)


def challenge(request: RawRequest) -> Verified:
    """The answer to a registration's GET: its own challenge, as text. It proves that we are there, and nothing else."""
    given = request.parameter("challenge") or ""
    if not _CHALLENGE.fullmatch(given):
        raise Rejected("challenge-missing", "a GET without a challenge", status=400, connector=KEY)
    return Verified(None, None, Reply(200, given), carries_event=False)


def key_id(request: RawRequest) -> str | None:
    """The path of the key that signed, on Adobe's one host. A path that could lead elsewhere is Rejected 401."""
    if request.method.upper() == "GET" or request.headers.get(COMMERCE):
        return None
    path = next((found for name in KEY_PATHS if (found := request.header(name))), None)
    if path is None:
        return None
    if not _PATH.fullmatch(path) or ".." in path:
        raise Rejected("key-path-malformed", "the key's path is none of Adobe's", connector=KEY)
    return path


def require_io(request: RawRequest, secrets: Secrets) -> list[CloudEvent]:
    """Signed by Adobe, and for our client, every event of it. Rejected 401 otherwise."""
    given = [found for name in SIGNATURES if (found := request.header(name))]
    if not given:
        raise Rejected("signature-missing", "the signature is missing or empty", connector=KEY)
    require_rsa(_keys(secrets), request.body, given)
    clients = [client.encode() for client in secrets.all("adobe_client_id")]
    try:
        events = [event for event, _ in _cut(request.body, None)]
    except Permanent as error:
        raise Rejected("event-malformed", error.detail, connector=KEY, path=error.path) from None
    for event in events:
        require_any(clients, event.recipient_client_id or event.recipientclientid, reason="client")
    return events


def shops(events: Sequence[CloudEvent], account: Account) -> list[dict[str, str]]:
    """The shops of a delivery by their event provider, the account's own first, where the account names its own.

    One client of Adobe's may serve several shops: then only the provider tells them apart.
    """
    own = account.options.get(SOURCE)
    if own is None:
        return []
    named = dict.fromkeys([event.source or "" for event in events])
    return [{SOURCE: each} for each in sorted(named, key=lambda each: each != own)]


def _keys(secrets: Secrets) -> list[str]:
    """Keys that ops configured, and the one that was fetched for this request. ConfigError when there is none."""
    fetched = [key for name, keys in secrets.values.items() if name.startswith("public_key:") for key in keys if key]
    configured = list(secrets.all("adobe_public_key")) if "adobe_public_key" in secrets.values else []
    if not fetched and not configured:
        raise ConfigError("secret-missing", "there is no public key of Adobe's to check with", connector=KEY)
    return [*configured, *fetched]


def require_commerce(request: RawRequest, secrets: Secrets) -> None:
    """Signed by the shop: its signature covers the body's base64, not the body. Rejected 401 otherwise."""
    require_rsa(secrets.all("commerce_public_key"), b64(request.body).encode(), [request.header(COMMERCE)])


def signed(request: RawRequest, secrets: Secrets) -> tuple[str, str]:
    """Header and signature by the secret `private_key`, which tests and the simulator bring: Adobe and the shop keep theirs."""
    private = secrets.one("private_key")
    if "commerce_public_key" in secrets.values:
        return COMMERCE, rsa_sign(private, b64(request.body).encode())
    return SIGNATURES[0], rsa_sign(private, request.body)


def events(request: RawRequest, ref: Ref) -> Iterator[Event]:
    """The events of a delivery that are the account's: one, or an array of them; or the order that a Commerce webhook is about."""
    delivery_id, own = ref.delivery_id, ref.account.options.get(SOURCE)
    if request.headers.get(COMMERCE):
        yield _hook(request.body, delivery_id)
        return
    for event, raw in _cut(request.body, delivery_id):
        if own is None or event.source == own:
            yield to_event(event, raw, delivery_id)


def _cut(body: bytes, delivery_id: str | None) -> Iterator[tuple[CloudEvent, bytes]]:
    raw = body.removeprefix(_BOM).strip()
    if not raw.startswith(b"["):
        yield READ.decode(CloudEvent, raw, delivery_id), raw
        return
    elements = READ.decode(list[msgspec.Raw], raw, delivery_id)
    if not 0 < len(elements) <= MAX_EVENTS:
        raise READ.malformed(f"expected 1 to {MAX_EVENTS} events", "$", delivery_id)
    for index, element in enumerate(elements):
        yield READ.decode(CloudEvent, bytes(element), delivery_id, f"$[{index}]"), bytes(element)


def to_event(event: CloudEvent, raw: bytes, delivery_id: str) -> Event:
    """One event. Those about orders are thin: they hold the fields they were subscribed with, and those alone."""
    name = (event.type or "unknown").removeprefix(status.PREFIX)
    kind, where = status.EVENTS.get(name, ("other", "entity_id"))
    resource = None
    if event.data is not None and told(event.data.value):
        ids = READ.decode(Ids, bytes(event.data.value), delivery_id, "$.data.value")
        resource = ident(ids.order_id if where == "order_id" else ids.entity_id)
    if kind == "order" and resource is None:
        raise READ.malformed(f"subscribe the event with the field {where}", f"$.data.value.{where}", delivery_id)
    try:
        at = from_iso(event.time) if event.time else None
    except (ValueError, OverflowError):
        raise READ.malformed("expected a time with an offset", "$.time", delivery_id) from None
    own = event.event_id or event.id or delivery_id
    return Event(own, name, kind, resource, at, thin=kind == "order", payload=raw)


def _hook(body: bytes, delivery_id: str) -> Event:
    hook = READ.decode(Hook, body, delivery_id)
    resource = ident(hook.order.entity_id if hook.order else hook.entity_id)
    kind: EventKind = "other" if resource is None else "order"
    return Event(delivery_id, "commerce.webhook", kind, resource, None, thin=kind == "order", payload=body.removeprefix(_BOM))
