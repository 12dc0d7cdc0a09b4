"""Every shipped message, in every locale and variant: whole, in its own language, within the law and what clients can show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters import catalogue, message_view
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import adwords, wording
from chalicelib.errors import ConfigError
from tests.unit.mail import clients, every, pages

RENDERER = JinjaRenderer()
every_message = pytest.mark.parametrize("case", every.ALL, ids=every.NAMES)
_SCRIPTS = {"zh-CN": r"[\u4e00-\u9fff]", "zh-TW": r"[\u4e00-\u9fff]", "th": r"[\u0e00-\u0e7f]"}


def _mail(case: every.Case, **how: bool) -> wording.Rendered:
    return RENDERER.winback(case.values(**how), locale=case.locale, template=case.template, variant=case.variant)


def _line(case: every.Case, **how: bool) -> str:
    return RENDERER.line(case.values(**how), locale=case.locale, template=case.template, variant=case.variant)


def test_what_is_shipped() -> None:
    assert catalogue.templates() == every.TEMPLATES
    assert len(every.ALL) == (len(every.TEMPLATES) + 2) * len(wording.MESSAGE_LOCALES)
    for locale in wording.MESSAGE_LOCALES:
        for template in every.TEMPLATES:
            assert catalogue.message(template, locale, "a")[0] == locale
            expected = ("a", "b") if template in ("winback", "second_purchase") else ("a",)
            assert RENDERER.variants(template, locale) == expected


def test_every_locale_has_the_words_of_english() -> None:
    folder = catalogue.root() / "messages"

    def shape(path: Path) -> dict[str, Any]:
        table = catalogue._table(path)
        variants = {name: words for name, words in table.items() if isinstance(words, dict)} or {"": table}
        return {
            f"{name}.{key}": (len(words), _holes(" ".join(words))) if isinstance(words, list) else _holes(words)
            for name, section in variants.items()
            for key, words in section.items()
            # Whether a subject or a sentence names the shop is each language's own matter; what it may hold is checked below.
        }

    for english in [folder / "en.toml", *folder.glob("*/en.toml")]:
        for locale in wording.MESSAGE_LOCALES:
            assert shape(english.with_stem(locale)).keys() == shape(english).keys(), (english, locale)


def _holes(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\{(.*?)\}", text))


@every_message
def test_holes(case: every.Case) -> None:
    _, say, common = catalogue.message(case.template, case.locale, case.variant)
    allowed = {key: {"shop_name"} for key in ("subject", "subject_offer", "preheader", "preheader_offer", "body", "line")}
    allowed["line_offer"] = {"shop_name", "offer"}
    for key, words in say._table.items():
        holes = _holes(" ".join(words) if isinstance(words, list) else words)
        assert holes <= allowed.get(key, set()), key
        # A line stands alone, on a phone or in a chat: it has to say who speaks, and to hold the code.
        if key.startswith("line"):
            assert holes == allowed[key]
    for key, hole in {
        "greeting_name": "buyer_name",
        "hello_name": "buyer_name",
        "until": "offer_until",
        "why": "shop_name",
    }.items():
        assert _holes(common(key, **{hole: "x"})) == set()
        assert common(key, **{hole: "x"}) != common._table[key]


@every_message
@pytest.mark.parametrize("offer", [True, False])
@pytest.mark.parametrize("name", [True, False])
def test_it_is_whole(case: every.Case, offer: bool, name: bool) -> None:
    values, mail = case.values(offer=offer, name=name), _mail(case, offer=offer, name=name)
    page = pages.read(mail.html)
    link = values.get("survey_url", values["shop_url"])
    told = [value for key, value in values.items() if not key.endswith("_url")]
    for part in (page.shown, mail.text):
        assert [value for value in told if value not in part] == []
    scale = [f"{link}?score={score}" for score in range(11)] if "survey_url" in values else []
    assert [known["href"] for tag, known in page.tags if tag == "a"] == [*scale, link, values["unsubscribe_url"]]
    assert link in mail.text
    assert values["unsubscribe_url"] in mail.text
    line = _line(case, offer=offer, name=name)
    assert [value for value in (*told, link) if value != values["postal"] and value not in line] == []
    assert values["unsubscribe_url"] not in line
    for text in (mail.html, mail.text, mail.subject, mail.preheader, line):
        assert not re.search(r"[{}]\w|\{\{|\{%|None", text.split("</head>")[-1])
    assert "\n" not in line
    assert "  " not in line


@every_message
def test_a_reader_sees_their_own_language(case: every.Case) -> None:
    page = pages.read(_mail(case).html)
    assert page.tags[0] == ("html", page.tags[0][1] | {"lang": case.locale, "dir": "ltr"})
    if case.locale == "en":
        return
    table, english = (catalogue.message(case.template, locale, case.variant)[1]._table for locale in (case.locale, "en"))
    assert [key for key, words in table.items() if words == english[key]] == []
    if case.locale in _SCRIPTS:
        assert all(re.search(_SCRIPTS[case.locale], str(words)) for words in table.values())


def test_the_two_chinese_scripts_are_kept_apart() -> None:
    simplified, traditional = (
        "".join(
            path.read_text(encoding="utf-8").partition("\n")[2] for path in (catalogue.root() / "messages").rglob(f"{locale}.toml")
        )
        for locale in ("zh-CN", "zh-TW")
    )
    pairs = list(
        zip("们这个买东惠码优现后为进邮张点来们还时间过见选择", "們這個買東惠碼優現後為進郵張點來們還時間過見選擇", strict=True)
    )
    for one, other in pairs:
        if one != other:
            assert one not in traditional, one
            assert other not in simplified, other


@every_message
@pytest.mark.parametrize("offer", [True, False])
def test_the_subject_is_never_cut(case: every.Case, offer: bool) -> None:
    values = case.values(offer=offer) | {"shop_name": "W" * 24}
    mail = RENDERER.winback(values, locale=case.locale, template=case.template, variant=case.variant)
    assert "…" not in mail.subject
    assert 0 < wording.width(mail.subject) < 60
    assert 0 < wording.width(mail.preheader) <= 90
    assert mail.subject != mail.preheader


def test_variants_differ_in_every_word_that_is_tried() -> None:
    for case in every.ALL:
        if case.variant == "b":
            other = case._replace(variant="a")
            assert _mail(case).subject != _mail(other).subject
            assert _mail(case).text != _mail(other).text
            assert _line(case) != _line(other)


@every_message
@pytest.mark.parametrize("offer", [True, False])
def test_nothing_is_forbidden_and_nothing_too_long(case: every.Case, offer: bool) -> None:
    mail, line = _mail(case, offer=offer), _line(case, offer=offer)
    whole = "\n".join((mail.subject, mail.preheader, pages.read(mail.html).shown, mail.text))
    found = [*adwords.findings(whole, locale=case.locale, channel="email")]
    # Whatever the reader's language, the law of China's market is kept: the same words may be read there.
    found += adwords.findings(whole, locale="zh-CN", channel="email")
    for channel in ("sms", "wecom"):
        found += adwords.findings(line, locale=case.locale, channel=channel)
    if case.template != "survey":  # which is nothing without its link, and none for a marketplace's chat
        chat = {key: value for key, value in case.values(offer=offer).items() if key != "shop_url"}
        told = RENDERER.line(chat, locale=case.locale, template=case.template, variant=case.variant)
        found += adwords.findings(told, locale=case.locale, channel="chat")
    assert found == []


@every_message
def test_mail_clients_can_show_it(case: every.Case) -> None:
    for offer in (True, False):
        mail = _mail(case, offer=offer)
        assert clients.complaints(mail.html, mail.preheader) == []


@pytest.mark.parametrize(
    ("find", "put", "complaint"),
    [
        ("</body>", "<script>1</script></body>", "element script"),
        ("</head>", '<link rel="stylesheet" href="https://cdn.example/a.css"></head>', "element link"),
        ("<h1 ", '<h1 onclick="x" ', "attribute onclick"),
        ('<h1 style="', '<h1 style="position:absolute;', "style position"),
        ('<h1 style="', '<h1 style="display:flex;', "style display:flex"),
        ('<h1 style="', '<h1 style="display: grid;', "style display: grid"),
        ('<h1 style="', '<h1 style="background:url(https://cdn.example/a.png);', "style url("),
        ("</body>", '<img src="https://cdn.example/a.png"></body>', "image without alt"),
        ("</body>", '<img alt="x" src="https://cdn.example/a.png"></body>', "image from outside"),
        ("</body>", '<a href="#top">x</a></body>', "link that is none"),
        ("</body>", "<table><tr><td>x</td></tr></table></body>", "table without role"),
        ("</body>", '<table role="presentation" width="640"></table></body>', "wider than 600"),
        ('lang="en"', "", "no lang"),
        ('dir="ltr"', "", "no dir"),
        ("<!doctype html>", "", "no doctype"),
        ("A code for your next order is inside.", "", "the preheader is not the first text"),
        ('content="light dark"', "", "no colour scheme"),
        ("width=device-width", "", "no viewport"),
        ('width="600"', "", "no width for Outlook"),
        ("</body>", "x" * 100_000 + "</body>", "clipped"),
        ("</style>", "@import url(//x.example/a.css);</style>", "a style sheet from outside"),
        ("</style>", ".a{color:red}" * 700 + "</style>", "a style sheet is too long"),
    ],
)
def test_what_clients_cannot_show_is_told(find: str, put: str, complaint: str) -> None:
    mail = _mail(every.Case("winback", "en", "a"))
    assert find in mail.html
    assert complaint in clients.complaints(mail.html.replace(find, put), mail.preheader)


def test_a_template_that_needs_an_offer_is_not_sent_without() -> None:
    case = every.Case("offer_expiring", "en", "a")
    for key in ("offer", "offer_until"):
        values = {name: value for name, value in case.values().items() if name != key}
        for told in (RENDERER.winback, RENDERER.line):
            with pytest.raises(ConfigError) as caught:
                told(values, locale="en", template=case.template)
            assert caught.value.reason == "template-values"
            assert key in str(caught.value)


def _folder(path: Path, *locales: str) -> None:
    """A catalogue of one template in some locales, as a merchant might keep it."""
    source, target = catalogue.root() / "messages", path / "messages"
    (target / "winback").mkdir(parents=True)
    for locale in locales:
        for name in (f"{locale}.toml", f"winback/{locale}.toml"):
            (target / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")


@pytest.mark.parametrize(
    ("tag", "there", "expected"),
    [
        ("zh-TW", ("en", "zh-CN"), "zh-CN"),
        ("zh-TW", ("en",), "en"),
        ("th", ("en", "zh-CN"), "en"),
        ("zh-CN", ("en", "zh-TW"), "en"),
        ("pt-PT", ("en", "pt-BR"), "pt-BR"),
        ("de", ("en", "zh-CN"), "en"),
    ],
)
def test_a_missing_locale_falls_back(
    tag: str, there: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _folder(tmp_path, *there)
    monkeypatch.setattr(catalogue, "root", lambda: tmp_path)
    view = message_view.build(every.Case("winback", "en", "a").values(), locale=tag, template="winback", variant="a")
    assert view.tongue == expected
    # The shared words are of the same language as the template's own: no mail is half in one and half in another.
    assert view.unsubscribe == catalogue._table(tmp_path / "messages" / f"{expected}.toml")["unsubscribe"]


@pytest.mark.parametrize("hole", ["{shop_name.__class__}", "{0}", "{shop_name!r}", "{shop_name:>9}", "{}", "{shop_name[0]}"])
def test_a_word_table_reaches_for_nothing_but_a_value(hole: str) -> None:
    assert catalogue.Words({"x": f"a {hole} b"})("x", shop_name="Acme") == f"a {hole} b"


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert catalogue.Words({"x": "{shop_name} {offer}"})("x", shop_name="{offer}", offer="{shop_name}") == "{offer} {shop_name}"


def test_a_sentence_without_its_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        catalogue.Words({"x": "{shop_name} {offer}"})("x", shop_name="Acme")


def test_the_compiled_mail_is_up_to_date() -> None:
    from ops import mails

    assert mails.COMPILED.read_text(encoding="utf-8") == mails.compiled(mails.SOURCE.read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="MJML"):
        mails.compiled("<mjml><mj-body>")
