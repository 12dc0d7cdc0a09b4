"""A browser without a screen: it keeps cookies, follows redirects, fills in forms, and checks what every answer has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.adapters.console_pages import ConsolePages
from chalicelib.bootstrap import Application
from chalicelib.console.front import Front
from chalicelib.console.view import ConsoleView
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.functional.stack import CONFIG, Stack

BASE = "https://hooks.example.com"
RESOURCES = {"/console": ["ANY"], "/console/{proxy+}": ["ANY"]}
ADDRESSES = {role: f"{role}@demo.example" for role in ("viewer", "marketing", "ops", "owner")}
PEOPLE = "[console]\n" + "".join(f'[[console.people]]\naddress = "{ADDRESSES[role]}"\nrole = "{role}"\n' for role in ADDRESSES)
CONSOLE = CONFIG + PEOPLE

_PAGES = ConsolePages()  # templates are compiled once, as in a process that serves


@dataclass
class Form:
    """A form as a page has it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(told.get("action", ""), told.get("method", "get").upper())
            self.forms.append(self._open)
        elif tag in ("input", "select", "textarea", "button") and self._open is not None and told.get("name"):
            if told.get("type") not in ("checkbox", "radio") or "checked" in told:
                self._open.fields[told["name"]] = told.get("value", "")
        elif tag in ("a", "link", "script", "img"):
            self.links.append(told.get("href") or told.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


class _Live(HTMLParser):
    """What would run, or look otherwise than our style says: markup, and not text that merely reads like it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if (tag in ("style", "iframe", "object", "embed", "base") and "sandbox" not in names) or (
            tag == "script" and "src" not in names
        ):
            self.found.append(tag)
        self.found += [name for name in names if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        self.found += [value for _, value in attrs if value and value.strip().lower().startswith("javascript:")]


@dataclass
class Got:
    """An answer."""

    status: int
    body: str
    headers: dict[str, list[str]]
    path: str

    @property
    def forms(self) -> list[Form]:
        """Its forms."""
        reader = _Forms()
        reader.feed(self.body)
        return reader.forms

    @property
    def links(self) -> list[str]:
        """What it points to."""
        reader = _Forms()
        reader.feed(self.body)
        return reader.links

    def form(self, ending: str) -> Form:
        """The one form whose action ends so."""
        (found,) = [each for each in self.forms if urlsplit(each.action).path.endswith(ending)]
        return found

    @property
    def location(self) -> str:
        """Where it leads."""
        return self.headers["Location"][0]


class Browser:
    """One person's browser."""

    def __init__(self, apps: Iterable[Application], base: str = BASE, *, language: str = "en") -> None:
        kept = list(apps)
        self.front = Front(lambda: kept, ConsoleView(_PAGES))
        self._apps = kept
        self._prefix = urlsplit(base).path
        self._language = language
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Got:
        """GET, as it is answered."""
        return self.ask("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Got:
        """POST a form, as it is answered."""
        return self.ask("POST", path, form, headers)

    def open(self, path: str) -> Got:
        """GET, and on where it leads."""
        got = self.get(path)
        return self.open(got.location) if got.status == 303 else got

    def submit(self, form: Form, **fields: str) -> Got:
        """Send a form off, and on where it leads."""
        got = self.post(form.action, form.fields | fields)
        return self.open(got.location) if got.status == 303 else got

    def ask(self, method: str, path: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> Got:
        """A request through the gateway's event."""
        parts = urlsplit(path)
        assert parts.path.startswith(self._prefix), f"{path} is outside {self._prefix}"
        target = parts.path[len(self._prefix) :]
        told = {"Accept-Language": self._language, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items() if v)}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = b"" if form is None else urlencode(form).encode()
        if form is not None:
            told.setdefault("Content-Type", "application/x-www-form-urlencoded")
        match = RouteTable(RESOURCES).match(target, method)
        assert match is not None
        request = HttpIn(method, target, parts.query, [(k, v) for k, v in told.items() if v], body, "192.0.2.7")
        event = proxy_event(request, match, self._prefix.strip("/"), self._apps[0].parts.clock.now())
        answer = self.front.answer(event).event()
        got = Got(answer["statusCode"], answer["body"], answer["multiValueHeaders"], path)
        self._keep(got)
        assert_guarded(got)
        return got

    def sign_in(self, stack: Stack, role: str = "owner", address: str = "") -> Got:
        """The whole way, through the mail."""
        page = self.open(f"{self._prefix}/console/sign-in")
        before = len(stack.channel.mails)
        self.submit(page.form("/sign-in"), address=address or ADDRESSES[role])
        assert len(stack.channel.mails) == before + 1
        link = mailed_link(stack)
        entering = self.get(urlsplit(link).path)
        assert entering.status == 200, entering.body
        return self.submit(entering.form(urlsplit(link).path))

    def _keep(self, got: Got) -> None:
        for told in got.headers.get("Set-Cookie", []):
            name, _, rest = told.partition("=")
            value, *attributes = rest.split("; ")
            assert {"HttpOnly", "SameSite=Lax"} <= set(attributes), told
            assert f"Path={self._prefix}/console" in attributes, told
            self.cookies[name] = value.strip('"')


def read(got: Got) -> str:
    """What is read on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", got.body).split())


def mailed_link(stack: Stack) -> str:
    """The link of the last mail."""
    found = re.search(r"https?://\S+/console/enter/\S+", stack.channel.mails[-1].rendered.text)
    assert found is not None
    return found[0]


def assert_guarded(got: Got) -> None:
    """What every answer has."""
    policy = got.headers["Content-Security-Policy"][0]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy or policy.startswith("sandbox;")
    assert got.headers["X-Content-Type-Options"] == ["nosniff"]
    assert got.headers["Cache-Control"][0].startswith(("no-store", "public"))
    if "text/html" in got.headers["Content-Type"][0] and not policy.startswith("sandbox;"):
        reader = _Live()
        reader.feed(got.body)
        assert not reader.found, reader.found


def stack_with_console(engine: Any, config: str = CONSOLE) -> Stack:
    """A stack whose people may sign in."""
    return Stack(engine, config)
