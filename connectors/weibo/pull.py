"""Reading on Weibo: what a push names, and the lists of comments and mentions, the newest first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Odd, ident
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.texts import digits
from connectors.weibo.api import OPEN, address, call
from connectors.weibo.payloads import Head, Listed, Person, Push, PushData
from connectors.weibo.push import THIN
from connectors.weibo.values import KEY, READ, moment

PERSON = f"https://{OPEN}/2/eps/user/info.json"  # of the fans' service: whoever follows, subscribes or wrote [code]
SIZE = 50
MAX_PAGES = 200  # the platform shows about 2,000 rows of a list
AHEAD = timedelta(minutes=10)  # how far the platform's clock may be before ours


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the lists; `field` is where its rows stand."""

    name: str
    call: str
    field: str


NAMED, POSTS = Listing("named", "comments/mentions", "comments"), Listing("posts", "statuses/mentions", "statuses")
LISTINGS = (Listing("received", "comments/to_me", "comments"), NAMED, POSTS)


def hydrate(event: Event, api: Api) -> Event:
    """Ask the API about what a push claims: the person of a message or an event, the post or comment of a mention."""
    push = READ.decode(Push, event.payload, event.delivery_id)
    if event.kind not in THIN:
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    if event.kind == "review":
        return replace(event, thin=False, payload=_mentioned(push, api, event.delivery_id))
    sender = digits(push.sender_id)
    if sender is None:
        raise READ.malformed("a push that names nobody", "$.sender_id", event.delivery_id)
    if event.occurred_at is not None and event.occurred_at > api.now() + AHEAD:
        # Nobody vouches for it, and what it says of a person would outlive all that is said of them until then.
        raise READ.malformed("a time that has not come", "$.created_at", event.delivery_id)
    body = call(api, PERSON, [("uid", sender)])
    person = READ.decode(Person, body, event.delivery_id)
    named = ident(person.id) or ident(person.uid)
    if named != sender:
        raise READ.malformed("an answer about somebody else", "$.id", event.delivery_id)
    return replace(
        event, thin=False, payload=msgspec.json.encode({"push": msgspec.Raw(event.payload), "person": msgspec.Raw(body)})
    )


def _mentioned(push: Push, api: Api, delivery_id: str | None) -> bytes:
    """The comment or post, out of the list of those that name the account: whatever else a push claims is no mention of it."""
    data = push.data or PushData()
    key = digits(data.key)
    if key is None:
        raise READ.malformed("a mention that names nothing", "$.data.key", delivery_id)
    listing = NAMED if data.subtype == "comment" else POSTS
    params = [("count", "1"), ("page", "1"), ("since_id", str(int(key) - 1)), ("max_id", key)]
    wanted = [each for each in _rows(listing, call(api, address(api, listing.call), params)) if _id(each) == key]
    if not wanted:
        raise Skippable("resource-missing", "no such mention of the account", connector=KEY, delivery_id=delivery_id)
    return msgspec.json.encode({listing.field: wanted[:1]})


def _rows(listing: Listing, body: bytes) -> list[msgspec.Raw]:
    found = READ.decode(Listed, body, None)
    return (found.comments if listing.field == "comments" else found.statuses) or []


def _id(raw: msgspec.Raw) -> str | None:
    head = READ.decode(Head, bytes(raw), None)
    return ident(head.idstr) or ident(head.id)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Comments received, comments that name the account, posts that do: each list until one was left before the window."""
    name, _, inner = (cursor or f"{LISTINGS[0].name}:").partition(":")
    names = [listing.name for listing in LISTINGS]
    if name not in names or (inner and not digits(inner)):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    for index in range(names.index(name), len(LISTINGS)):
        listing = LISTINGS[index]
        after = f"{names[index + 1]}:" if index + 1 < len(LISTINGS) else None
        walk = paged(partial(_page, listing, since, until, api), inner or None, connector=KEY, limit=MAX_PAGES)
        for events, following in walk:
            yield Page(events, f"{listing.name}:{following}" if following else after)
        inner = ""


def _page(listing: Listing, since: datetime, until: datetime, api: Api, most: str | None) -> tuple[tuple[Event, ...], str | None]:
    """A page of rows whose ids are at most `most`; what comes in meanwhile moves nothing. The next begins below the least id."""
    params = [("count", str(SIZE)), ("page", "1"), *([("max_id", most)] if most else [])]
    rows = _rows(listing, call(api, address(api, listing.call), params))
    own = api.account.options.get("uid")
    events: list[Event] = []
    least, done = int(most) if most else None, not rows
    for index, raw in enumerate(rows):
        path = f"$.{listing.field}[{index}]"
        head = READ.decode(Head, bytes(raw), None, path)
        told, at = digits(head.idstr) or digits(head.id), _time(head, path)
        if told is None:
            raise READ.malformed("a row without an id", f"{path}.id", None)
        least = int(told) if least is None else min(least, int(told))
        done = done or (at is not None and at < since)
        author = head.user
        ours = own is not None and author is not None and (ident(author.idstr) or ident(author.id)) == own
        if not ours and (at is None or since <= at <= until):
            events.append(_event(listing, raw, told, at))
    return tuple(events), None if done or least is None or least <= 1 else str(least - 1)


def _time(head: Head, path: str) -> datetime | None:
    try:
        return moment(head.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, path, None) from None


def _event(listing: Listing, raw: msgspec.Raw, told: str, at: datetime | None) -> Event:
    payload = msgspec.json.encode({listing.field: [raw]})
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{told}:{mark}", listing.call, "review", told, at, thin=False, payload=payload)
