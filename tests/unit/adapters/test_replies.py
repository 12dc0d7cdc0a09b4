"""Answers to reviews in words: each template is fit for each platform, varied, and nothing of a value comes alive."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from chalicelib.adapters import catalogue, replies
from chalicelib.adapters.replies import TemplateReplies, tone
from chalicelib.contract import Account, Target
from chalicelib.domain import reply_check
from chalicelib.domain.case import Band, Kind
from chalicelib.domain.reply_check import objections
from chalicelib.domain.voice import SayLimits
from chalicelib.domain.wording import MESSAGE_LOCALES
from chalicelib.ports_cases import Answered, ReplyWriter, Written
from chalicelib.understanding.hits import TOPICS
from connectors import registry
from connectors.woocommerce import api as woocommerce
from tests.unit.connectors.fakes import FakeHttp, make_api, reply
from tests.unit.mail.injections import MESSAGE_PAYLOADS

LOCALES = [tag for tag in MESSAGE_LOCALES if catalogue.replies(tag) is not None]
EVERY_TOPIC = ("none", *TOPICS)
BANDS: tuple[Band, ...] = get_args(Band)
KINDS: tuple[Kind, ...] = get_args(Kind)
PLATFORMS: dict[str, dict[Kind, SayLimits]] = {
    key: {kind: limits for kind in KINDS if (limits := replies_of.get(kind))}
    for key in registry.KEYS
    if (replies_of := registry.connector(key).info.replies)
}
SHOP = "Acme Tea"
SAID = re.compile(r"[^\W\d_]")


def about(**changes: Any) -> Answered:
    plain: dict[str, Any] = {
        "kind": "review",
        "platform": "shopee",
        "locale": "en",
        "band": "positive",
        "topics": (),
        "stars": 5,
        "severity": "none",
    }
    return Answered(**(plain | changes))


def write(draw: int = 0, limits: SayLimits | None = None, shop: str = SHOP, **changes: Any) -> Written | None:
    return TemplateReplies().write(about(**changes), shop_name=shop, limits=limits, draw=draw)


def cases(locale: str, platform: str = "shopee") -> list[Answered]:
    """All tones on all topics."""
    found = [about(locale=locale, platform=platform, kind="question", band="neutral")]
    for band, severity, topic in product(BANDS, ("none", "low", "high"), EVERY_TOPIC):
        found.append(about(locale=locale, platform=platform, band=band, severity=severity, topics=(topic,)))
    return found


def test_it_is_the_port() -> None:
    writer: ReplyWriter = TemplateReplies()
    assert writer.write(about(), shop_name=SHOP, limits=None, draw=7) == writer.write(about(), shop_name=SHOP, limits=None, draw=7)


def test_every_locale_of_messages_is_there() -> None:
    assert set(LOCALES) == set(MESSAGE_LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_tables_have_the_same_parts_and_topics(locale: str) -> None:
    table = catalogue.replies(locale)
    assert table is not None
    assert set(table) == {"gap", "place", "question", "positive", "positive_but", "neutral", "negative", "grave", "short"}
    for part in ("positive", "positive_but", "neutral", "negative"):
        assert set(table[part]) == {"open", "close", *EVERY_TOPIC}
    assert set(table["question"]) == set(table["grave"]) == {"open", "close"}
    assert set(table["short"]) == {"positive", "positive_but", "neutral", "negative", "grave"}
    assert set(table["place"]) - {"default"} <= set(registry.KEYS)
    texts = [text for part in ("positive", "neutral", "negative", "grave") for texts in table[part].values() for text in texts]
    assert len(texts) == len(set(texts))
    assert not [text for text in texts if re.sub(r"\{(place|shop_name)\}", "", text).count("{")]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_of_every_table_is_fit_to_be_said(locale: str) -> None:
    """All forms of all tones and topics, on a platform of China and one of the world."""
    table = catalogue.replies(locale)
    assert table is not None
    said = set()
    for case in cases(locale):
        for form in replies._forms(table, case, 0):
            said.add(form.text)
    assert len(said) > 100
    for at, text in enumerate(sorted(said)):
        platform = ("taobao", "ebay", "mercadolibre")[at % 3]
        place = table["place"].get(platform, table["place"]["default"])
        full = catalogue.Words({"": text})("", place=place, shop_name=SHOP)
        assert objections(full, locale=locale, platform=platform, limits=None) == (), full


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("platform", "kinds"), PLATFORMS.items())
def test_every_platform_gets_an_answer_that_it_takes(locale: str, platform: str, kinds: dict[Kind, SayLimits]) -> None:
    for kind, limits in kinds.items():
        for case, draw in product(cases(locale, platform), (0, 23)):
            if case.kind != kind:
                continue
            written = TemplateReplies().write(case, shop_name=SHOP, limits=limits, draw=draw)
            if kind == "question" and limits.once:
                assert written is None  # the one answer that there is belongs to somebody who knows
                continue
            assert written is not None, (case, draw)
            assert not reply_check.is_too_long(written.text, limits)
            assert objections(written.text, locale=locale, platform=platform, limits=limits) == ()
            assert "{" not in written.text
            assert SAID.search(written.text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", EVERY_TOPIC)
def test_praise_is_answered_in_many_ways(locale: str, topic: str) -> None:
    ways = {found for draw in range(200) if (found := write(draw, locale=locale, topics=(topic,)))}
    assert len({way.text for way in ways}) >= (8 if locale in ("zh-CN", "en") else 3)
    # A name of a template is a text and no other.
    assert len({way.template for way in ways}) == len({way.text for way in ways})


@pytest.mark.parametrize("locale", LOCALES)
def test_a_bad_review_is_thanked_for_named_and_led_to_the_platforms_own_chat(locale: str) -> None:
    table = catalogue.replies(locale)
    assert table is not None
    for topic, stars in product(EVERY_TOPIC, (1, 2)):
        written = write(3, SayLimits(500), locale=locale, band="negative", topics=(topic,), stars=stars, severity="medium")
        assert written is not None
        assert any(written.text.startswith(opening) for opening in table["negative"]["open"])
        assert any(middle in written.text for middle in table["negative"][topic])
        assert table["place"]["default"] in written.text or table["place"].get("shopee", "-") in written.text


@pytest.mark.parametrize("topic", EVERY_TOPIC)
@pytest.mark.parametrize("locale", LOCALES)
def test_where_the_limit_is_tight_it_is_said_shortly_and_the_topic_named_still(locale: str, topic: str) -> None:
    table = catalogue.replies(locale)
    assert table is not None
    limits = registry.connector("mercadolibre").info.replies["review"]
    for draw in range(6):
        written = write(draw, limits, locale=locale, platform="mercadolibre", band="negative", topics=(topic,), severity="medium")
        assert written is not None
        assert any(middle in written.text for middle in table["negative"][topic]), written


@pytest.mark.parametrize("locale", LOCALES)
def test_the_place_to_write_to_is_the_platforms(locale: str) -> None:
    ebay, taobao = (write(0, locale=locale, platform=one, band="negative") for one in ("woocommerce", "taobao"))
    assert ebay is not None
    assert taobao is not None
    assert ebay.text != taobao.text


def test_the_tone() -> None:
    assert tone(about()) == "positive"
    assert tone(about(severity="low")) == "positive_but"  # five stars with a complaint
    assert tone(about(severity="high")) == "grave"
    assert tone(about(band="negative", severity="high")) == "grave"
    assert tone(about(band="negative", severity="medium")) == "negative"
    assert tone(about(band="neutral")) == "neutral"
    assert tone(about(kind="question", severity="high")) == "question"


def test_the_weightiest_topic_that_has_words_is_named() -> None:
    known = write(band="negative", topics=("weather", "size", "price"))
    assert known is not None
    assert known.template.startswith("reply-negative-size-")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_longest_that_fits(locale: str) -> None:
    """From a limit that is wide enough down to one: never longer than the limit, never shorter than what fitted a tighter one."""
    free = write(2, locale=locale)
    assert free is not None
    assert write(2, SayLimits(len(free.text)), locale=locale) == free
    tighter = write(2, SayLimits(len(free.text) - 1), locale=locale)
    assert tighter is not None
    assert len(tighter.text) < len(free.text)
    assert tighter.template == f"{free.template}-brief"
    assert free.text.startswith(tighter.text)
    assert write(2, SayLimits(3), locale=locale) is None
    assert write(2, SayLimits(3, unit="gbk_bytes"), locale=locale) is None


@pytest.mark.fault(59)
def test_a_shop_name_is_told_and_nothing_of_it_comes_alive() -> None:
    """Twenty-four columns of one line, or none of it: markup stays text for the connector to escape, holes are not filled."""
    harmless = [write(draw) for draw in range(60)]
    told = [draw for draw, found in enumerate(harmless) if found and SHOP in found.text]
    assert told
    for payload, locale in product(MESSAGE_PAYLOADS, LOCALES):
        for draw in told[:3]:
            found = write(draw, shop=payload, locale=locale, limits=SayLimits(500))
            assert found is not None
            assert objections(found.text, locale=locale, platform="shopee", limits=SayLimits(500)) == ()
            assert len(found.text.splitlines()) == 1
            assert "49" not in found.text or "49" in payload
            assert "<class" not in found.text


class Markup(HTMLParser):
    """Whatever of a text is no text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    def handle_decl(self, decl: str) -> None:
        self.found.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.fault(59)
