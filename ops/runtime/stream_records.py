"""Stream records as Lambda delivers them, from what the streams API answers."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.runtime.invoke import REGION


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record in waiting: its sequence number, and the JSON text that each delivery is made from afresh."""

    number: str
    text: str = field(repr=False)


def sequence_number(record: dict[str, Any]) -> str:
    """The record's sequence number; compare as integers, since DynamoDB Local pads with zeros."""
    return str(record["dynamodb"]["SequenceNumber"])


def lambda_record_text(record: dict[str, Any], arn: str) -> str:
    """The record as JSON text in the form Lambda delivers: binary as base64, times in seconds, identity in lower case."""
    shaped = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.get("awsRegion", REGION),
        "dynamodb": record["dynamodb"],
        "eventSourceARN": arn,
    }
    identity = record.get("userIdentity")
    if identity:
        shaped["userIdentity"] = {"principalId": identity.get("PrincipalId"), "type": identity.get("Type")}
    return json.dumps(shaped, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(f"a stream record holds a {type(value).__name__}")
