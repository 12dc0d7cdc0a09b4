"""The console over real HTTP, for a real browser: the gateway of the local runtime around the function's own handler."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.config import parse
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function
from tests.console.browser import ADDRESSES, BASE, CONSOLE, mailed_link
from tests.console.browser import Browser as Reader
from tests.functional.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Served:
    """A stack whose console listens at `url`, the stage included."""

    stack: Stack
    url: str

    def sign_in(self, page: Page, role: str) -> None:
        """As a person does it: asks, opens the mail's link in the same browser, presses the button."""
        page.goto(f"{self.url}/console")
        page.locator("#address").fill(ADDRESSES[role])
        page.locator("button.main").click()
        page.wait_for_load_state()
        page.goto(mailed_link(self.stack))
        page.locator("button.main").click()
        page.wait_for_url("**/console/m/demo**")


@contextmanager
def served(stack: Stack, stage: str = "", config: str = CONSOLE) -> Iterator[Served]:
    """Serve a stack's console; its configuration is told the public address first."""
    port = free_port()
    url = f"http://localhost:{port}" + (f"/{stage}" if stage else "")
    stack.config = parse(config.replace(BASE, url))
    front = Reader([stack.app], url).front
    function = Function("console", lambda event, _context: front.answer(event).event(), 29)
    apart = {"/console": function, "/console/{proxy+}": function}
    gateway = Gateway(function, {}, host="127.0.0.1", port=port, stage=stage, now=stack.clock.now, apart=apart)
    gateway.start()
    try:
        yield Served(stack, url)
    finally:
        gateway.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: Any = found.getsockname()[1]
    return int(number)
