"""What mail clients do not do, as rules over a mail's HTML.

Own list, after what Outlook for Windows (Word's engine), Gmail (its sanitiser, clipping at 102 KB) and the web mailers are known
to drop or break. Only what a mail rests on counts: a style sheet may hold more, as it may be dropped whole.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_DROPPED_TAGS = frozenset(
    {"script", "iframe", "object", "embed", "form", "input", "button", "select", "textarea", "video", "audio"}
)
_DROPPED_TAGS |= {"canvas", "svg", "math", "link", "base", "frame", "frameset", "applet", "picture", "source", "template"}
# Not drawn, or drawn elsewhere, by one of the large clients.
_DROPPED_STYLE = re.compile(
    r"(?:^|;)\s*(?:position|float|display\s*:\s*(?:flex|grid|inline-flex|inline-grid)|grid[a-z-]*|flex[a-z-]*|gap|transform|animation|"
    r"transition|clip-path|object-fit|filter|z-index)\b",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"@import|url\s*\(|expression\s*\(|behavior\s*:|javascript\s*:|var\s*\(|calc\s*\(", re.IGNORECASE)
_BYTES = 100_000
_WIDTH = 600
_SHEET_BYTES = 8_192  # Gmail drops a style element beyond


class _Reader(HTMLParser):
    """Collects what the rules ask for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.root: dict[str, str] = {}
        self.metas: list[dict[str, str]] = []
        self.sheets: list[str] = []
        self.title = ""
        self.first = ""
        self._in: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self._in.append(tag)
        if tag == "html":
            self.root = known
        elif tag == "meta":
            self.metas.append(known)
        elif tag == "style":
            self.sheets.append("")
        if tag in _DROPPED_TAGS:
            self.found.append(f"element {tag}")
        self.found += [f"attribute {name}" for name in known if name.startswith("on")]
        self._look(tag, known)

    def _look(self, tag: str, known: dict[str, str]) -> None:
        style = known.get("style", "")
        if hit := _DROPPED_STYLE.search(style) or _OUTSIDE.search(style):
            self.found.append(f"style {hit[0].strip('; ')}")
        if tag == "img" and "alt" not in known:
            self.found.append("image without alt")
        if tag in ("img", "td", "table") and (known.get("src") or known.get("background")):
            self.found.append("image from outside")
        if tag == "a" and not re.match(r"https?://", known.get("href", "")):
            self.found.append("link that is none")
        if tag == "table" and known.get("role") not in ("presentation", "table"):
            self.found.append("table without role")
        if (width := re.match(r"\d+", known.get("width", ""))) and "%" not in known["width"] and int(width[0]) > _WIDTH:
            self.found.append(f"wider than {_WIDTH}")

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self._in:
            self.sheets[-1] += data
        elif "title" in self._in:
            self.title += data
        elif "body" in self._in and not self.first:
            self.first = data.strip()


def complaints(html: str, preheader: str) -> list[str]:
    """What a mail client would not show as it is meant; empty when nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = list(reader.found)
    names = {meta.get("name", meta.get("http-equiv", "")).lower(): meta.get("content", "") for meta in reader.metas}
    checks = {
        "no doctype": not html.lower().startswith("<!doctype html>"),
        "no lang": not reader.root.get("lang"),
        "no dir": reader.root.get("dir") not in ("ltr", "rtl"),
        "no title": not reader.title.strip(),
        "no charset": "utf-8" not in html[:2_000].lower(),
        "no viewport": "width=device-width" not in names.get("viewport", ""),
        "no colour scheme": names.get("color-scheme") != "light dark",
        "the preheader is not the first text": reader.first != preheader,
        "no width for Outlook": not re.search(rf'<!--\[if mso[^>]*>.*?width="{_WIDTH}"', html, re.DOTALL),
        "clipped": len(html.encode()) > _BYTES,
        "a style sheet is too long": any(len(sheet.encode()) > _SHEET_BYTES for sheet in reader.sheets),
        "a style sheet from outside": any(_OUTSIDE.search(sheet) for sheet in reader.sheets),
    }
    return found + [name for name, stands in checks.items() if stands]
