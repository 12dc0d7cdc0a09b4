"""What a world's buyers say in public in the days after the campaign, and what its shops answer: the demo's reviews.

The texts are invented for this and used nowhere else. Whoever wrote them says with each what it is (`meant`), so that an answer
can be judged without asking the reader that is on trial.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ops.simulator.model import Shop, World
from ops.simulator.registry import platform
from ops.simulator.remarks import Remark
from ops.simulator.traits import Voices

Meant = Literal["praise", "plain", "complaint", "default", "question"]
FIRST, SPACING = timedelta(hours=2), timedelta(minutes=97)
LATEST = timedelta(hours=59)  # when the last one of a shop is written
CHANGES = timedelta(hours=12, minutes=30)  # when somebody edits or takes back what they wrote

_Texts = dict[str, tuple[tuple[int, str], ...]]
_PRAISE: _Texts = {
    "zh": (
        (5, "杯子很漂亮，做工细致，家人都喜欢。"),
        (5, "第二次买了，一如既往的好。"),
        (5, "包装仔细，发货也快，好评。"),
        (5, "茶很香，客服耐心，会再来。"),
        (4, "性价比高，很满意。"),
    ),
    "en": (
        (5, "Lovely quality and it came two days early. Thank you!"),
        (5, "Exactly as pictured, my mother is delighted."),
        (5, "Beautifully made and very well packed."),
        (5, "Works perfectly, I would happily buy it again."),
        (4, "Great value, I am pleased with it."),
    ),
}
_PLAIN: _Texts = {
    "zh": ((3, "一般般吧，没有什么特别的。"), (3, "中规中矩，不好也不坏。")),
    "en": ((3, "It is okay. Not more than that."), (3, "Average. It does what it should, nothing special.")),
}
_COMPLAINTS: _Texts = {
    "zh": (
        (1, "杯子到手就裂了，包装太薄，很失望。"),
        (2, "颜色和图片完全不一样，失望。"),
        (1, "少发了一个，问客服也没人理。"),
        (5, "快递五星，但是用了一天把手就断了，质量太差。"),
    ),
    "en": (
        (1, "Arrived cracked and the box was crushed. Very disappointed."),
        (2, "The colour is nothing like the photo. Disappointed."),
        (1, "One of the two was missing from the parcel, and nobody answers."),
        (5, "Five stars for the courier, but it broke on the first day. Poor quality."),
    ),
}
_LATER = {
    "zh": (1, "客服回复也很慢，问题一直没有解决，太差了。"),
    "en": (1, "It broke on the second day, and nobody answers me. Terrible."),
}
_FOLLOW_UP = {"zh": "用了一周就掉色了，后悔买了。", "en": "After a week the paint came off. I regret buying it."}
_DEFAULT = {"zh": "此用户没有填写评价。", "en": "The buyer left no comment."}
_QUESTIONS = ("É à prova de lava-louças?", "Qual é a altura em centímetros?", "É a prova de lava louças", "Tem na cor azul?")


@dataclass(frozen=True, slots=True)
class Opinion:
    """One thing that somebody writes: a remark as it is first told, what it is, and what becomes of it.

    `edit`: when it says something else, and what. `gone_at`: when it is taken back.
    """

    place: Shop
    remark: Remark
    meant: Meant
    edit: tuple[datetime, int, str] | None = None
    gone_at: datetime | None = None

    def at(self, now: datetime) -> Remark | None:
        """As of `now`; None before it is written."""
        if now < self.remark.at:
            return None
        told = self.remark
        if self.edit and self.edit[0] <= now:
            told = replace(told, stars=self.edit[1], text=self.edit[2], changed_at=self.edit[0])
        if self.gone_at and self.gone_at <= now:
            told = replace(told, gone=True, changed_at=self.gone_at)
        return told


@dataclass(frozen=True, slots=True)
class Said:
    """Something a shop said through its platform's API. `taken` False: the platform refused it."""

    platform: str
    number: int
    text: str
    at: datetime
    taken: bool


