"""Repeated questions: what is alike, what is not however alike it looks, and the agreed answer found again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chalicelib import faq as module
from chalicelib.adapters.faq import DynamoFaqs
from chalicelib.adapters.table import Table
from chalicelib.domain.case import Telling
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import Rejected
from chalicelib.faq import ALIKE, NEAR, Asked, Faq, Faqs, Shop, alike, grouped, tokens
from chalicelib.ports_cases import CaseKey
from chalicelib.tellings import Told
from tests.functional.stack import Stack

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SHOP = Shop("demo", "mercadolibre", "acme")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("请问这款可以机洗吗？", "您好，可以机洗吗"),
        ("能不能机洗", "能机洗吗？"),
        ("有没有38码的", "请问有38码的吗"),
        ("可以機洗嗎", "可以机洗吗"),
        ("Hello, is it machine washable?", "machine washable??"),
        ("¿Hacen envíos a Córdoba?", "Hola, hacen envios a cordoba"),
        ("Olá, tem garantia?", "tem garantia"),
        ("Halo kak, apakah ini ready stock?", "ready stock kak"),
        ("สินค้ามีประกันไหม", "สินค้ามีประกันไหม"),
        ("Có bảo hành không shop?", "co bao hanh ko"),
    ],
)
def test_the_same_in_other_words_is_near(one: str, other: str) -> None:
    assert alike(tokens(one), tokens(other)) >= (NEAR if "ko" not in other else ALIKE)
    assert alike(tokens(other), tokens(one)) == alike(tokens(one), tokens(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("有38码的吗", "有39码的吗"),
        ("这件外套男生冬天穿着暖和吗适合北方吗要不要买大一码180斤", "这件外套男生冬天穿着暖和吗适合北方吗要不要买大一码140斤"),
        ("Is the jacket in size L waterproof for heavy rain", "Is the jacket in size M waterproof for heavy rain"),
        ("Does it work without the charger cable included", "Does it work with the charger cable included"),
        ("funciona sin el cargador original de fabrica", "funciona con el cargador original de fabrica"),
        ("可以机洗吗", "可以退货吗"),
        ("Is it original?", "Is it heavy?"),
        ("", "可以机洗吗"),
        ("您好，在吗", "您好，在吗"),
    ],
)
def test_what_turns_the_answer_round_is_not_near(one: str, other: str) -> None:
    assert alike(tokens(one), tokens(other)) < NEAR


def test_without_the_guard_of_numbers_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_telling", lambda words: frozenset())
    long = "这件外套男生冬天穿着暖和吗适合北方吗要不要买大一码{}斤"
    assert alike(tokens(long.format(180)), tokens(long.format(140))) >= NEAR


def test_groups_are_the_same_in_any_order() -> None:
    asked = [
        Asked("q1", "p1", "可以机洗吗"),
        Asked("q2", "p1", "您好请问可以机洗吗"),
        Asked("q3", "p1", "能机洗吗"),
        Asked("q4", "p1", "几天能到"),
        Asked("q5", "p2", "可以机洗吗"),
        Asked("q6", "p2", "Is it machine washable?"),
        Asked("q7", "p2", "hi, is this machine washable"),
        Asked("q8", None, "您好"),
    ]
    first = grouped(asked)
    assert [(group.product, group.question, group.ids) for group in first] == [
        ("p1", "能机洗吗", ("q1", "q2", "q3")),
        ("p2", "Is it machine washable?", ("q6", "q7")),
    ]
    dice = random.Random(6)
    for _ in range(30):
        dice.shuffle(asked)
        assert grouped([*asked, *asked[:3]]) == first


class Heard:
    """Tellings of a few questions."""

    def __init__(self, told: dict[str, Told]) -> None:
        self._told = told

    def told(self, place: CaseKey) -> Told | None:
        return self._told.get(place.id)


class Kept:
    """CaseStore of the same, each noted now."""

    def __init__(self, told: dict[str, Told]) -> None:
        self._told = told

    def all(self, *shop: str) -> Iterator[tuple[CaseKey, Any, int]]:
        for told in self._told.values():
            yield told.key, SimpleNamespace(noted_at=NOW), 1


class Memory:
    """FaqStore in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Shop, str], Faq] = {}

    def all(self, shop: Shop) -> Iterator[Faq]:
        yield from [faq for (of, _), faq in sorted(self.rows.items()) if of == shop]

    def put(self, shop: Shop, faq: Faq) -> None:
        self.rows[shop, faq.id] = faq

    def remove(self, shop: Shop, faq_id: str) -> bool:
        return self.rows.pop((shop, faq_id), None) is not None


