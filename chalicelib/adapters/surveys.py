"""Answers to surveys in the table, beside the clicks: what comes back by the links of a member's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.adapters.table import Table, binary, get_bytes, key, number, text
from chalicelib.ports_surveys import Answer
from chalicelib.toolkit.decode import decoder

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"


class DynamoAnswers:
    """AnswerStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, merchant: str, owner: str, message_id: str) -> Answer | None:
        """See the port."""
        item = self._table.get(key(merchant, "E", owner), _sk(message_id))
        return decoder(Answer).decode(get_bytes(item, "doc") or b"") if item else None

    def put(self, merchant: str, answer: Answer) -> bool:
        """See the port."""
        row = {"kind": text("answer"), "v": number(answer.version), "doc": binary(msgspec.json.encode(answer))}
        before = answer.version - 1
        condition, values = (UNCHANGED, {":read": number(before)}) if before else (NOT_THERE, None)
        return self._table.put(key(merchant, "E", answer.owner), _sk(answer.message_id), row, condition=condition, values=values)


def answer_of(image: Mapping[str, Any]) -> tuple[str, str] | None:
    """The owner and message of an answer on the stream; None for any other item."""
    if image.get("kind", {}).get("S") != "answer":
        return None
    told = decoder(Answer).decode(get_bytes(image, "doc") or b"")
    return told.owner, told.message_id


def _sk(message_id: str) -> str:
    return key("answer", message_id)
