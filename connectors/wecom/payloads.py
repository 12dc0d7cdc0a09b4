"""Shapes of WeCom's payloads, only the fields that are read."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.loose import Id

ABSENT = msgspec.Raw()


class Message(msgspec.Struct, gc=False):
    """What a push holds once it is opened; to a suite it comes under other names. XML is read as JSON of the same names."""

    ToUserName: str | None = None
    AuthCorpId: str | None = None
    CreateTime: Id = None
    TimeStamp: Id = None
    MsgType: str | None = None
    Event: str | None = None
    InfoType: str | None = None
    ChangeType: str | None = None
    UserID: Id = None
    ExternalUserID: Id = None
    State: str | None = None
    WelcomeCode: str | None = None
    MsgId: Id = None
    Encrypt: str | None = None
    encrypt: str | None = None


class Customer(msgspec.Struct, gc=False):
    """`external_contact`."""

    external_userid: Id = None
    name: str | None = None
    unionid: str | None = None


class Tag(msgspec.Struct, gc=False):
    """A tag on a customer; an employee's own has type 2."""

    tag_name: str | None = None
    type: int | None = None


class Follow(msgspec.Struct, gc=False):
    """An element of `follow_user`, or `follow_info`: the customer as one employee has them."""

    userid: Id = None
    createtime: Id = None
    tags: list[Tag] | None = None
    state: str | None = None


class Pair(msgspec.Struct, gc=False):
    """An element of `external_contact_list`."""

    external_contact: Customer | None = None
    follow_info: Follow | None = None


class Contacts(msgspec.Struct, gc=False):
    """A push, an answer of externalcontact/get or batch/get_by_user, or a document of ours (`at`: the time of its event)."""

    external_contact: Customer | None = None
    follow_user: list[Follow] | None = None
    external_contact_list: list[Pair] | None = None
    at: Id = None
    Event: str | None = None
    InfoType: str | None = None


class FollowHead(msgspec.Struct, gc=False):
    """Whose customer it is; `tag_id` where the tags are told by id."""

    userid: Id = None
    tag_id: list[str] | None = None


class Got(msgspec.Struct, gc=False):
    """externalcontact/get, as far as reading goes on from it."""

    external_contact: msgspec.Raw = ABSENT
    follow_user: list[msgspec.Raw] | None = None
    next_cursor: str | None = None


class RawPair(msgspec.Struct, gc=False):
    """A pair of a page, as it came."""

    external_contact: msgspec.Raw = ABSENT
    follow_info: msgspec.Raw = ABSENT


class Batch(msgspec.Struct, gc=False):
    """batch/get_by_user."""

    external_contact_list: list[RawPair] | None = None
    next_cursor: str | None = None


class CustomerHead(msgspec.Struct, gc=False):
    """Which customer."""

    external_userid: Id = None


class Employees(msgspec.Struct, gc=False):
    """get_follow_user_list."""

    follow_user: list[str] | None = None


class Grant(msgspec.Struct, gc=False):
    """gettoken."""

    access_token: str
    expires_in: Id = None


class Made(msgspec.Struct, gc=False):
    """add_msg_template."""

    msgid: str | None = None
    fail_list: list[str] | None = None


class TaskRow(msgspec.Struct, gc=False):
    """An element of `task_list`: an employee, and whether they confirmed (2)."""

    userid: str | None = None
    status: int | None = None


class TaskPage(msgspec.Struct, gc=False):
    """get_groupmsg_task."""

    task_list: list[TaskRow] | None = None
    next_cursor: str | None = None


class SentRow(msgspec.Struct, gc=False):
    """An element of `send_list`."""

    external_userid: str | None = None
    status: int | None = None
    send_time: Id = None


class SentPage(msgspec.Struct, gc=False):
    """get_groupmsg_send_result; with our `msgid` beside it, a document."""

    send_list: list[SentRow] | None = None
    next_cursor: str | None = None
    msgid: str | None = None


class RawSentPage(msgspec.Struct, gc=False):
    """The same, its rows as they came."""

    send_list: list[msgspec.Raw] | None = None
    next_cursor: str | None = None


class CorpTag(msgspec.Struct, gc=False):
    """A tag of the company."""

    id: str
    name: str
    deleted: bool | None = None


class TagGroup(msgspec.Struct, gc=False):
    """A group of tags."""

    group_id: str
    group_name: str | None = None
    tag: list[CorpTag] | None = None
    deleted: bool | None = None


class TagList(msgspec.Struct, gc=False):
    """get_corp_tag_list."""

    tag_group: list[TagGroup] | None = None


class MadeTags(msgspec.Struct, gc=False):
    """add_corp_tag."""

    tag_group: TagGroup | None = None