def told_of(name: str, text: str, product: str | None = "p1", **more: Any) -> Told:
    key = CaseKey(*SHOP, "question", name)
    return Told(key, Telling(1, 0, name), {"text": text, "product_id": product, **more})


def faqs_of(*told: Told, banned: tuple[str, ...] = ()) -> tuple[Faqs, Memory]:
    store, known = Memory(), {each.key.id: each for each in told}
    config: Any = SimpleNamespace(reviews=SimpleNamespace(banned=banned))
    clock: Any = SimpleNamespace(now=lambda: NOW)
    cases, tellings = cast(Any, Kept(known)), cast(Any, Heard(known))
    return Faqs(config=lambda: config, store=store, cases=cases, tellings=tellings, clock=clock), store


WASH = told_of("q1", "¿Se puede lavar en lavadora?", buyer={"name": "Marta Ruiz", "id": "77"})
LIMITS = SayLimits(2000, once=True)


def test_an_agreed_answer_is_found_for_the_same_question_again() -> None:
    faqs, store = faqs_of(WASH, told_of("q2", "Hola, se puede lavar en lavadora?"))
    assert faqs.suggest(WASH, LIMITS) is None
    faq = faqs.approve(WASH.key, "Sí, a 30 grados.", who="ana", locale="es")
    again = faqs.suggest(told_of("q9", "hola, ¿se puede lavar en la lavadora? gracias"), LIMITS)
    assert again is not None
    assert again.written.text == "Sí, a 30 grados."
    assert again.written.template == f"faq-{faq.id}"
    assert again.identical
    near = faqs.suggest(told_of("q9", "¿se puede lavar en lavadora normal?"), LIMITS)
    assert near is not None
    assert not near.identical
    assert faqs.suggest(told_of("q9", "¿Se puede planchar?"), LIMITS) is None
    assert faqs.suggest(told_of("q9", "¿Se puede lavar en lavadora?", "p2"), LIMITS) is None
    (group,) = faqs.groups(SHOP)
    assert (group.ids, group.answered) == (("q1", "q2"), "Sí, a 30 grados.")
    faqs.remove(SHOP, faq.id)
    assert faqs.suggest(WASH, LIMITS) is None
    with pytest.raises(Rejected, match="no-answer"):
        faqs.remove(SHOP, faq.id)
    assert not store.rows


def test_a_long_number_that_was_taken_out_keeps_it_from_being_the_same() -> None:
    fits = told_of("q1", "¿Sirve para el modelo 90915100?")
    faqs, _ = faqs_of(fits)
    faqs.approve(fits.key, "Sí, sirve.", who="ana", locale="es")
    other = faqs.suggest(told_of("q9", "¿Sirve para el modelo 77715200?"), LIMITS)
    assert other is not None
    assert not other.identical
    assert faqs.suggest(told_of("q9", "¿Sirve para el modelo?"), LIMITS) is None


def test_an_answer_for_all_products_gives_way_to_the_products_own() -> None:
    faqs, _ = faqs_of(WASH)
    faqs.approve(WASH.key, "En general sí.", who="ana", locale="es", all_products=True)
    other = told_of("q9", "¿Se puede lavar en lavadora?", "p2")
    assert (found := faqs.suggest(other, LIMITS)) is not None
    assert found.written.text == "En general sí."
    faqs.approve(WASH.key, "Sí, a 30 grados.", who="ana", locale="es")
    assert (found := faqs.suggest(WASH, LIMITS)) is not None
    assert found.written.text == "Sí, a 30 grados."
    assert len(faqs.agreed(SHOP)) == 2


