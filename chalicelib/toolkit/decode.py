"""Typed decoding: bytes into msgspec Structs, with the JSON path in every refusal and bounded work on hostile input."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from threading import RLock
from typing import Any, TypeVar

import msgspec

from chalicelib.errors import Permanent, Retriable

T = TypeVar("T")
_PATH = re.compile(r" - at `(?P<path>[^`]*)`")
_BOM = b"\xef\xbb\xbf"


_built: dict[tuple[Any, bool], msgspec.json.Decoder[Any]] = {}
_building = RLock()


def decoder(kind: type[T], *, loose: bool = False) -> msgspec.json.Decoder[T]:
    """The one decoder of a shape in this process, built on first use; numbers bound for Decimal fields stay exact.

    `loose`: fractions in fields of type Any become Decimal too, never float.

    One at a time: msgspec 0.22 hangs a Struct's description on its class before the description is whole, and a thread that
    reads through the same class meanwhile follows a null pointer. Nothing else in the shipped code may build one.
    """
    found = _built.get((kind, loose))
    if found is None:
        with _building:
            found = _built.get((kind, loose))
            if found is None:
                found = msgspec.json.Decoder(kind, float_hook=Decimal) if loose else msgspec.json.Decoder(kind)
                _built[kind, loose] = found
    return found


def read(source: msgspec.json.Decoder[T], payload: bytes, *, connector: str, delivery_id: str | None = None) -> T:
    """Decode `payload` (a UTF-8 BOM is dropped). Permanent("payload-malformed") with the path on anything that does not fit."""
    try:
        return source.decode(payload.removeprefix(_BOM))
    except msgspec.ValidationError as error:
        path, message = split_path(str(error))
        raise Permanent("payload-malformed", message, connector=connector, path=path, delivery_id=delivery_id) from None
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError) as error:  # Decimal has no exponent of 20 digits
        message = _syntax(error)
        raise Permanent("payload-malformed", message, connector=connector, path="$", delivery_id=delivery_id) from None


def as_json(body: bytes, *, connector: str) -> bytes:
    """`body`, which is JSON of whatever shape. Retriable("answer-malformed") where it is none.

    Proxies and firewalls answer for a platform with pages of their own, also under 200, and a line may be cut: a fault of the
    way, not of what was asked for.
    """
    try:
        decoder(msgspec.Raw).decode(body.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Retriable("answer-malformed", "the platform does not answer in JSON", connector=connector) from None
    return body


def split_path(text: str) -> tuple[str, str]:
    """The JSON path and the message without it. Messages of msgspec name types, never values, but for enum members."""
    found = _PATH.search(text)
    path = found["path"] if found else "$"
    message = _PATH.sub("", text)
    return path, "invalid value" if message.startswith("Invalid enum value") else message


def at(path: str, parse: Callable[..., T], *args: Any, connector: str, delivery_id: str | None = None) -> T:
    """Call `parse(*args)`; a ValueError or TypeError becomes Permanent("payload-malformed") naming `path`."""
    try:
        return parse(*args)
    except (ValueError, TypeError) as error:
        raise Permanent("payload-malformed", str(error), connector=connector, path=path, delivery_id=delivery_id) from None


def _syntax(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return re.sub(r"\(byte \d+\)", "", "malformed JSON" if isinstance(error, msgspec.DecodeError) else "malformed number").strip()
