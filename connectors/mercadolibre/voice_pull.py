"""Pulling what is said on Mercado Libre: questions, the newest first, and product reviews, listing by listing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zlib import crc32

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.paging import MAX_PAGES
from connectors.mercadolibre import voice_payloads as shapes
from connectors.mercadolibre.api import get
from connectors.mercadolibre.values import KEY, decode, malformed, moment, number_id
from connectors.mercadolibre.voice_hydrate import seller_of

SIZE = 50
REVIEWS = 500  # a page of reviews [doc: under 10,000]
LISTINGS = 100  # a page of the scan [doc]
LOTS = 20  # listings between two cursors
EVERY = 24  # hours in which every listing is looked at once
LATE = timedelta(days=7)  # how long moderation may hold a review back
_HOUR = timedelta(hours=1)
_SEARCH = (("api_version", "4"), ("sort_fields", "date_created"), ("sort_types", "DESC"), ("limit", str(SIZE)))


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Questions asked since then, then reviews of the listings whose turn it is. The cursor is `questions:` or `reviews:<item>`."""
    name, _, inner = (cursor or "questions:").partition(":")
    if name not in ("questions", "reviews"):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    if name == "questions":
        yield from _questions(since, inner, api)
        inner = ""
    yield from _reviews(since, until, inner, api)


def _questions(since: datetime, inner: str, api: Api) -> Iterator[Page]:
    """Newer questions push the list down while it is read: what moves is seen twice, never missed."""
    if inner and not (inner.isascii() and inner.isdecimal() and len(inner) < 9):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    offset = int(inner or 0)
    for _ in range(MAX_PAGES):
        query = (("seller_id", seller_of(api)), *_SEARCH, ("offset", str(offset)))
        found = decode(shapes.QuestionPage, get(api, "/questions/search", query), None)
        events = [_question(raw, f"$.questions[{index}]") for index, raw in enumerate(found.questions)]
        offset += len(events)
        fresh = tuple([event for event in events if event.occurred_at is None or event.occurred_at >= since])
        if len(fresh) < len(events) or offset >= found.total:
            yield Page(fresh, "reviews:")
            return
        if not events:
            raise Permanent("pull-truncated", "a page of questions is empty", connector=KEY, path="$.questions")
        yield Page(fresh, f"questions:{offset}")
    raise Permanent("pull-truncated", f"there is more after {MAX_PAGES} pages", connector=KEY)


def _question(raw: msgspec.Raw, path: str) -> Event:
    told = decode(shapes.QuestionShape, bytes(raw), None, path)
    number = number_id(told.id)
    if number is None:
        raise malformed("a question without an id", f"{path}.id", None)
    at = moment(told.date_created, f"{path}.date_created", None)
    return _event("questions", number, at, bytes(raw))


def _event(topic: str, resource_id: str, at: datetime | None, payload: bytes) -> Event:
    mark = hashlib.sha256(payload).hexdigest()[:32]
    kind: EventKind = "question" if topic == "questions" else "review"
    return Event(f"pull:{topic}:{resource_id}:{mark}", topic, kind, resource_id, at, thin=False, payload=payload)


def _reviews(since: datetime, until: datetime, inner: str, api: Api) -> Iterator[Page]:
    """There is no list by time: a listing's reviews are read once in `review_hours` hours, in the hour that its id falls on."""
    turns, period = _turns(since, until, api)
    due = [item for item in sorted(_listings(api)) if crc32(item.encode()) % period in turns and item > inner] if turns else []
    horizon = since - period * _HOUR - LATE
    for start in range(0, len(due), LOTS):
        lot = due[start : start + LOTS]
        events = tuple([event for item in lot if (event := _reviews_of(item, horizon, api))])
        yield Page(events, f"reviews:{lot[-1]}" if start + LOTS < len(due) else None)
    if not due:
        yield Page((), None)


def _turns(since: datetime, until: datetime, api: Api) -> tuple[frozenset[int], int]:
    """The turns of the hours that begin within the window, so that windows in a row leave none out."""
    told = api.account.options.get("review_hours", str(EVERY))
    period = int(told) if told.isascii() and told.isdecimal() and len(told) < 5 else 0
    if not period:
        raise ConfigError("option-malformed", "the option review_hours is a number of hours, 1 or more", connector=KEY)
    first, last = (int(at.astimezone(UTC).timestamp()) // 3_600 for at in (since, until))
    return frozenset(hour % period for hour in range(max(first + 1, last - period + 1), last + 1)), period


def _listings(api: Api) -> set[str]:
    """The seller's active listings, by a scan that ends with an empty page. A full one told again is no end."""
    found: set[str] = set()
    scroll: str | None = None
    for _ in range(MAX_PAGES):
        query = (("search_type", "scan"), ("status", "active"), ("limit", str(LISTINGS)))
        body = get(api, f"/users/{seller_of(api)}/items/search", (*query, *((("scroll_id", scroll),) if scroll else ())))
        page = decode(shapes.ItemPage, body, None)
        fresh = {item for item in page.results or () if item.isalnum() and item.isascii()} - found
        if not fresh:
            if len(page.results or ()) >= LISTINGS:
                raise Permanent(
                    "cursor-repeated", "the scan of listings tells a full page twice", connector=KEY, path="$.scroll_id"
                )
            return found
        found |= fresh
        scroll = page.scroll_id or scroll
    raise Permanent("pull-truncated", f"there is more after {MAX_PAGES} pages", connector=KEY)


def _reviews_of(item: str, horizon: datetime, api: Api) -> Event | None:
    """The reviews of a listing since the horizon; they come by relevance, so that all are looked through."""
    kept: list[msgspec.Raw] = []
    offset = 0
    while True:
        try:
            body = get(api, f"/reviews/item/{item}", (("limit", str(REVIEWS)), ("offset", str(offset))))
        except Skippable:
            break
        page = decode(shapes.ReviewPage, body, None)
        for index, raw in enumerate(page.reviews):
            path = f"$.reviews[{index}]"
            at = moment(decode(shapes.ReviewShape, bytes(raw), None, path).date_created, f"{path}.date_created", None)
            if at is None or at >= horizon:
                kept.append(raw)
        offset += len(page.reviews)
        if offset >= page.paging.total:
            break
        if not page.reviews:
            # `total` may count stars without words, which are not listed; where the others are counted apart, all of those are.
            worded = page.paging.reviews_with_comment
            if worded is not None and offset >= worded:
                break
            raise Permanent("pull-truncated", "a page of reviews is empty", connector=KEY, path="$.reviews")
    return _event("reviews", item, None, msgspec.json.encode({"item_id": item, "reviews": kept})) if kept else None