def test_where_a_platform_reads_markup_a_shops_name_is_sent_as_text() -> None:
    """Through the connector, as it goes over the wire."""
    shop = Account("demo", "woocommerce", "acme", {"store_url": "https://acme.example.com"})
    secrets = {"consumer_key": "k", "consumer_secret": "s", "wordpress_user": "u", "wordpress_password": "p"}
    draw = next(draw for draw in range(60) if (found := write(draw, platform="woocommerce")) and SHOP in found.text)
    alive = 0
    for payload in MESSAGE_PAYLOADS:
        found = write(draw, shop=payload, platform="woocommerce")
        assert found is not None
        http = FakeHttp({"POST /wp-json/wp/v2/comments": reply({"id": 1}, 201)})
        woocommerce.comment(Target("review", "88", product_id="41"), found.text, make_api(shop, secrets, http))
        sent = json.loads(http.sent[-1].body or b"")["content"]
        assert Markup(sent).found == []
        alive += bool(Markup(found.text).found)
    assert alive, "names without markup show nothing"


def test_a_shop_named_like_a_link_is_not_named() -> None:
    for draw in range(60):
        found = write(draw, shop="https://acme.example")
        assert found is not None
        assert "acme" not in found.text


def test_what_the_merchant_forbids_is_not_said() -> None:
    banned = ["kind"]
    writer = TemplateReplies(lambda: banned)
    found = {writer.write(about(), shop_name=SHOP, limits=None, draw=draw) for draw in range(60)}
    assert all(one and "kind" not in one.text for one in found)
    banned += ["you", "your"]
    assert writer.write(about(), shop_name=SHOP, limits=None, draw=0) is None


def test_a_language_without_words_is_a_persons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "root", lambda: tmp_path)
    assert write() is None


def test_a_writer_without_its_guard_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of length and the check of words both decide."""
    monkeypatch.setattr(reply_check, "objections", lambda *args, **more: ())
    writer = TemplateReplies(lambda: ["you"])
    found = writer.write(about(), shop_name=SHOP, limits=None, draw=0)
    assert found is not None
    assert "you" in found.text
    monkeypatch.setattr(reply_check, "is_too_long", lambda text, limits: False)
    assert write(0, SayLimits(3)) is not None
