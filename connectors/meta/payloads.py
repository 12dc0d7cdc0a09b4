"""Shapes of Meta's payloads, only the fields that are read."""

from __future__ import annotations

from decimal import Decimal

import msgspec

ABSENT = msgspec.Raw()
Id = str | int | None


class Shape(msgspec.Struct, gc=False):
    """Base of all shapes; unknown fields are skipped."""


class Person(Shape):
    """Who wrote. `self_ig_scoped_id` shows the account's own words."""

    id: Id = None
    username: str | None = None
    name: str | None = None
    self_ig_scoped_id: Id = None


class Media(Shape):
    """What a comment is under."""

    id: Id = None


class Comment(Shape):
    """A comment, rating or mention: of Instagram and of pages, pushed or read."""

    id: Id = None
    comment_id: Id = None
    post_id: Id = None
    parent_id: Id = None
    open_graph_story_id: Id = None
    media_id: Id = None
    item: str | None = None
    verb: str | None = None
    text: str | None = None
    message: str | None = None
    from_: Person | None = msgspec.field(name="from", default=None)
    sender_id: Id = None
    sender_name: str | None = None
    username: str | None = None
    media: Media | None = None
    reviewer_id: Id = None
    reviewer_name: str | None = None
    review_text: str | None = None
    recommendation_type: str | None = None
    rating: int | None = None
    created_time: Id = None
    timestamp: Id = None
    hidden: bool | None = None


class Profile(Shape):
    """A name of WhatsApp."""

    name: str | None = None


class Contact(Shape):
    """Who wrote on WhatsApp; a user name may stand for the number, which is then missing."""

    profile: Profile | None = None
    wa_id: str | None = None
    user_id: str | None = None


class Numbered(Shape):
    """The shop's number."""

    phone_number_id: str | None = None


class Body(Shape):
    """A text."""

    body: str | None = None


class Titled(Shape):
    """A button or a choice."""

    text: str | None = None
    title: str | None = None
    caption: str | None = None


class Interactive(Shape):
    """A choice that was made."""

    button_reply: Titled | None = None
    list_reply: Titled | None = None


class WhatsAppMessage(Shape):
    """A message."""

    id: str
    from_: str | None = msgspec.field(name="from", default=None)
    timestamp: Id = None
    text: Body | None = None
    button: Titled | None = None
    interactive: Interactive | None = None
    image: Titled | None = None
    video: Titled | None = None
    document: Titled | None = None
    order: Titled | None = None


class Fault(Shape):
    """An error by number."""

    code: int | None = None


class WhatsAppStatus(Shape):
    """What became of a message that we sent."""

    id: str
    status: str | None = None
    timestamp: Id = None
    recipient_id: str | None = None
    errors: list[Fault] | None = None
    biz_opaque_callback_data: str | None = None


class Preference(Shape):
    """An opt-out or opt-in."""

    wa_id: str | None = None
    user_id: str | None = None
    category: str | None = None
    value: str | None = None
    timestamp: Id = None


class WhatsAppValue(Shape):
    """The inside of a change of WhatsApp."""

    metadata: Numbered | None = None
    contacts: list[Contact] | None = None
    messages: list[WhatsAppMessage] | None = None
    statuses: list[WhatsAppStatus] | None = None
    user_preferences: list[Preference] | None = None


class File(Shape):
    """Where an attachment is."""

    url: str | None = None


class Attachment(Shape):
    """An attachment."""

    payload: File | None = None


class Said(Shape):
    """A message of Instagram or Messenger."""

    mid: str | None = None
    text: str | None = None
    attachments: list[Attachment] | None = None
    is_echo: bool | None = None
    is_deleted: bool | None = None


class Pressed(Shape):
    """A button that was pressed."""

    mid: str | None = None
    title: str | None = None


class Delivered(Shape):
    """Messages that arrived."""

    mids: list[str] | None = None


class Seen(Shape):
    """A message that was read; Messenger tells only until when."""

    mid: str | None = None


class Messaging(Shape):
    """One thing that happened in a conversation."""

    sender: Person | None = None
    recipient: Person | None = None
    timestamp: Id = None
    is_self: bool | None = None
    message: Said | None = None
    postback: Pressed | None = None
    delivery: Delivered | None = None
    read: Seen | None = None


class Entry(Shape):
    """What happened to one page, account or number. `field` and `value` stand alone in some of Instagram's."""

    id: Id = None
    time: Id = None
    changes: list[msgspec.Raw] | None = None
    messaging: list[msgspec.Raw] | None = None
    standby: list[msgspec.Raw] | None = None
    field: str | None = None
    value: msgspec.Raw = ABSENT


class Delivery(Shape):
    """A push, or what we keep of one."""

    object: str
    entry: list[Entry]


class Change(Shape):
    """A change of a field."""

    field: str
    value: msgspec.Raw


class Mention(Shape):
    """What a mention was read as: the comment or the post that names the shop."""

    ig_id: str
    media_id: str
    comment_id: str | None = None
    comment: Comment | None = None
    media: Comment | None = None
    caption: str | None = None


class Pair(Shape):
    """An action and how often, or how much."""

    action_type: str | None = None
    value: int | Decimal | None = None


class Row(Shape):
    """A campaign's day. Numbers are text, in older versions numbers."""

    date_start: str
    date_stop: str | None = None
    account_id: Id = None
    account_currency: str | None = None
    campaign_id: Id = None
    campaign_name: str | None = None
    spend: int | Decimal | None = None
    impressions: int | Decimal | None = None
    clicks: int | Decimal | None = None
    actions: list[Pair] | None = None
    action_values: list[Pair] | None = None


class AdAccount(Shape):
    """The account whose report it is."""

    id: Id = None
    timezone_name: str | None = None
    currency: str | None = None


class Report(Shape):
    """A page of a report as we keep it; a bare answer has `data` alone."""

    data: list[Row] | None = None
    account: AdAccount | None = None
    reported_at: str | None = None


class Cursors(Shape):
    """Where a list goes on."""

    after: str | None = None


class Paging(Shape):
    """Whether a list goes on: `next` holds the token and is never kept."""

    cursors: Cursors | None = None
    next: str | None = None


class Listed(Shape):
    """A page of a list, each as it came."""

    data: list[msgspec.Raw] | None = None
    paging: Paging | None = None


class Problem(Shape):
    """An error of the API."""

    code: int | None = None
    error_subcode: int | None = None


class Problems(Shape):
    """What an answer says when it refuses."""

    error: Problem | None = None


class Grant(Shape):
    """A token."""

    access_token: str
    expires_in: int | None = None


class Done(Shape):
    """The id of what was said."""

    id: Id = None
    message_id: str | None = None
    messages: list[Media] | None = None
