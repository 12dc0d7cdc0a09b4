"""A digest as a mail: its view, the pictures drawn, the HTML kept below the size that clients clip, the files attached."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from chalicelib.adapters import charts, digest_files, digest_text, digest_view
from chalicelib.adapters.catalogue import words
from chalicelib.adapters.charts import Chart
from chalicelib.adapters.digest_model import Section, Shown, View
from chalicelib.domain.report import Report
from chalicelib.domain.wording import Picture, Rendered

BYTES = 100_000  # Gmail clips beyond 102 KB
SHOWN_WIDTH = 544
_CUTS = (12, 6, 3)  # rows a table, step by step, until the mail fits
# What is left out next, one after the other: who needs it finds all of it in the attached file.
_LAST = ("details", "creators", "carriers", "shipping", "structure", "stock", "currencies", "products", "messages", "channels")
_LOG = logging.getLogger(__name__)

Draw = Callable[[Chart], tuple[bytes, int, int]]


def render(report: Report, html: Callable[[View], str], draw: Draw = charts.draw) -> Rendered:
    """The mail. `html` writes a view as HTML. A chart that fails leaves its words and its table, never a mail unsent."""
    view, pictures = _drawn(digest_view.build(report), draw)
    page = ""
    for smaller in _sizes(view):
        page = html(smaller)
        if len(page.encode()) < BYTES:
            break
    return Rendered(view.subject, page, digest_text.write(view), view.preheader, pictures, digest_files.files(report))


def _drawn(view: View, draw: Draw) -> tuple[View, tuple[Picture, ...]]:
    pictures: list[Picture] = []
    sections = []
    for section in view.sections:
        shown = []
        for one in section.shown:
            made, picture = _picture(one, draw)
            shown.append(made)
            pictures += [picture] if picture else []
        sections.append(replace(section, shown=tuple(shown)))
    return view.with_sections(sections), tuple(pictures)


def _picture(shown: Shown, draw: Draw) -> tuple[Shown, Picture | None]:
    try:
        png, width, height = draw(shown.chart)
    except Exception as error:  # noqa: BLE001  # whatever a picture fails of, a reader gets the mail: with its figures as a table
        _LOG.warning("chart-failed", extra={"chart": shown.name, "error": type(error).__name__})
        return shown, None
    cid = f"{shown.name}.{hashlib.sha256(png).hexdigest()[:16]}@charts.huitou"
    return replace(shown, cid=cid, size=(SHOWN_WIDTH, height * SHOWN_WIDTH // width)), Picture(cid, png)


def _sizes(view: View) -> Iterator[View]:
    """The whole; then without details; with ever shorter tables; with ever fewer sections. What is left out is said."""
    yield view
    out = frozenset(section.key for section in view.sections if section.detail)
    if out:
        yield _without(view, out, view.sections)
    for rows in _CUTS:
        cut = [section.cut(rows) for section in view.sections]
        yield _without(view, out, cut)
    for key in _LAST:
        out |= {key}
        yield _without(view, out, cut)


def _without(view: View, keys: frozenset[str], sections: Iterable[Section]) -> View:
    left = [section for section in sections if section.key not in keys]
    titles = dict.fromkeys(section.title for section in view.sections if section.key in keys)
    if not titles:
        return view.with_sections(left)
    say = words("digest", view.locale)
    note = say("left_out", sections=say("separator").join(titles))
    return replace(view, sections=tuple(left), footer=(note, *view.footer))
