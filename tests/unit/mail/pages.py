"""Reading a mail's HTML in tests: what text it shows, in which colours, and which elements and attributes it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "br", "img", "hr", "link", "input", "col"})


@dataclass
class Element:
    """An open element: its inherited colours and whether anything in it is shown."""

    tag: str
    color: str
    background: str
    shown: bool


@dataclass
class Text:
    """A piece of text that a reader sees."""

    words: str
    color: str
    background: str


@dataclass
class Page(HTMLParser):
    """A parsed mail. `rules` are class -> declarations that win over inline styles, as a client's style sheet does."""

    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[Text] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[Element] = [Element("", "#000", "#fff", True)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append((tag, known))
        style = _declarations(known.get("style", ""))
        for name in [tag, *(f".{entry}" for entry in known.get("class", "").split())]:
            style |= self.rules.get(name, {})
        outer = self.open[-1]
        shown = outer.shown and style.get("display") != "none" and tag not in ("style", "title", "head", "script")
        element = Element(
            tag, style.get("color", outer.color), style.get("background-color", style.get("background", outer.background)), shown
        )
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        here = self.open[-1]
        if here.shown and data.strip():
            self.texts.append(Text(data.strip(), here.color, here.background))

    @property
    def shown(self) -> str:
        """All text a reader sees."""
        return "\n".join(text.words for text in self.texts)


def read(html: str, rules: Mapping[str, Mapping[str, str]] | None = None) -> Page:
    """Parse a mail."""
    page = Page(rules or {})
    page.feed(html)
    page.close()
    return page


def media_rules(css: str, condition: str) -> dict[str, dict[str, str]]:
    """The declarations by class or tag inside `@media <condition>`."""
    block = css[css.index("@media " + condition) :]
    block = block[block.index("{") + 1 : block.index("\n}")]
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", block):
        for selector in selectors.split(","):
            rules.setdefault(selector.strip(), {}).update(_declarations(body.replace("!important", "")))
    return rules


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two hex colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    digits = color.removeprefix("#")
    digits = "".join(char * 2 for char in digits) if len(digits) == 3 else digits
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _declarations(style: str) -> dict[str, str]:
    return dict(_pairs(style))


def _pairs(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip(), value.strip()
