"""People who are signed in to a module's `shop`."""

from __future__ import annotations

import pytest

from tests.console.browser import Browser
from tests.functional.stack import Stack


@pytest.fixture(scope="module")
def owner(shop: Stack) -> Browser:
    """Somebody who may everything."""
    browser = Browser([shop.app])
    browser.sign_in(shop)
    return browser


@pytest.fixture(scope="module")
def viewer(shop: Stack) -> Browser:
    """Somebody who may look."""
    browser = Browser([shop.app])
    browser.sign_in(shop, "viewer")
    return browser
