"""Questions that are asked again and again: grouped, answered once by a person, and that answer offered to whoever asks the same.

Two questions are alike by the words that carry something (Jaccard over their tokens), within one product; what changes the answer
however short it is (numbers, sizes, no and not) has to be the same in both. Grouping joins what is alike, step by step, so that a
group does not depend on the order in which its questions came. Nothing personal is kept: a question is scrubbed before it is
stored.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple, Protocol

import msgspec

from chalicelib.config import Config
from chalicelib.domain.reply_check import Objection, objections
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import Rejected
from chalicelib.ports import Clock
from chalicelib.ports_cases import CaseKey, CaseStore, Written
from chalicelib.tellings import Tellings, Told
from chalicelib.understanding import scripts
from chalicelib.understanding.scrub import scrubbed

ALIKE = Fraction(3, 5)  # joins a group
NEAR = Fraction(4, 5)  # is answered with the group's answer
LEAST = 2  # so many questions are a group
MOST = 2_000  # questions of an account that are grouped, the newest first

_RUNS = re.compile("[\u3400-\u9fff]+|[\u0e00-\u0e7f]+|[^\\W_\u3400-\u9fff\u0e00-\u0e7f]+")
_ASKS_BOTH = re.compile("([\u3400-\u9fff])[不没]\\1")  # 能不能, 有没有: a question, and no negation
_TAKEN_OUT = re.compile(r"\[(?:mail|link|handle|address|postcode|name)\]")  # as scrub writes it: nothing of the question
_NUMBER = "0n"  # stands for a long number that was taken out: which one it was may be the whole question
_THAI = 4  # Thai writes no blanks between words: so many characters at a time
# Greetings, courtesy and what every question has. Without accents, as many people write.
_IDLE = frozenset(
    (  # noqa: SIM905
        "的 了 吗 嘛 么 呢 吧 啊 呀 哦 哈 请问 请 问 一下 想 您好 你好 亲 在 在吗 老板 客服 我 我们 你 你们 您 这个 这款 款 这 那 "
        "是 麻烦 谢谢 感谢 知道 有人 就是 "
        "hi hello hey please thanks thank you could can would will i we the a an is are it its this that do does of to for in on "
        "my me there hola buenas buenos dias tardes noches gracias por favor el la los las un una de del es este esta esto quiero "
        "quisiera saber consulta ola oi bom boa dia tarde noite obrigado obrigada o os as um uma e que gostaria se halo kak min "
        "gan mau tanya apakah ini itu yang ya dong sih chao shop cho hoi minh em nay co khong"
    ).split()
)
_SAME = {"能": "可以", "能够": "可以", "可": "可以"}
# What turns an answer round.
_TURNS = frozenset("不 没 无 不能 没有 不会 不是 no not without never sin sem nao tanpa tidak bukan chua".split())  # noqa: SIM905
_SIZES = frozenset("xs s m l xl xxl xxxl".split())  # noqa: SIM905


class Shop(NamedTuple):
    """Whose questions."""

    merchant: str
    platform: str
    account: str


class Faq(msgspec.Struct, frozen=True):
    """A question with the answer that somebody agreed to. `product` None: it holds for all of the shop's."""

    id: str
    product: str | None
    question: str
    tokens: tuple[str, ...]
    answer: str
    locale: str
    who: str
    at: datetime


class FaqStore(Protocol):
    """Agreed answers."""

    def all(self, shop: Shop) -> Iterator[Faq]:
        """Those of a shop, by id."""

    def put(self, shop: Shop, faq: Faq) -> None:
        """Keep one; what was kept under its id is replaced."""

    def remove(self, shop: Shop, faq_id: str) -> bool:
        """Forget one. False: there was none."""


class Asked(NamedTuple):
    """One question, scrubbed."""

    id: str
    product: str | None
    text: str


