"""Text out of HTML, as a person reads it."""

from __future__ import annotations

import pytest

from chalicelib.toolkit.html import plain, unescaped


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (None, None),
        ("", None),
        ("<p></p>", None),
        ("<p>Nice album!</p>\n", "Nice album!"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
        ("&lt;b&gt;not a tag&lt;/b&gt;", "<b>not a tag</b>"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<!-- note -->text", "text"),
    ],
)
def test_plain(told: str | None, read: str | None) -> None:
    assert plain(told) == read


def test_entities_are_read_once() -> None:
    assert unescaped("Fish &amp;ndash; Chips &ndash; ") == "Fish &ndash; Chips –"
