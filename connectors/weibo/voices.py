"""Comments and mentions into reviews, messages of the fans' service, followers. What the account wrote itself is left out."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.contact import Contact
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import NOBODY, BuyerMessage, Review
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.html import unescaped
from chalicelib.toolkit.loose import Odd, ident, told, yes
from connectors.weibo import status
from connectors.weibo.payloads import Anything, Comment, Document, Listed, Post, PushData, User
from connectors.weibo.push import kind_of, mark_of
from connectors.weibo.values import KEY, READ, moment

MENTION = "mention"


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """What a payload holds. Skippable for kinds that are not mapped, Permanent with the path on what cannot be read."""
    if kind not in ("review", "message", "contact"):
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
    answer = READ.decode(Anything, payload, ref.delivery_id)
    if answer.receiver_id is not None:
        thin = "a push is a hint: it holds nothing that is believed"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.receiver_id", delivery_id=ref.delivery_id)
    if kind == "review":
        found = tuple(_reviews(payload, answer, ref))
        if not found:
            raise Skippable("own-words", "nothing but what the account said itself", connector=KEY, delivery_id=ref.delivery_id)
        return found
    document = READ.decode(Document, payload, ref.delivery_id)
    if kind_of(document.push)[1] != kind:
        raise READ.malformed(f"a push that is no {kind}", "$.push.type", ref.delivery_id)
    return (to_message(document, ref) if kind == "message" else to_contact(document, ref),)


def _reviews(payload: bytes, answer: Anything, ref: Ref) -> Iterator[Review]:
    own = ref.account.options.get("uid")
    if told(answer.comments) or told(answer.statuses):
        listed = READ.decode(Listed, payload, ref.delivery_id)
        for index, raw in enumerate(listed.comments or ()):
            path = f"$.comments[{index}]"
            yield from _one(READ.decode(Comment, bytes(raw), ref.delivery_id, path), own, ref, path)
        for index, raw in enumerate(listed.statuses or ()):
            path = f"$.statuses[{index}]"
            yield from _one(READ.decode(Post, bytes(raw), ref.delivery_id, path), own, ref, path)
    elif told(answer.status):
        yield from _one(READ.decode(Comment, payload, ref.delivery_id), own, ref, "$")
    elif answer.created_at is not None and (answer.id is not None or answer.idstr is not None):
        yield from _one(READ.decode(Post, payload, ref.delivery_id), own, ref, "$")
    else:
        raise READ.malformed("neither a comment nor a post", "$", ref.delivery_id)


def _one(told_: Comment | Post, own: str | None, ref: Ref, path: str) -> Iterator[Review]:
    author = told_.user or User()
    if own is not None and _id(author) == own:
        return
    yield to_comment(told_, ref, path) if isinstance(told_, Comment) else to_mention(told_, ref, path)


def _id(thing: User | Comment | Post) -> str | None:
    return ident(thing.idstr) or ident(thing.id)


def _writer(user: User | None) -> Buyer:
    if user is None or (_id(user) is None and not user.screen_name):
        return NOBODY
    return Buyer(id=_id(user), nickname=user.screen_name or None)


def to_comment(told_: Comment, ref: Ref, path: str) -> Review:
    """A comment under a post; `product_id` is the post, which a reply needs."""
    review_id = _id(told_)
    if review_id is None:
        raise READ.malformed("a comment without an id", f"{path}.id", ref.delivery_id)
    try:
        at = moment(told_.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    parent = told_.reply_comment
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=None,
        product_id=_id(told_.status) if told_.status else None,
        sku=None,
        rating=None,
        text=unescaped(told_.text),
        locale=None,
        buyer=_writer(told_.user),
        created_at=at,
        updated_at=at,
        follow_up_of=(ident(parent.idstr) or ident(parent.id)) if parent else None,
    )


def to_mention(told_: Post, ref: Ref, path: str) -> Review:
    """A post that names the account. One that was deleted is a shell: its text is the platform's."""
    post_id = _id(told_)
    if post_id is None:
        raise READ.malformed("a post without an id", f"{path}.id", ref.delivery_id)
    try:
        at = moment(told_.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    gone = yes(told_.deleted)
    pictures = [each.thumbnail_pic for each in told_.pic_urls or () if each.thumbnail_pic]
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=f"{MENTION}:{post_id}",
        order_id=None,
        product_id=post_id,
        sku=None,
        rating=None,
        text=None if gone else unescaped(told_.text),
        locale=None,
        media=() if gone else tuple(pictures or ([told_.original_pic] if told_.original_pic else [])),
        buyer=_writer(told_.user),
        created_at=at,
        updated_at=at,
        deleted=gone,
    )


def to_message(document: Document, ref: Ref) -> BuyerMessage:
    """A message by somebody whom the platform knows. Pictures and voices are told by their number only."""
    push = document.push
    sender, receiver = ident(push.sender_id), ident(push.receiver_id)
    if sender is None or receiver is None:
        raise READ.malformed("a message of nobody", "$.push.sender_id", ref.delivery_id)
    try:
        at = moment(push.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, "$.push", ref.delivery_id) from None
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=mark_of(push),
        thread_id=sender,
        order_id=None,
        sender="buyer",
        text=unescaped(push.text) if push.type == "text" else None,
        buyer=Buyer(id=sender, nickname=document.person.nickname or None),
        created_at=at,
    )


def to_contact(document: Document, ref: Ref) -> Contact:
    """Whether somebody follows the account, as the API tells it. A subscription that was ended is believed: it only silences us."""
    push, person = document.push, document.person
    sender = ident(push.sender_id)
    if sender is None:
        raise READ.malformed("an event of nobody", "$.push.sender_id", ref.delivery_id)
    try:
        at = moment(push.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, "$.push", ref.delivery_id) from None
    subtype = (push.data or PushData()).subtype or ""
    follows = yes(person.follow) or yes(person.subscribe)
    ended = subtype == "unsubscribe" or not follows
    return Contact(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        contact_id=sender,
        employee=None,
        state="left" if ended else "active",
        buyer=Buyer(id=sender, nickname=person.nickname or None),
        source=subtype,
        added_at=at if status.CONTACTS.get(subtype) == "active" and not ended else None,
        updated_at=at,
    )