class Group(NamedTuple):
    """Questions that are alike; `question` the one that is most like all of them, `ids` all in order."""

    product: str | None
    question: str
    ids: tuple[str, ...]
    answered: str | None


class Suggested(NamedTuple):
    """An agreed answer to a question. `identical`: it asks the same in the same words, so that it may be said at once."""

    written: Written
    identical: bool


def tokens(text: str) -> frozenset[str]:
    """The words that a question is told from others by: small, without accents, greetings and idle words."""
    found = set[str]()
    asked = _TAKEN_OUT.sub(" ", text).replace("[number]", f" {_NUMBER} ")
    for run in _RUNS.findall(_ASKS_BOTH.sub(r"\1", _unaccented(scripts.prepared(asked)))):
        found.update(_words(run))
    return frozenset(_SAME.get(word, word) for word in found - _IDLE)


def alike(one: frozenset[str], other: frozenset[str]) -> Fraction:
    """How alike two questions are, 0 to 1: none where what turns the answer differs."""
    if not one or not other or _telling(one) != _telling(other):
        return Fraction(0)
    return Fraction(len(one & other), len(one | other))


def grouped(asked: Iterable[Asked]) -> list[Group]:
    """Groups of at least two, the largest first; the same for the same questions in any order."""
    by_product: dict[str | None, list[tuple[Asked, frozenset[str]]]] = {}
    for each in sorted(set(asked)):
        if words := tokens(each.text):
            by_product.setdefault(each.product, []).append((each, words))
    found = [_group(product, part) for product, members in by_product.items() for part in _parts(members) if len(part) >= LEAST]
    return sorted(found, key=lambda group: (-len(group.ids), group.product or "", group.question))


class Faqs:
    """Groups the questions of a shop, keeps what was agreed to, and finds it again."""

    def __init__(
        self, *, config: Callable[[], Config], store: FaqStore, cases: CaseStore, tellings: Tellings, clock: Clock
    ) -> None:
        self._config = config
        self._store = store
        self._cases = cases
        self._tellings = tellings
        self._clock = clock

    def groups(self, shop: Shop) -> list[Group]:
        """What is asked repeatedly, with the answer that it would get."""
        questions = [(place, case.noted_at) for place, case, _ in self._cases.all(*shop) if place.kind == "question"]
        newest = sorted(questions, key=lambda each: (each[1], each[0].id), reverse=True)[:MOST]
        told = (self._tellings.told(place) for place, _ in newest)
        kept = list(self._store.all(shop))
        found = grouped(Asked(each.key.id, each.plain.get("product_id"), _scrubbed(each)) for each in told if each and each.text)
        return [group._replace(answered=_answer_of(kept, group)) for group in found]

    def agreed(self, shop: Shop) -> list[Faq]:
        """All agreed answers."""
        return list(self._store.all(shop))

    def approve(self, place: CaseKey, answer: str, *, who: str, locale: str, all_products: bool = False) -> Faq:
        """Agree to an answer for a question and what is nearly the same. Rejected: no such question, or a text not to be said."""
        told = self._tellings.told(place) if place.kind == "question" else None
        words = tokens(_scrubbed(told)) if told else frozenset()
        if told is None or not words:
            raise Rejected("no-question", "there is no such question, or it asks nothing")
        against = self._against(place.platform, answer, locale, None, secrets=_names(told))
        if against:
            raise Rejected("not-to-be-said", ", ".join(dict.fromkeys(each.rule for each in against)))
        product = None if all_products else told.plain.get("product_id")
        name = _id(product, words)
        faq = Faq(name, product, _scrubbed(told), tuple(sorted(words)), answer, locale, who, self._clock.now())
        self._store.put(Shop(*place[:3]), faq)
        return faq

    def remove(self, shop: Shop, faq_id: str) -> None:
        """Take an agreed answer back. Rejected: there is none of that id."""
        if not self._store.remove(shop, faq_id):
            raise Rejected("no-answer", "there is no agreed answer of that id")

    def suggest(self, told: Told, limits: SayLimits | None) -> Suggested | None:
        """The agreed answer to a question that is nearly the same, where there is one that fits the limits. Own product first."""
        words, product = tokens(_scrubbed(told)), told.plain.get("product_id")
        ranked = _ranked(self._store.all(Shop(*told.key[:3])), words, product)
        for likeness, faq in ranked:
            if not self._against(told.key.platform, faq.answer, faq.locale, limits, secrets=_names(told)):
                return Suggested(Written(f"faq-{faq.id}", faq.answer), likeness == 1 and _NUMBER not in words)
        return None

    def _against(
        self, platform: str, answer: str, locale: str, limits: SayLimits | None, secrets: Sequence[str]
    ) -> tuple[Objection, ...]:
        banned = self._config().reviews.banned
        return objections(answer, locale=locale, platform=platform, limits=limits, banned=banned, secrets=secrets)


