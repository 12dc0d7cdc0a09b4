"""Meta's pushes: the check of the address, the signature, and the cutting into events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Ref, Reply, Secrets, Verified
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.signing import hmac_sha256, require_any
from connectors.meta import payloads as shapes
from connectors.meta import status as words
from connectors.meta.values import KEY, READ, ident, moment

HEADER = "x-hub-signature-256"
MAX_CHALLENGE = 200


def check_address(request: RawRequest, secrets: Secrets) -> Verified:
    """A GET that knows the verify token gets its challenge back, any other 403."""
    tokens = [token.encode() for token in secrets.all("verify_token")]
    challenge = request.parameter("hub.challenge")
    try:
        require_any(tokens, request.parameter("hub.verify_token"), reason="verify-token")
    except Rejected as error:
        raise Rejected(error.reason, error.detail, status=403, connector=KEY) from None
    if request.parameter("hub.mode") != "subscribe" or not challenge or len(challenge) > MAX_CHALLENGE:
        raise Rejected("challenge-missing", "no challenge of a subscription", status=403, connector=KEY)
    return Verified(None, None, Reply(200, challenge, "text/plain"), carries_event=False)


def signature(secret: str, body: bytes) -> str:
    """The header's value: `sha256=` and lower-case hex HMAC-SHA256 of the raw body."""
    return f"sha256={hmac_sha256(secret.encode(), body).hex()}"


def check(request: RawRequest, account: Account, secrets: Secrets) -> Verified:
    """Signed under a live app secret: Rejected 401 otherwise. Tells the assets that its entries name."""
    keys = secrets.all("app_secret")
    require_any([signature(key, request.body).encode() for key in keys], request.header(HEADER))
    try:
        delivery = READ.decode(shapes.Delivery, request.body, None)
    except Permanent:
        return Verified(None, None)  # signed: it is kept, and goes to quarantine from there
    shops = _shops(delivery, account)
    return Verified(None, delivery.object, Reply(), shop=shops[0] if shops else None, also=tuple(shops[1:]))


def _shops(delivery: shapes.Delivery, account: Account) -> list[dict[str, str]]:
    """The assets that a delivery is about, each once; the account's own first."""
    option = words.ASSETS.get(delivery.object)
    named = dict.fromkeys([found for entry in delivery.entry if (found := ident(entry.id))])
    if option is None:
        return []
    own = account.options.get(option)
    return [{option: each} for each in sorted(named, key=lambda each: each != own)]


def assets(account: Account) -> frozenset[str]:
    """Ids of pages, Instagram accounts and WhatsApp business accounts that belong to the account; empty: not told."""
    return frozenset(found for name in words.ASSETS.values() if (found := account.options.get(name)))


@dataclass(frozen=True, slots=True)
class Cut:
    """One update of a delivery. `field` "" is a conversation's."""

    object: str
    entry: shapes.Entry
    field: str
    value: bytes
    path: str

    def kind(self) -> EventKind:
        """What it is about."""
        if not self.field:
            return "message"
        return words.FIELDS.get((self.object, self.field), "other")

    def alone(self) -> bytes:
        """A delivery of this update alone."""
        entry: dict[str, object] = {"id": self.entry.id, "time": self.entry.time}
        if self.field:
            entry["changes"] = [{"field": self.field, "value": msgspec.Raw(self.value)}]
        else:
            entry["messaging"] = [msgspec.Raw(self.value)]
        return msgspec.json.encode({"object": self.object, "entry": [entry]})


def cuts(body: bytes, delivery_id: str | None) -> Iterator[Cut]:
    """Every update of a delivery: changes, messages, those of a conversation that another application holds, and flat ones."""
    delivery = READ.decode(shapes.Delivery, body, delivery_id)
    for index, entry in enumerate(delivery.entry):
        path = f"$.entry[{index}]"
        for each, raw in enumerate(entry.changes or ()):
            change = READ.decode(shapes.Change, bytes(raw), delivery_id, f"{path}.changes[{each}]")
            yield Cut(delivery.object, entry, change.field, bytes(change.value), f"{path}.changes[{each}].value")
        for name, group in (("messaging", entry.messaging), ("standby", entry.standby)):
            for each, raw in enumerate(group or ()):
                yield Cut(delivery.object, entry, "", bytes(raw), f"{path}.{name}[{each}]")
        if entry.field and told(entry.value):
            yield Cut(delivery.object, entry, entry.field, bytes(entry.value), f"{path}.value")


def events(body: bytes, ref: Ref) -> tuple[Event, ...]:
    """One event an update. An update has no id: a digest of what it says tells it, wherever it comes again."""
    ours, found, seen = assets(ref.account), [], set()
    for cut in cuts(body, ref.delivery_id):
        if ours and ident(cut.entry.id) not in ours:
            continue
        mark = hashlib.sha256(f"{cut.object}\n{cut.entry.id}\n{cut.field}\n".encode() + cut.value).hexdigest()[:40]
        if mark in seen:
            continue  # the same update twice in one delivery
        seen.add(mark)
        found.append(_event(cut, mark, ref))
    if not found:
        raise READ.malformed("no update of the account's own", "$.entry", ref.delivery_id)
    return tuple(found)


def _event(cut: Cut, mark: str, ref: Ref) -> Event:
    kind, resource, thin = cut.kind(), None, False
    if (cut.object, cut.field) == (words.INSTAGRAM, "mentions"):
        comment = READ.decode(shapes.Comment, cut.value, ref.delivery_id, cut.path)
        resource, thin = ident(comment.comment_id) or ident(comment.media_id), True
        if resource is None:
            raise READ.malformed("a mention that names nothing", f"{cut.path}.media_id", ref.delivery_id)
    return Event(
        delivery_id=mark,
        topic=f"{cut.object}/{cut.field or 'messaging'}",
        kind=kind,
        resource_id=resource,
        occurred_at=moment(cut.entry.time),
        thin=thin,
        payload=cut.alone(),
    )
