"""Cutting a window to what a platform allows."""

from __future__ import annotations

from chalicelib.toolkit.windows import cut


def test_windows_meet_and_cover_all() -> None:
    assert cut(0, 25, 10) == [(0, 10), (10, 20), (20, 25)]
    assert cut(0, 20, 10) == [(0, 10), (10, 20)]
    assert cut(5, 6, 10) == [(5, 6)]


def test_an_empty_window_is_still_asked_once() -> None:
    assert cut(5, 5, 10) == [(5, 5)]
