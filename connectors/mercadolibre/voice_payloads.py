"""Shapes of what people say on Mercado Libre, only the fields that are read."""

from __future__ import annotations

import msgspec

from connectors.mercadolibre.payloads import Id, Thing


class AnswerShape(msgspec.Struct, gc=False):
    """The answer to a question. A banned one has no text."""

    text: str | None = None
    status: str | None = None
    date_created: str | None = None


class QuestionShape(msgspec.Struct, gc=False):
    """GET /questions/{id}?api_version=4, or an element of /questions/search."""

    id: Id = None
    item_id: Id = None
    seller_id: Id = None
    text: str | None = None
    status: str | None = None
    date_created: str | None = None
    answer: AnswerShape | None = None
    asker: Thing | None = msgspec.field(name="from", default=None)


class QuestionPage(msgspec.Struct, gc=False):
    """GET /questions/search."""

    total: int
    questions: list[msgspec.Raw]


class ReviewShape(msgspec.Struct, gc=False):
    """An element of /reviews/item/{id}. Who wrote it is not told."""

    id: Id = None
    reviewable_object: Thing | None = None
    date_created: str | None = None
    status: str | None = None
    title: str | None = None
    content: str | None = None
    rate: int | None = None


class ReviewPage(msgspec.Struct, gc=False):
    """GET /reviews/item/{id}."""

    paging: ReviewPaging
    reviews: list[msgspec.Raw]


class ReviewPaging(msgspec.Struct, gc=False):
    """How many reviews there are."""

    total: int
    reviews_with_comment: int | None = None


class Party(msgspec.Struct, gc=False):
    """Who gave feedback."""

    id: Id = None
    nickname: str | None = None


class FeedbackShape(msgspec.Struct, gc=False):
    """What one side said of a sale."""

    id: Id = None
    date_created: str | None = None
    modified: str | None = None
    rating: str | None = None
    message: str | None = None
    reply: str | None = None
    status: str | None = None
    order_id: Id = None
    item: Thing | None = None
    giver: Party | None = msgspec.field(name="from", default=None)


class Feedbacks(msgspec.Struct, gc=False):
    """GET /orders/{id}/feedback: `purchase` is the buyer's word, `sale` the seller's."""

    purchase: msgspec.Raw = msgspec.Raw(b"null")


class Told(msgspec.Struct, gc=False):
    """A payload of the kind review: product reviews, or the buyer's feedback on a sale."""

    reviews: list[ReviewShape] | None = None
    item_id: Id = None
    purchase: FeedbackShape | None = None
    order_id: Id = None
    sale: msgspec.Raw = msgspec.Raw(b"null")


class Member(msgspec.Struct, gc=False):
    """One side of a message."""

    user_id: Id = None


class PlainText(msgspec.Struct, gc=False):
    """A text of the older format."""

    plain: str | None = None


class MessageDate(msgspec.Struct, gc=False):
    """The times of a message."""

    created: str | None = None


class Moderation(msgspec.Struct, gc=False):
    """What the platform thinks of a message."""

    status: str | None = None


class Resource(msgspec.Struct, gc=False):
    """What a message is about: `packs`, `sellers`, `orders`."""

    id: Id = None
    name: str | None = None


class MessageShape(msgspec.Struct, gc=False):
    """A message of a conversation, or what was answered to one that was sent."""

    id: Id = None
    sender: Member | None = msgspec.field(name="from", default=None)
    receiver: Member | None = msgspec.field(name="to", default=None)
    status: str | None = None
    text: str | PlainText | None = None
    message_date: MessageDate | None = None
    message_moderation: Moderation | None = None
    message_resources: list[Resource] | None = None


class ConversationStatus(msgspec.Struct, gc=False):
    """Whether one may write into a conversation."""

    status: str | None = None
    substatus: str | None = None
    path: str | None = None


class Conversation(msgspec.Struct, gc=False):
    """GET /messages/packs/{pack}/sellers/{seller}, GET /messages/{id}, or a document of ours with `pack_id`."""

    messages: list[MessageShape] | None = None
    conversation_status: ConversationStatus | None = None
    pack_id: Id = None


class RawConversation(msgspec.Struct, gc=False):
    """The same, its messages as they came."""

    messages: list[msgspec.Raw]
    paging: ReviewPaging | None = None


class Refusal(msgspec.Struct, gc=False):
    """An error of the API."""

    error: str | None = None
    cause: str | list[msgspec.Raw] | None = None


class ItemPage(msgspec.Struct, gc=False):
    """GET /users/{id}/items/search?search_type=scan: an empty page is the last."""

    results: list[str] | None = None
    scroll_id: str | None = None
