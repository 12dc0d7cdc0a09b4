"""The mail of messages and the frame of digests, compiled from MJML: `python -m ops.mails` writes both anew, a test says when that
was forgotten.

MJML is needed here alone. What it makes is committed, so that nothing compiles, and no more is packed, at run time; and since the
template is compiled before a value is filled in, no value is ever read as MJML.
"""

from __future__ import annotations

import re
from pathlib import Path

import mjml

FOLDER = Path(__file__).parent.parent / "templates" / "messages"
SOURCE, COMPILED = FOLDER / "mail.mjml", FOLDER / "html.j2"
# A digest's sections are tables that loops fill: they stand in a frame, and their style is inlined when they are filled in.
DIGEST = Path(__file__).parent.parent / "templates" / "email"
FRAME, LAYOUT = DIGEST / "frame.mjml", DIGEST / "layout.html.j2"
_COMMENT = re.compile(r"<!--(?!\[if|<!\[endif).*?-->", re.DOTALL)


def compiled(source: str) -> str:
    """The Jinja template that an MJML source makes. ValueError: the source is no valid MJML."""
    try:
        page = mjml.mjml2html(_COMMENT.sub("", source), fonts={})  # no font is fetched from anywhere
    except Exception as error:
        raise ValueError(f"not MJML: {error}") from error
    return "\n".join(line.strip() for line in page.splitlines() if line.strip()) + "\n"


def layout(source: str) -> str:
    """The frame as a layout: its own style sheets are for clients that read them, and are not inlined once more."""
    page = compiled(source).replace("<!doctype html>", "<!DOCTYPE html>")
    return re.sub(r"<style(?! data-css-inline)", '<style data-css-inline="ignore"', page)


if __name__ == "__main__":
    COMPILED.write_text(compiled(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    LAYOUT.write_text(layout(FRAME.read_text(encoding="utf-8")), encoding="utf-8")
