"""Shapes of Weibo's payloads, only the fields that are read. Ids are int64, beside `idstr` where there is one."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.loose import Id

NULL = msgspec.Raw(b"null")
Flag = bool | int | str | None


class PushData(msgspec.Struct, gc=False):
    """`data` of a push."""

    subtype: str | None = None
    key: Id = None
    vfid: Id = None
    tovfid: Id = None


class Push(msgspec.Struct, gc=False):
    """A push: a message to the account, or an event."""

    type: str | None = None
    receiver_id: Id = None
    sender_id: Id = None
    created_at: str | None = None
    text: str | None = None
    data: PushData | None = None


class User(msgspec.Struct, gc=False):
    """Who wrote."""

    id: Id = None
    idstr: Id = None
    screen_name: str | None = None


class Picture(msgspec.Struct, gc=False):
    """A picture of a post."""

    thumbnail_pic: str | None = None


class Post(msgspec.Struct, gc=False):
    """A post (微博)."""

    id: Id = None
    idstr: Id = None
    text: str | None = None
    created_at: str | None = None
    deleted: Id = None
    user: User | None = None
    original_pic: str | None = None
    pic_urls: list[Picture] | None = None


class Parent(msgspec.Struct, gc=False):
    """The comment that another one answers."""

    id: Id = None
    idstr: Id = None


class Comment(msgspec.Struct, gc=False):
    """A comment under a post."""

    id: Id = None
    idstr: Id = None
    text: str | None = None
    created_at: str | None = None
    user: User | None = None
    status: Post | None = None
    reply_comment: Parent | None = None


class Person(msgspec.Struct, gc=False):
    """What the fans' service tells of a person: whether they follow, and subscribe to, the account."""

    id: Id = None
    uid: Id = None
    nickname: str | None = None
    follow: Flag = None
    subscribe: Flag = None


class Document(msgspec.Struct, gc=False):
    """What hydrating puts together: a push, and the person as the API tells them."""

    push: Push
    person: Person


class Listed(msgspec.Struct, gc=False):
    """A list of comments or posts."""

    comments: list[msgspec.Raw] | None = None
    statuses: list[msgspec.Raw] | None = None


class Head(msgspec.Struct, gc=False):
    """What paging needs of a row."""

    id: Id = None
    idstr: Id = None
    created_at: str | None = None
    user: User | None = None


class Anything(msgspec.Struct, gc=False):
    """Any payload, to tell what it is."""

    push: msgspec.Raw = NULL
    person: msgspec.Raw = NULL
    comments: msgspec.Raw = NULL
    statuses: msgspec.Raw = NULL
    status: msgspec.Raw = NULL
    receiver_id: Id = None
    id: Id = None
    idstr: Id = None
    created_at: Id = None


class Problem(msgspec.Struct, gc=False):
    """An error of the API."""

    error_code: Id = None
    result: Flag = None


class Said(msgspec.Struct, gc=False):
    """What a comment or a message that was made answers."""

    id: Id = None
    idstr: Id = None


class TokenInfo(msgspec.Struct, gc=False):
    """What /oauth2/get_token_info tells; `expire_in` in seconds."""

    uid: Id = None
    appkey: Id = None
    expire_in: Id = None
