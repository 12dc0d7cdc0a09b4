"""The small pages behind a mail's links."""

from __future__ import annotations

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.errors import ConfigError
from tests.unit.mail import pages

RENDERER = JinjaRenderer()
every_locale = pytest.mark.parametrize("locale", wording.MESSAGE_LOCALES)


@every_locale
def test_looking_asks_and_only_a_post_acts(locale: str) -> None:
    page = pages.read(RENDERER.page("unsubscribe", locale))
    forms = [known for tag, known in page.tags if tag == "form"]
    assert forms == [{"method": "post"}]
    assert [tag for tag, _ in page.tags].count("button") == 1
    assert not {"script", "img", "a", "link"} & {tag for tag, _ in page.tags}


@every_locale
@pytest.mark.parametrize("name", ["unsubscribed", "unknown"])
def test_the_others_only_tell(name: str, locale: str) -> None:
    page = pages.read(RENDERER.page(name, locale))
    assert not {"form", "button", "script", "a"} & {tag for tag, _ in page.tags}
    assert ("html", {"lang": locale, "dir": "ltr"}) in page.tags
    assert len(page.texts) == 2


@pytest.mark.parametrize("name", ["", "../email/layout", "page"])
def test_another_page_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        RENDERER.page(name, "en")


def test_every_page_speaks_its_own_language() -> None:
    for name in ("unsubscribe", "unsubscribed", "unknown"):
        shown = [pages.read(RENDERER.page(name, locale)).shown for locale in wording.MESSAGE_LOCALES]
        assert len(set(shown)) == len(wording.MESSAGE_LOCALES)
    assert RENDERER.page("unsubscribe", "de") == RENDERER.page("unsubscribe", "en")
    assert RENDERER.page("unsubscribe", "zh_Hant_HK") == RENDERER.page("unsubscribe", "zh-TW")
