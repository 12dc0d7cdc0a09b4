"""Reading on Meta: mentions, comments under the account's posts, and a page's ratings. There is no list by time of change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.loose import told as present
from chalicelib.toolkit.paging import paged
from connectors.meta import payloads as shapes
from connectors.meta import status as words
from connectors.meta.api import get, listed
from connectors.meta.push import cuts
from connectors.meta.values import KEY, READ, ident, moment

MEDIA = "id,timestamp,comments_count,username"
COMMENT = "id,text,timestamp,username,from,parent_id,hidden"
COMMENTS = f"{COMMENT},replies.limit(50){{{COMMENT}}}"
RATINGS = "reviewer,review_text,recommendation_type,rating,created_time,open_graph_story{id}"
MENTIONED = "id,text,timestamp,from,username"
MENTIONING = "id,caption,timestamp,username"
SIZE = "50"
MAX_COMMENT_PAGES = 40
LOOK_BACK = timedelta(days=30)  # comments come under older posts too; the option `comment_days` says how old


class _Media(msgspec.Struct, gc=False):
    id: shapes.Id = None
    comments_count: int | None = None
    username: str | None = None


class _Replies(msgspec.Struct, gc=False):
    id: shapes.Id = None
    username: str | None = None
    replies: msgspec.Raw = shapes.ABSENT


class _Story(msgspec.Struct, gc=False):
    id: shapes.Id = None


class _Rating(msgspec.Struct, gc=False):
    created_time: shapes.Id = None
    open_graph_story: _Story | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    rating: int | None = None
    reviewer: shapes.Person | None = None


def hydrate(event: Event, api: Api) -> Event:
    """The comment or post that mentions the account, read as the account sees it."""
    cut = next(cuts(event.payload, event.delivery_id))
    notice = READ.decode(shapes.Comment, cut.value, event.delivery_id, cut.path)
    media_id, comment_id, ig_id = ident(notice.media_id), ident(notice.comment_id), ident(cut.entry.id)
    if cut.field != "mentions" or media_id is None or ig_id is None:
        raise READ.malformed("a mention that names nothing", f"{cut.path}.media_id", event.delivery_id)
    if comment_id:
        fields = f"mentioned_comment.comment_id({comment_id}){{{MENTIONED}}}"
    else:
        fields = f"mentioned_media.media_id({media_id}){{{MENTIONING}}}"
    answer = READ.decode(dict[str, msgspec.Raw], get(api, f"/{ig_id}", (("fields", fields),)), event.delivery_id)
    raw = answer.get("mentioned_comment" if comment_id else "mentioned_media")
    if raw is None:
        raise Skippable("resource-missing", "the mention is gone", connector=KEY, delivery_id=event.delivery_id)
    document: dict[str, object] = {"ig_id": ig_id, "media_id": media_id, "comment_id": comment_id}
    if comment_id:
        document["comment"] = raw
    else:
        document |= {"media": raw, "caption": READ.decode(_Caption, bytes(raw), event.delivery_id).caption}
    return replace(event, thin=False, payload=msgspec.json.encode(document))


class _Caption(msgspec.Struct, gc=False):
    caption: str | None = None


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Comments under the posts of the window and of the days before, a page of posts each; then ratings of the page."""
    options = api.account.options
    steps: dict[str, Callable[[str | None], tuple[tuple[Event, ...], str | None]]] = {}
    if ig_id := ident(options.get("ig_id")):
        steps["comments"] = lambda token: _comments(ig_id, since, until, token, api)
    if page_id := ident(options.get("page_id")):
        steps["ratings"] = lambda token: _ratings(page_id, since, until, token, api)
    if not steps:
        raise ConfigError("option-missing", "neither ig_id nor page_id is configured", connector=KEY)
    names = list(steps)
    name, _, inner = (cursor or f"{names[0]}:").partition(":")
    if name not in names:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    for index in range(names.index(name), len(names)):
        after = f"{names[index + 1]}:" if index + 1 < len(names) else None
        for events, following in paged(steps[names[index]], inner or None, connector=KEY):
            yield Page(events, f"{names[index]}:{following}" if following else after)
        inner = ""


def _list(path: str, fields: str, token: str | None, api: Api, *more: tuple[str, str]) -> tuple[list[msgspec.Raw], str | None]:
    query = [("fields", fields), ("limit", SIZE), *more, *((("after", token),) if token else ())]
    return listed(get(api, path, query))