def test_agreeing_again_replaces_the_answer() -> None:
    faqs, _ = faqs_of(WASH)
    for answer in ("Sí.", "No."):
        faqs.approve(WASH.key, answer, who="ana", locale="es")
    assert [faq.answer for faq in faqs.agreed(SHOP)] == ["No."]


def test_nothing_personal_is_kept() -> None:
    asked = told_of(
        "q1", "Soy Marta Ruiz, llamen al +54 11 5555 0101 o ada@example.com: ¿se puede lavar?", buyer={"name": "Marta Ruiz"}
    )
    faqs, store = faqs_of(asked)
    faqs.approve(asked.key, "Sí.", who="ana", locale="es")
    (faq,) = store.rows.values()
    kept = repr(faq).casefold()
    for personal in ("marta", "ruiz", "5555", "0101", "example"):
        assert personal not in kept
    (shown,) = [faq.question for faq in faqs.agreed(SHOP)]
    assert "lavar" in shown


def test_an_answer_that_must_not_be_said_is_refused_and_never_suggested() -> None:
    faqs, store = faqs_of(WASH, banned=("barato",))
    for answer in ("", "Llámanos", "Sí, Marta Ruiz", "Es barato", "whatsapp: 1155550101"):
        with pytest.raises(Rejected, match="not-to-be-said"):
            faqs.approve(WASH.key, answer, who="ana", locale="es")
    assert not store.rows
    faqs.approve(WASH.key, "Sí, a 30 grados.", who="ana", locale="es")
    assert faqs.suggest(WASH, SayLimits(5)) is None
    # What was agreed to before a word was banned, or names who asks now, is not said.
    (stored,) = store.rows.items()
    store.rows[stored[0]] = _with(stored[1], "Pregunta Marta Ruiz")
    assert faqs.suggest(WASH, LIMITS) is None


def _with(faq: Faq, answer: str) -> Faq:
    return Faq(faq.id, faq.product, faq.question, faq.tokens, answer, faq.locale, faq.who, faq.at)


def test_a_question_that_asks_nothing_or_is_none_is_refused() -> None:
    faqs, _ = faqs_of(told_of("q1", "Hola, buenas tardes"))
    review = CaseKey(*SHOP, "review", "q1")
    for place in (told_of("q1", "").key, told_of("gone", "").key, review):
        with pytest.raises(Rejected, match="no-question"):
            faqs.approve(place, "Sí.", who="ana", locale="es")


@pytest.mark.parametrize("fixture", ["moto_engine", "dynamodb_local_engine"])
def test_the_table_keeps_them_by_shop(fixture: str, request: pytest.FixtureRequest) -> None:
    table: Table = Stack(request.getfixturevalue(fixture)).app.parts.table
    store, other = DynamoFaqs(table), Shop("demo", "mercadolibre", "a#b")
    one = Faq("1", "p#1", "¿Lavar?", ("lavar",), "Sí.", "es", "ana", NOW)
    two = Faq("2", None, "¿Planchar?", ("planchar",), "No.", "es", "ana", NOW)
    store.put(SHOP, two)
    store.put(SHOP, one)
    store.put(other, one)
    assert list(store.all(SHOP)) == [one, two]
    store.put(SHOP, _with(one, "No."))
    assert [each.answer for each in store.all(SHOP)] == ["No.", "No."]
    assert store.remove(SHOP, "1")
    assert not store.remove(SHOP, "1")
    assert list(store.all(SHOP)) == [two]
    assert list(store.all(other)) == [one]
    assert list(store.all(Shop("demo", "mercadolibre", "none"))) == []
