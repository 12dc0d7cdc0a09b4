"""Saying something on Meta: public replies, private messages. Where it goes shows by the id that the review or thread has."""

from __future__ import annotations

from chalicelib.contract import Api, Sent, Target
from chalicelib.domain.voice import Unit, length
from chalicelib.errors import ConfigError, Permanent
from connectors.meta import status as words
from connectors.meta.api import READS, speak
from connectors.meta.values import KEY, ident
from connectors.meta.voices import MENTION, RATING

WHATSAPP = "whatsapp"
# What each channel takes. [docs]
LONGEST: dict[str, tuple[int, Unit]] = {
    WHATSAPP: (4096, "characters"),
    words.WHATSAPP: (4096, "characters"),
    words.PAGE: (2000, "characters"),
    words.INSTAGRAM: (1000, "bytes"),
}


def reply(target: Target, text: str, api: Api) -> Sent:
    """Reply in public: to a comment of Instagram or of a page, a mention, a rating."""
    if target.kind != "review":
        raise _unknown()
    head, _, rest = target.id.partition(":")
    if head == MENTION:
        return Sent(_to_mention(rest, text, api))
    if head == RATING:
        return Sent(speak(api, f"/{_id(rest)}/comments", {"message": text}, READS))
    comment = _id(target.id)
    # A page's comment is named after its post, Instagram's is a number alone.
    edge = "comments" if "_" in comment else "replies"
    return Sent(speak(api, f"/{comment}/{edge}", {"message": text}, READS))


def _to_mention(rest: str, text: str, api: Api) -> str | None:
    media, _, comment = rest.partition(":")
    body = {"media_id": _id(media), "message": text}
    if comment:
        body["comment_id"] = _id(comment)
    return speak(api, f"/{_asset(api, 'ig_id')}/mentions", body, READS)


def send(target: Target, text: str, api: Api) -> Sent:
    """Write into a thread, or privately to whoever commented (once, within 7 days). Outside the window Meta refuses."""
    if target.kind == "review":
        comment = _id(target.id)
        channel, asset = (words.PAGE, "page_id") if "_" in comment else (words.INSTAGRAM, "ig_id")
        _fits(channel, text)
        body = {"recipient": {"comment_id": comment}, "message": {"text": text}}
        return Sent(speak(api, f"/{_asset(api, asset)}/messages", body))
    channel, _, rest = target.id.partition(":")
    own, _, person = rest.partition(":")
    if target.kind != "thread" or channel not in LONGEST:
        raise _unknown()
    own, person = _id(own), _id(person)
    _fits(channel, text)
    if channel == WHATSAPP:
        message = {
            "messaging_product": WHATSAPP,
            "recipient_type": "individual",
            "to": person,
            "type": "text",
            "text": {"body": text},
        }
        return Sent(speak(api, f"/{own}/messages", message))
    answer = {"recipient": {"id": person}, "messaging_type": "RESPONSE", "message": {"text": text}}
    return Sent(speak(api, f"/{own}/messages", answer))


def _fits(channel: str, text: str) -> None:
    longest, unit = LONGEST[channel]
    if length(text, unit) > longest:
        raise Permanent("text-too-long", f"more than {longest} {unit}", connector=KEY)


def _asset(api: Api, name: str) -> str:
    found = ident(api.account.options.get(name))
    if found is None:
        raise ConfigError("option-missing", f"the option {name} is not configured", connector=KEY)
    return found


def _id(value: str) -> str:
    found = ident(value)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> Permanent:
    return Permanent("target-unknown", "not a comment, mention, rating or thread of Meta's", connector=KEY)