class Wall:
    """Everything that is said from `begins` on, by platform. May be used from any thread."""

    def __init__(self, world: World, begins: datetime) -> None:
        self.begins = begins
        self.opinions = {shop.platform: list(_opinions(world, shop, begins)) for shop in world.shops}
        self.said: list[Said] = []
        self._lock = threading.Lock()

    def all(self) -> Iterator[Opinion]:
        """Every opinion, shop by shop."""
        for mine in self.opinions.values():
            yield from mine

    def remarks(self, key: str, now: datetime, *, asked: bool = False) -> list[Remark]:
        """Reviews of a platform, or questions, as of `now` and with their answers, the newest first."""
        with self._lock:
            answers = {said.number: said for said in self.said if said.platform == key and said.taken and said.at <= now}
        found = [told for each in self.opinions[key] if (each.meant == "question") is asked and (told := each.at(now))]
        shown = [
            replace(each, answer=answers[each.number].text, answered_at=answers[each.number].at) if each.number in answers else each
            for each in found
        ]
        return sorted(shown, key=lambda each: (each.at, each.number), reverse=True)

    def answer(self, key: str, number: int, text: str, now: datetime) -> bool:
        """A shop says something to a remark. False: there is none, or it is gone, or has its answer."""
        known = {each.number: each for asked in (False, True) for each in self.remarks(key, now, asked=asked)}
        with self._lock:
            told = known.get(number)
            twice = any(said.platform == key and said.number == number and said.taken for said in self.said)
            taken = told is not None and not told.gone and not twice
            self.said.append(Said(key, number, text, now, taken))
        return taken


def _opinions(world: World, shop: Shop, begins: datetime) -> Iterator[Opinion]:
    """What buyers of a shop write; nothing where a shop cannot answer."""
    voices = platform(shop.platform).voices
    arrived = [
        order for order in world.of(shop.platform) if not order.test and order.placed_at < begins and order.story == "normal"
    ]
    if voices is None or not arrived:
        return
    # Every shop begins at a minute of its own, so that they do not all speak at once.
    first = (begins + FIRST + timedelta(minutes=_draw(shop.key, 0) % 60)).replace(microsecond=0)
    script = list(_script(voices, shop.locale))
    for turn, (meant, stars, text) in enumerate(script):
        order = arrived[_draw(shop.key, turn + 1) % len(arrived)]
        remark = Remark(
            number=_number(shop, turn),
            order=order,
            item=order.items[0],
            stars=stars or None,
            text=text,
            at=first + turn * SPACING if turn + 1 < len(script) else begins + LATEST,
            by_platform=meant == "default",
            follows=_number(shop, 0) if text == _FOLLOW_UP[_language(shop.locale)] else None,
        )
        yield _fated(voices, Opinion(shop, remark, meant), begins)


def _fated(voices: Voices, opinion: Opinion, begins: datetime) -> Opinion:
    """With what becomes of it: the first complaint of a shop is edited, the second taken back, where the platform knows that."""
    complaints = [text for _, text in _COMPLAINTS[_language(opinion.place.locale)]]
    if voices.edits and opinion.remark.text == complaints[0]:
        return replace(opinion, edit=(begins + CHANGES, *_LATER[_language(opinion.place.locale)]))
    if voices.deletes and opinion.remark.text == complaints[1]:
        return replace(opinion, gone_at=begins + CHANGES)
    return opinion


def _script(voices: Voices, locale: str) -> Iterator[tuple[Meant, int, str]]:
    """What is written at a shop, in its order through a day: praise and complaints by turns, as far as the platform has them."""
    if voices.asks:
        yield from (("question", 0, text) for text in _QUESTIONS)
        return
    language = _language(locale)
    praise, plain, complaints = _PRAISE[language], _PLAIN[language], _COMPLAINTS[language]
    yield ("praise", *praise[0])
    yield ("complaint", *complaints[0])
    yield ("complaint", *complaints[1])
    yield ("plain", *plain[0])
    yield ("praise", *praise[1])
    yield ("praise", *praise[2])
    if voices.defaults:
        yield ("default", 5, _DEFAULT[language])
    yield ("complaint", *complaints[2])
    yield ("praise", *praise[3])
    if voices.follows:
        yield ("complaint", 2, _FOLLOW_UP[language])
    yield ("complaint", *complaints[3])
    yield ("praise", *praise[4])
    yield ("plain", *plain[1])


def _language(locale: str) -> str:
    return "zh" if locale == "zh" else "en"


def _draw(key: str, turn: int) -> int:
    return int(hashlib.sha256(f"wall/{key}/{turn}".encode()).hexdigest()[:12], 16)


def _number(shop: Shop, turn: int) -> int:
    """The remark's id, good on every platform."""
    return 10**11 + _draw(shop.key, turn + 1000) % 10**11 * 1000 + turn
