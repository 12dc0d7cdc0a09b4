"""Pushes of Meituan: a form to one address a kind of push, signed over that address and the twice decoded values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

import msgspec

from chalicelib.contract import Event, EventKind, RawRequest
from chalicelib.errors import Permanent
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.forms import parse_form
from chalicelib.toolkit.loose import Odd, epoch, number
from chalicelib.toolkit.signing import md5_hex
from connectors.meituan.payloads import Order
from connectors.meituan.values import KEY, READ, digits

FIELD = "sig"
NESTED = ("detail", "extras")
_OF_ACCOUNT = re.compile(rf"/webhooks/{KEY}/[^/]+$")
Pairs = tuple[tuple[str, str], ...]


def address(request: RawRequest) -> str:
    """The registered address: that of the account it was posted to, and the last segment that tells the kind of push.

    Without a query. It is the same for all shops of an application, whichever the push is for.
    """
    url, topic = request.url.partition("?")[0], request.topic
    return f"{url}/{topic}" if topic and _OF_ACCOUNT.search(url) else url


def sign(url: str, pairs: Iterable[tuple[str, str]], secret: str) -> str:
    """`sig`: lower-case hex MD5 over the address, the sorted `name=value` of all but `sig`, empty ones too, and the secret."""
    joined = "&".join(sorted([f"{name}={value}" for name, value in pairs if name != FIELD]))
    return md5_hex(f"{url}?{joined}{secret}".encode("utf-8", "surrogatepass"))


def fields(request: RawRequest) -> Pairs:
    """What a request says: its form and its query, each value decoded twice. Permanent on no form, or on a name given twice."""
    form = parse_form(request.body, connector=KEY) if request.body else ()
    pairs = tuple([(name, unquote_plus(value, errors="surrogateescape")) for name, value in (*form, *request.query)])
    if len({name for name, _ in pairs}) != len(pairs):
        raise READ.malformed("a field is given twice", "$", None)
    return pairs


def payload_of(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The fields as a JSON object; lists that came as text stand in it as lists."""
    values: dict[str, str | msgspec.Raw] = {}
    for name, value in pairs:
        text = value.encode("utf-8", "replace").decode()
        values[name] = msgspec.Raw(text.encode()) if name in NESTED and _is_list(text) else text
    return msgspec.json.encode(values)


def _is_list(text: str) -> bool:
    """Whether a text is a JSON list. One that is none stays text, and is refused when it is read."""
    if not text.startswith("["):
        return False
    try:
        decoder(list[msgspec.Raw]).decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    return True


def to_event(request: RawRequest, delivery_id: str) -> Event:
    """The one event of a push: what it is, its fields tell, whatever its address is called."""
    pairs = fields(request)
    payload = payload_of(pairs)
    told = READ.decode(Order, payload, delivery_id)
    kind, thin = kind_of(told)
    order_id = digits(told.order_id) or digits(told.wm_order_id_view)
    topic = request.topic or "push"
    if kind == "other":
        return Event(delivery_key(pairs), topic, kind, order_id, None, thin=False, payload=payload)
    if order_id is None:
        raise Permanent(
            "payload-malformed", "a push that names no order", connector=KEY, path="$.order_id", delivery_id=delivery_id
        )
    try:
        times = [epoch(told.time, "time"), epoch(told.utime, "utime"), epoch(told.ctime, "ctime")]
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    at = next((each for each in times if each), None)
    return Event(delivery_key(pairs), topic, kind, order_id, at, thin=thin, payload=payload)


def kind_of(told: Order) -> tuple[EventKind, bool]:
    """What a push tells, and whether the rest has to be read."""
    if told.detail is not None:
        try:
            partial = number(told.incmp_code, "incmp_code") not in (None, 0)
        except Odd:
            partial = True  # a list of what is missing
        return "order", partial
    if told.notify_type is not None or told.refund_id is not None or told.refund_status is not None:
        return "refund", True
    if told.logistics_status is not None or told.reason_code is not None or told.deal_op_type is not None:
        return "order", True
    return ("order", True) if told.status is not None and told.order_id is not None else ("other", False)


def delivery_key(pairs: Pairs) -> str:
    """What tells deliveries apart: all that is said but the time of sending and its signature, which a retry may change."""
    said: Mapping[str, str] = {name: value for name, value in pairs if name not in (FIELD, "timestamp")}
    return hashlib.sha256(msgspec.json.encode(sorted(_plain(said).items()))).hexdigest()


def _plain(said: Mapping[str, str]) -> dict[str, str]:
    return {name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode() for name, value in said.items()}
