"""What is seen of a mail in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")

# Every piece of shown text with its own colour, the first opaque background behind it, and whether it is cut off.
LOOK = """() => {
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.getClientRects().length || element.closest('style')) continue;
    let behind = element;
    while (behind.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    out.push([getComputedStyle(element).color, getComputedStyle(behind).backgroundColor, element.getBoundingClientRect().right]);
  }
  return out;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; without one the test is skipped, or fails where one is required."""
    if not CHROMIUM.exists():
        if "chromium" in os.environ.get("HUITOU_REQUIRE", ""):
            pytest.fail("chromium is required and not installed")
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--headless", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


def hexed(color: Any) -> str:
    """`rgb(1, 2, 3)` as `#010203`."""
    numbers = [int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    return "#" + "".join(f"{number:02x}" for number in numbers)