def _ranked(kept: Iterable[Faq], words: frozenset[str], product: str | None) -> list[tuple[Fraction, Faq]]:
    near = [(alike(words, frozenset(faq.tokens)), faq) for faq in kept if faq.product in (None, product)]
    near = [each for each in near if each[0] >= NEAR]
    return sorted(near, key=lambda each: (each[1].product is None, -each[0], each[1].id))


def _answer_of(kept: Iterable[Faq], group: Group) -> str | None:
    ranked = _ranked(kept, tokens(group.question), group.product)
    return ranked[0][1].answer if ranked else None


def _words(run: str) -> Iterator[str]:
    if "\u3400" <= run[0] <= "\u9fff":
        import rjieba

        yield from rjieba.cut(run, False)
    elif "\u0e00" <= run[0] <= "\u0e7f":
        yield from (run[at : at + _THAI] for at in range(max(1, len(run) - _THAI + 1)))
    else:
        yield run


def _unaccented(text: str) -> str:
    """Latin letters without accents; Thai keeps its vowels."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(char for char in apart if not unicodedata.combining(char) or "\u0e00" <= char <= "\u0e7f")


def _telling(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word in _TURNS or word in _SIZES or any(char.isdigit() for char in word))


def _parts(members: list[tuple[Asked, frozenset[str]]]) -> list[list[tuple[Asked, frozenset[str]]]]:
    """Joined by likeness: union of every pair that is alike."""
    root = list(range(len(members)))

    def find(at: int) -> int:
        while root[at] != at:
            root[at] = root[root[at]]
            at = root[at]
        return at

    for at, (_, words) in enumerate(members):
        for before in range(at):
            if alike(words, members[before][1]) >= ALIKE:
                root[max(find(at), find(before))] = min(find(at), find(before))
    parts: dict[int, list[tuple[Asked, frozenset[str]]]] = {}
    for at, member in enumerate(members):
        parts.setdefault(find(at), []).append(member)
    return list(parts.values())


def _group(product: str | None, part: list[tuple[Asked, frozenset[str]]]) -> Group:
    def middle(member: tuple[Asked, frozenset[str]]) -> tuple[Fraction, int, str]:
        near = sum((alike(member[1], words) for _, words in part), Fraction(0))
        return -near, len(member[0].text), member[0].text

    asked, _ = min(part, key=middle)
    return Group(product, asked.text, tuple(sorted(each.id for each, _ in part)), None)


def _id(product: str | None, words: frozenset[str]) -> str:
    return hashlib.sha256("\x1f".join((product or "", *sorted(words))).encode()).hexdigest()[:10]


def _names(told: Told) -> tuple[str, ...]:
    """What the question's record knows of who asked."""
    buyer = told.plain.get("buyer") or {}
    known = [buyer.get(name) for name in ("name", "phone", "email", "id")] + [told.plain.get("order_id")]
    return tuple(str(each) for each in known if each)


def _scrubbed(told: Told) -> str:
    return scrubbed(told.text, _names(told))
