"""Comments, ratings and mentions into reviews; messages, receipts, opt-outs. The account's own words are told apart or left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import NOBODY, BuyerMessage, Receipt, Review
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import text
from connectors.meta import payloads as shapes
from connectors.meta import status as words
from connectors.meta.push import Cut
from connectors.meta.values import KEY, READ, ident, moment

new_message, new_review, new_receipt, new_buyer = quick(BuyerMessage), quick(Review), quick(Receipt), quick(Buyer)
MENTION, RATING = "mention", "rating"
STOPPED = frozenset(str(code) for code in words.OPTED_OUT)  # a message refused because the person stopped marketing is an opt-out


def reviews(cut: Cut, ref: Ref) -> Iterator[Review]:
    """The review of a change; nothing for posts, reactions, and what the account wrote itself."""
    told = READ.decode(shapes.Comment, cut.value, ref.delivery_id, cut.path)
    if cut.object == words.PAGE and cut.field == "feed" and told.item != words.COMMENT:
        return
    person = told.from_
    own = ident(cut.entry.id)
    if person is not None and (person.self_ig_scoped_id is not None or (own and ident(person.id) == own)):
        return
    review_id = _review_id(cut, told)
    if review_id is None:
        raise READ.malformed("no id", f"{cut.path}.id", ref.delivery_id)
    created = moment(told.created_time if told.created_time is not None else told.timestamp)
    under = ident(told.media.id) if told.media else ident(told.post_id)
    parent = ident(told.parent_id)
    gone = told.verb in words.GONE or bool(told.hidden)
    yield new_review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=None,
        product_id=under,
        sku=None,
        rating=_rating(told),
        text=None if gone else text(told.text or told.message or told.review_text),
        locale=None,
        buyer=_writer(told),
        created_at=created,
        updated_at=created or moment(cut.entry.time),
        follow_up_of=parent if parent != under else None,
        deleted=gone,
    )


def _review_id(cut: Cut, told: shapes.Comment) -> str | None:
    """The id that a reply needs, with a word before it where the reply goes another way."""
    if cut.field == "ratings":
        story = ident(told.open_graph_story_id)
        return f"{RATING}:{story}" if story else _unstoried(told)
    comment = ident(told.comment_id) or ident(told.id)
    return comment or (ident(told.post_id) if cut.field == "mention" else None)


def _unstoried(told: shapes.Comment) -> str | None:
    """A rating that has no story, as one without words may: by who left it and when. There is nothing that a reply could go to."""
    at, person = moment(told.created_time), ident(told.reviewer_id)
    return None if at is None else f"{RATING}:by:{person or 'nobody'}:{int(at.timestamp())}"


def _rating(told: shapes.Comment) -> int | None:
    if told.rating is not None and 1 <= told.rating <= 5:
        return told.rating
    return words.RECOMMENDATION.get((told.recommendation_type or "").lower())


def _writer(told: shapes.Comment) -> Buyer:
    """Ids are good for this application and page alone: they tell nobody from anywhere else."""
    person = told.from_ or shapes.Person()
    name = text(person.name) or text(told.sender_name) or text(told.reviewer_name)
    found = new_buyer(
        id=ident(person.id) or ident(told.sender_id) or ident(told.reviewer_id),
        nickname=text(person.username) or text(told.username),
        name=name,
    )
    return NOBODY if found == NOBODY else found


def mention(payload: bytes, ref: Ref) -> Review:
    """The review of a mention that was read."""
    told = READ.decode(shapes.Mention, payload, ref.delivery_id)
    source = told.comment or told.media or shapes.Comment()
    created = moment(source.timestamp)
    parts = [MENTION, told.media_id, *([told.comment_id] if told.comment_id else [])]
    return new_review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=":".join(parts),
        order_id=None,
        product_id=told.media_id,
        sku=None,
        rating=None,
        text=text(source.text) or text(told.caption),
        locale=None,
        buyer=_writer(source),
        created_at=created,
        updated_at=created,
    )


def messages(cut: Cut, ref: Ref) -> Iterator[Canonical]:
    """Messages and receipts of an update."""
    if cut.field:
        yield from _whatsapp(cut, ref)
    else:
        yield from _conversation(cut, ref)


def _whatsapp(cut: Cut, ref: Ref) -> Iterator[Canonical]:
    value = READ.decode(shapes.WhatsAppValue, cut.value, ref.delivery_id, cut.path)
    number = ident(value.metadata.phone_number_id) if value.metadata else None
    people = {found: each for each in value.contacts or () for found in (each.wa_id, each.user_id) if found}
    only = value.contacts[0] if value.contacts and len(value.contacts) == 1 else None
    for each in value.messages or ():
        writer = people.get(each.from_ or "") or only
        person = each.from_ or (writer.user_id if writer else None)
        if person is None or number is None:
            raise READ.malformed("a message of nobody, or to nobody", f"{cut.path}.messages", ref.delivery_id)
        yield new_message(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            message_id=each.id,
            thread_id=f"whatsapp:{number}:{person}",
            order_id=None,
            sender="buyer",
            text=_words(each),
            buyer=_contact(person, writer),
            created_at=moment(each.timestamp),
        )
    for told in value.statuses or ():
        receipt = _receipt(told, cut, ref)
        yield receipt
        if receipt.reason in STOPPED and told.recipient_id:
            yield _consent(told.recipient_id, granted=False, at=receipt.at, source=f"error {receipt.reason}", ref=ref)


def _contact(person: str, writer: shapes.Contact | None) -> Buyer:
    name = text(writer.profile.name) if writer and writer.profile else None
    return new_buyer(id=person, name=name, phone=f"+{person}" if person.isdecimal() else None)


def _words(told: shapes.WhatsAppMessage) -> str | None:
    """What was typed, pressed or chosen; the words under a picture."""
    if told.text is not None:
        return text(told.text.body)
    chosen = (told.interactive.button_reply or told.interactive.list_reply) if told.interactive else None
    for each in (told.button, chosen, told.image, told.video, told.document, told.order):
        if each is not None:
            return text(each.text) or text(each.title) or text(each.caption)
    return None


def _receipt(told: shapes.WhatsAppStatus, cut: Cut, ref: Ref) -> Receipt:
    state = words.RECEIPT.get(told.status or "")
    if state is None:
        raise READ.malformed("a status that is not known", f"{cut.path}.statuses", ref.delivery_id)
    code = next((each.code for each in told.errors or () if each.code is not None), None)
    return new_receipt(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=told.id,
        state=state,
        reason=None if code is None else str(code),
        at=moment(told.timestamp),
        reference=told.biz_opaque_callback_data,
    )


def _conversation(cut: Cut, ref: Ref) -> Iterator[Canonical]:
    """Instagram and Messenger. What the shop wrote itself comes back as an echo, and is told as the shop's."""
    told = READ.decode(shapes.Messaging, cut.value, ref.delivery_id, cut.path)
    account, at = ref.account, moment(told.timestamp)
    message = told.message or (shapes.Said(told.postback.mid, told.postback.title) if told.postback else None)
    if message is not None and message.mid and not message.is_deleted:
        ours = bool(message.is_echo) or bool(told.is_self)
        own, other = (told.sender, told.recipient) if ours else (told.recipient, told.sender)
        shop, person = ident(own.id) if own else None, ident(other.id) if other else None
        shop = shop or ident(cut.entry.id)
        if shop is None or person is None:
            raise READ.malformed("a message of nobody, or to nobody", f"{cut.path}.sender", ref.delivery_id)
        yield new_message(
            merchant=account.merchant,
            platform=KEY,
            account=account.account,
            message_id=message.mid,
            thread_id=f"{cut.object}:{shop}:{person}",
            order_id=None,
            sender="shop" if ours else "buyer",
            text=text(message.text),
            media=tuple([each.payload.url for each in message.attachments or () if each.payload and each.payload.url]),
            buyer=new_buyer(id=person),
            created_at=at,
        )
    for mid in (told.delivery.mids or ()) if told.delivery else ():
        yield Receipt(account.merchant, KEY, account.account, mid, "delivered", None, at)
    if told.read is not None and told.read.mid:
        yield Receipt(account.merchant, KEY, account.account, told.read.mid, "read", None, at)


def consents(cut: Cut, ref: Ref) -> Iterator[Consent]:
    """Opt-outs and opt-ins of marketing on WhatsApp; a word that is not known tells no state, and is left out."""
    value = READ.decode(shapes.WhatsAppValue, cut.value, ref.delivery_id, cut.path)
    for each in value.user_preferences or ():
        person, granted = each.wa_id or each.user_id, words.CONSENT.get((each.value or "").lower())
        if each.category != words.MARKETING or person is None or granted is None:
            continue
        yield _consent(person, granted=granted, at=moment(each.timestamp), source="user_preferences", ref=ref)


def _consent(person: str, *, granted: bool, at: datetime | None, source: str, ref: Ref) -> Consent:
    account = ref.account
    return Consent(account.merchant, KEY, account.account, person, "whatsapp", granted, at, source)