def _comments(ig_id: str, since: datetime, until: datetime, token: str | None, api: Api) -> tuple[tuple[Event, ...], str | None]:
    back = int((since - _look_back(api)).timestamp())
    window = (("since", str(back)), ("until", str(int(until.timestamp()))))
    rows, following = _list(f"/{ig_id}/media", MEDIA, token, api, *window)
    events: list[Event] = []
    for raw in rows:
        media = READ.decode(_Media, bytes(raw), None)
        media_id = ident(media.id)
        if media_id is None or media.comments_count == 0:
            continue
        for raw_comment, parent in _under(media_id, media.username, api):
            if event := _comment(raw_comment, parent, ig_id, media_id, since, until):
                events.append(event)
    return tuple(events), following


def _under(media_id: str, owner: str | None, api: Api) -> Iterator[tuple[bytes, str | None]]:
    """Every comment under a post and every reply to one, with the comment it replies to; the post's owner's own are left out."""
    for raw in _every(f"/{media_id}/comments", COMMENTS, None, api):
        told = READ.decode(_Replies, raw, None)
        if told.username is None or told.username != owner:
            yield raw, None
        parent = ident(told.id)
        if parent is None or not present(told.replies):
            continue
        first, token = listed(bytes(told.replies))
        rest = _every(f"/{parent}/replies", COMMENT, token, api) if token else ()
        for each in (*map(bytes, first), *rest):
            writer = READ.decode(_Replies, each, None).username
            if writer is None or writer != owner:
                yield each, parent


def _every(path: str, fields: str, start: str | None, api: Api) -> Iterator[bytes]:
    """Every row of a list; none of one that is gone since it was named."""

    def fetch(token: str | None) -> tuple[list[msgspec.Raw], str | None]:
        try:
            return _list(path, fields, token, api)
        except Skippable:
            return [], None

    for rows, _ in paged(fetch, start, connector=KEY, limit=MAX_COMMENT_PAGES):
        yield from map(bytes, rows)


def _look_back(api: Api) -> timedelta:
    days = api.account.options.get("comment_days", "")
    if days and not (days.isdecimal() and len(days) < 4):
        raise ConfigError("option-malformed", "option comment_days must be a number of days", connector=KEY)
    return timedelta(days=int(days)) if days else LOOK_BACK


def _comment(raw: bytes, parent: str | None, ig_id: str, media_id: str, since: datetime, until: datetime) -> Event | None:  # noqa: PLR0917
    told = READ.decode(shapes.Comment, raw, None)
    at = moment(told.timestamp)
    if at is not None and not since <= at <= until:
        return None
    value: dict[str, object] = dict(READ.decode(dict[str, msgspec.Raw], raw, None))
    value.pop("replies", None)  # they come on their own
    if parent is not None and not told.parent_id:
        value["parent_id"] = parent
    change: dict[str, object] = {"field": "comments", "value": {**value, "media": {"id": media_id}}}
    return _event(words.INSTAGRAM, ig_id, change, at)


def _ratings(page_id: str, since: datetime, until: datetime, token: str | None, api: Api) -> tuple[tuple[Event, ...], str | None]:
    """The newest first, until one was left before the window."""
    rows, following = _list(f"/{page_id}/ratings", RATINGS, token, api)
    events: list[Event] = []
    for raw in rows:
        told = READ.decode(_Rating, bytes(raw), None)
        at = moment(told.created_time)
        if at is not None and at < since:
            return tuple(events), None
        story = ident(told.open_graph_story.id) if told.open_graph_story else None
        if at is not None and at > until:
            continue
        value = {
            "open_graph_story_id": story,
            "review_text": told.review_text,
            "recommendation_type": told.recommendation_type,
            "rating": told.rating,
            "reviewer_id": told.reviewer.id if told.reviewer else None,
            "reviewer_name": told.reviewer.name if told.reviewer else None,
            "created_time": told.created_time,
        }
        events.append(_event(words.PAGE, page_id, {"field": "ratings", "value": value}, at))
    return tuple(events), following


def _event(kind: str, asset: str, change: dict[str, object], at: datetime | None) -> Event:
    """The same form as a push, so that both are read one way."""
    payload = msgspec.json.encode({"object": kind, "entry": [{"id": asset, "changes": [change]}]})
    mark = hashlib.sha256(payload).hexdigest()[:40]
    return Event(f"pull:{mark}", f"{kind}/{change['field']}", "review", None, at, thin=False, payload=payload)
