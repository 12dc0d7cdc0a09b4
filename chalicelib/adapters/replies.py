"""Answers to reviews from `templates/replies/<locale>.toml`: the port `ReplyWriter`.

An answer is an opening, what the review is about, and a closing: one of each by the draw, so that a shop does not repeat itself.
Praise that is too long is said without its closing, then by its opening alone; all else between two shorter sentences, at last by
these alone.
Whatever would be objected to is not said (domain.reply_check).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.adapters import catalogue, message_view
from chalicelib.adapters.catalogue import Words
from chalicelib.domain import reply_check
from chalicelib.domain.voice import SayLimits
from chalicelib.ports_cases import Answered, Written

_SHOP = 24
_TURNS = 20  # of the varied answers are tried; more of them would end alike


class _Form(NamedTuple):
    name: str
    text: str


def _nothing() -> Iterable[str]:
    return ()


class TemplateReplies:
    """ReplyWriter from the templates folder. Nothing is read before the first answer.

    `banned` gives the merchant's own words that no answer may hold, as they are now.
    """

    def __init__(self, banned: Callable[[], Iterable[str]] = _nothing) -> None:
        self._banned = banned

    def write(self, about: Answered, *, shop_name: str, limits: SayLimits | None, draw: int) -> Written | None:
        """See the port. None as well where a question can be answered once only: no template knows the answer."""
        table = catalogue.replies(about.locale)
        if table is None or (about.kind == "question" and limits is not None and limits.once):
            return None
        places = table["place"]
        values = {"place": places.get(about.platform, places["default"]), "shop_name": message_view.buyer(shop_name, _SHOP)}
        banned = tuple(self._banned())
        for form in _forms(table, about, draw):
            if "{shop_name}" in form.text and not values["shop_name"]:
                continue
            text = Words({"": form.text})("", **values)
            if reply_check.is_too_long(text, limits):
                continue
            if not reply_check.objections(text, locale=about.locale, platform=about.platform, limits=limits, banned=banned):
                return Written(form.name, text)
        return None


def tone(about: Answered) -> str:
    """Which part of the table speaks: question, grave (somebody may be harmed), positive, positive_but, neutral or negative."""
    if about.kind == "question":
        return "question"
    if about.severity == "high":
        return "grave"
    if about.band == "positive" and about.severity != "none":
        return "positive_but"  # praise with a complaint in it: the topics may be what was complained of
    return about.band


def _forms(table: Mapping[str, Any], about: Answered, draw: int) -> Iterator[_Form]:
    """Ways to say it, the drawn one first, each as long as it can be before it is said shorter."""
    part = tone(about)
    topic = next((topic for topic in about.topics if topic in table["negative"]), "none")
    words = table[part]
    opens, closes = words["open"], words["close"]
    middles = {"question": [""], "grave": table["negative"][topic]}.get(part) or words[topic]
    gap, stem = table["gap"], "reply-question" if part == "question" else f"reply-{part.replace('_', '-')}-{topic}"
    for turn in range(min(_TURNS, len(opens) * len(middles) * len(closes))):
        at, first = divmod(draw + turn, len(opens))
        at, second = divmod(at, len(middles))
        third = at % len(closes)
        name = f"{stem}-{first + 1}{second + 1}{third + 1}"
        said = [opens[first], middles[second], closes[third]]
        yield _Form(name, gap.join(one for one in said if one))
        if part.startswith("positive"):
            yield _Form(f"{name}-brief", gap.join(said[:2]))
            yield _Form(f"{name}-thanks", said[0])
        elif part != "question":
            begins, ends = table["short"][part]
            yield _Form(f"{stem}-compact-{second + 1}", gap.join((begins, middles[second], ends)))
    if part != "question":
        yield _Form(f"{stem}-short", gap.join(table["short"][part]))
