"""What a batch of the stream tells, by kind of row. Each is read by its adapter, loaded where one is there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.opinions import Changed, Told
    from chalicelib.pipeline.project import Change
    from chalicelib.ports import RecordKey


def changes_of(images: list[tuple[Any, Any]]) -> list[Change]:
    """The order changes of a stream batch."""
    from chalicelib.adapters.orders import image_of
    from chalicelib.pipeline.project import Change

    found = []
    for old, new in images:
        if new.get("kind", {}).get("S") != "order":
            continue
        after, identities = image_of(new)
        before, earlier = image_of(old) if old else (None, ())
        found.append(Change(before, after, earlier, identities))
    return found


def reviews_of(images: list[tuple[Any, Any]]) -> list[Told]:
    """The changes of reviews in a stream batch."""
    from chalicelib.adapters.records import review_image

    reviews = [(old, new) for old, new in images if new.get("kind", {}).get("S") == "review"]
    return [(review_image(old) if old else None, review_image(new)) for old, new in reviews]


def cases_of(images: list[tuple[Any, Any]]) -> list[Changed]:
    """The changes of cases in a stream batch."""
    from chalicelib.adapters.cases import case_image

    cases = [(old, new) for old, new in images if new.get("kind", {}).get("S") == "case"]
    return [(case_image(old) if old else None, case_image(new)) for old, new in cases]


def records_of(images: list[tuple[Any, Any]]) -> list[RecordKey]:
    """The reviews and questions of a stream batch, each once."""
    from chalicelib.adapters.records import record_of

    kinds = ("review", "question")
    return list(dict.fromkeys(record_of(new) for _, new in images if new.get("kind", {}).get("S") in kinds))


def answers_of(images: list[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """The answers to surveys of a stream batch, each once, by owner and message."""
    from chalicelib.adapters.surveys import answer_of

    return list(dict.fromkeys(found for _, new in images if (found := answer_of(new)) is not None))


def beats_of(images: list[tuple[Any, Any]]) -> list[datetime]:
    """The heartbeats of a stream batch."""
    from chalicelib.adapters.state import beat_time

    return [at for _, new in images if (at := beat_time(new)) is not None]
