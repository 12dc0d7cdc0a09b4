"""Lambda's event shapes to our types, and the one way in which a batch answers."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from chalicelib import logs
from chalicelib.contract import RawRequest
from chalicelib.errors import HuitouError, Rejected

Event = Mapping[str, Any]


def raw_request(event: Event, url: str) -> RawRequest:
    """An API Gateway proxy event (REST, v1) as a raw request; `url` is the registered one, never the Host header's.

    Headers come from `multiValueHeaders`, so that one given twice shows. Rejected 400 on a body that is no base64 although
    it says so.
    """
    headers: dict[str, tuple[str, ...]] = {}
    for name, values in (event.get("multiValueHeaders") or {}).items():
        low = name.lower()
        headers[low] = (*headers[low], *values) if low in headers else tuple(values)
    query = tuple(
        (name, value) for name, values in (event.get("multiValueQueryStringParameters") or {}).items() for value in values
    )
    parameters = event.get("pathParameters") or {}
    return RawRequest(
        method=str(event.get("httpMethod", "GET")),
        url=url,
        headers=headers,
        query=query,
        body=_body(event),
        topic=parameters.get("topic"),
    )


def _body(event: Event) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        found = binascii.a2b_base64(body)
    except (binascii.Error, ValueError):
        found = None
    # The lenient reading is faster than the strict one; what it passes over shows in the length.
    if found is None or len(body) % 4 or len(found) != len(body) // 4 * 3 - body[-2:].count("="):
        raise Rejected("body-malformed", "the gateway's base64 is broken", status=400)
    return found


def run_batch(records: Sequence[Event], handle: Callable[[str], None], failed: Callable[[Exception], None]) -> dict[str, Any]:
    """Handle each SQS record by its body; those that failed stay on the queue, the others are done.

    An error that is none of ours fails its record alone as well: a bug must not delete messages, nor hold up neighbours.
    """
    failures = []
    for record in records:
        try:
            handle(record["body"])
        except HuitouError as error:
            failed(error)
            failures.append({"itemIdentifier": record["messageId"]})
        except Exception as error:  # noqa: BLE001  # reported through `failed`, and the record stays on the queue
            failed(error)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


class Failed(RuntimeError):
    """A function failed by an error that nobody foresaw. It names the error's type alone."""


def shielded(function: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A Lambda function whose errors leave as ours.

    Lambda writes an error's message and its cause into the log, and a foreign message quotes what it choked on. What is told
    instead is the type, and where in our code it was.
    """

    @wraps(function)
    def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return function(event, context)
        except HuitouError:
            raise
        except Exception as error:  # noqa: BLE001  # told, and raised again without its message
            logs.note("failed", level=logging.ERROR, error=error)
            raise Failed(type(error).__name__) from None

    return run


def stream_images(records: Sequence[Event]) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]:
    """(old, new) images of a stream batch in table attributes; removals are left out: they change nothing.

    Lambda delivers binary attributes as base64 text; they come out as bytes.
    """
    found: list[tuple[Mapping[str, Any] | None, Mapping[str, Any]]] = []
    for record in records:
        data = record.get("dynamodb", {})
        if record.get("eventName") in ("INSERT", "MODIFY") and "NewImage" in data:
            old = data.get("OldImage")
            found.append((_plain(old) if old else None, _plain(data["NewImage"])))
    return found


def _plain(image: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _attribute(value) for name, value in image.items()}


def _attribute(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if "B" in value and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    return value
