"""Pushes of Xiaohongshu: an array of messages. The signature covers path, query, application and time, never the body: a hint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.clocks import require_fresh
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from chalicelib.toolkit.signing import md5_hex, require_any
from connectors.xiaohongshu import status
from connectors.xiaohongshu.payloads import Message, Notice
from connectors.xiaohongshu.values import KEY, READ

APP, TIME, SIGN = "app-key", "timestamp", "sign"
TOLERANCE_OPTION, TOLERANCE = "tolerance_seconds", 600  # [memory]
MAX_MESSAGES = 1_000
THIN = frozenset({"order", "refund"})
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Cut:
    """One message of a delivery."""

    message: Message
    notice: Notice
    payload: bytes
    path: str


def signature(path: str, params: Iterable[tuple[str, str]], app_secret: str) -> str:
    """Lower-case hex MD5 over the path, `?`, the parameters sorted by name, and the secret."""
    joined = "&".join([f"{name}={value}" for name, value in sorted(params)])
    return md5_hex(f"{path}?{joined}{app_secret}".encode())


def path_of(request: RawRequest) -> str:
    """The path of the registered address, which is what the platform signs."""
    return urlsplit(request.url).path


def signed_params(request: RawRequest, app_key: str, stamp: str) -> list[tuple[str, str]]:
    """What is signed: the query of the registered address, the application and the time."""
    return [*request.query, (APP, app_key), (TIME, stamp)]


def check(request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> None:
    """Application, signature and time must fit: Rejected 401 otherwise. None of them says anything of the body."""
    app_keys, app_secrets = secrets.all("app_key"), secrets.all("app_secret")
    app_key, stamp = request.header(APP), request.header(TIME)
    require_any([key.encode() for key in app_keys], app_key, reason="app-key")
    if stamp is None:
        raise Rejected("timestamp-missing", "the signed timestamp is missing", connector=KEY)
    path, params = path_of(request), signed_params(request, app_key or "", stamp)
    expected = [signature(path, params, secret).encode() for secret in app_secrets]
    given = request.header(SIGN)
    require_any(expected, given.lower() if given else given)
    tolerance = _tolerance(account)
    if tolerance:
        # Seconds by what was seen; milliseconds are told apart by their length.
        require_fresh(stamp[:-3] if len(stamp) == 13 else stamp, now, tolerance)


def _tolerance(account: Account) -> timedelta:
    told_option = account.options.get(TOLERANCE_OPTION, str(TOLERANCE))
    if not (told_option.isascii() and told_option.isdigit() and len(told_option) < 7):
        raise ConfigError("option-malformed", f"the option {TOLERANCE_OPTION} is a number of seconds", connector=KEY)
    return timedelta(seconds=int(told_option))


def cut(body: bytes, delivery_id: str | None) -> tuple[Cut, ...]:
    """The messages of a delivery: an array, or a single one. Permanent with the path on what cannot be read."""
    raw = body.removeprefix(_BOM).strip()
    if not raw.startswith(b"["):
        return (_message(raw, delivery_id, "$"),)
    elements = READ.decode(list[msgspec.Raw], raw, delivery_id)
    if len(elements) > MAX_MESSAGES:
        raise READ.malformed(f"more than {MAX_MESSAGES} messages", "$", delivery_id)
    return tuple([_message(bytes(each), delivery_id, f"$[{index}]") for index, each in enumerate(elements)])


def _message(raw: bytes, delivery_id: str | None, path: str) -> Cut:
    message = READ.decode(Message, raw, delivery_id, path)
    if not message.msg_tag:
        raise READ.malformed("a message without a tag", f"{path}.msgTag", delivery_id)
    data = bytes(message.data)
    if data.startswith(b'"'):
        data = READ.decode(str, data, delivery_id, f"{path}.data").strip().encode("utf-8", "surrogatepass")
    # Only what is handled has to be readable.
    handled = message.msg_tag in status.TOPICS
    if handled and not told(msgspec.Raw(data)):
        raise READ.malformed("a message without data", f"{path}.data", delivery_id)
    notice = READ.decode(Notice, data, delivery_id, f"{path}.data") if handled else Notice()
    return Cut(message, notice, raw, path)


def shops_of(parts: tuple[Cut, ...]) -> list[dict[str, str]]:
    """The account options of every shop that a delivery names, in its order."""
    sellers = dict.fromkeys([ident(part.message.seller_id) for part in parts])
    return [{"seller_id": seller} for seller in sellers if seller]


def events(body: bytes, ref: Ref) -> tuple[Event, ...]:
    """One event a message. A message has no id: what it says tells it. The platform says some things twice: once here."""
    ours = ref.account.options.get("seller_id")
    found: dict[str, Event] = {}
    for part in cut(body, ref.delivery_id):
        event = _event(part, ours, ref.delivery_id)
        found.setdefault(event.delivery_id, event)
    return tuple(found.values())


def _event(part: Cut, ours: str | None, delivery_id: str) -> Event:
    tag, seller = part.message.msg_tag or "", ident(part.message.seller_id)
    kind: EventKind = status.TOPICS.get(tag, "other")
    if ours and seller and seller != ours:
        kind = "other"  # of another shop in the same delivery: its own account takes it out
    order_id = ident(part.notice.order_id) or ident(part.notice.package_id)
    resource = ident(part.notice.returns_id) if kind == "refund" else order_id
    if kind in THIN and resource is None:
        raise READ.malformed("a message that names nothing", f"{part.path}.data", delivery_id)
    try:
        at = epoch(part.notice.update_time, "updateTime")
    except Odd as odd:
        raise READ.of(odd, f"{part.path}.data", delivery_id) from None
    mark = hashlib.sha256(part.payload).hexdigest()
    return Event(mark, tag, kind, resource, at, thin=kind in THIN, payload=part.payload)


def carried(body: bytes) -> tuple[Cut, ...]:
    """The messages of a body that nothing vouches for. Rejected 400 on one that cannot be read: it is nobody's loss."""
    try:
        return cut(body, None)
    except Permanent as error:
        raise Rejected("body-malformed", error.detail, status=400, connector=KEY, path=error.path) from None
