"""The front door: static files, signing in and out, and pages for whoever is signed in and may see them.

What every answer has: no script but ours and none inline, no framing by others, nothing kept by caches. What every deed has: the
token of a form of ours, a browser that says the form was on our own page, a right, and a line in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.console import door
from chalicelib.console.routes import MENU, ROUTES, find
from chalicelib.console.urls import AT, Urls
from chalicelib.console.visit import File, Go, Mail, Outcome, Route, Visit
from chalicelib.console.web import Answer, Request, read
from chalicelib.domain.seats import Seat
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected
from chalicelib.signing_in import Signed, is_form_token

if TYPE_CHECKING:
    from chalicelib.bootstrap import Application
    from chalicelib.console.view import ConsoleView

_OURS = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'"
_CLOSED = f"{_OURS}; base-uri 'none'; frame-ancestors 'none'"
_FRAMES = f"{_OURS}; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
_MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'"
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
)


class Front:
    """The console over the merchants of a deployment. `merchants`: their applications, in a fixed order."""

    def __init__(self, merchants: Callable[[], Sequence[Application]], view: ConsoleView) -> None:
        self._merchants = merchants
        self._view = view

    def answer(self, event: dict[str, object]) -> Answer:
        """A proxy event to its answer. Nothing that is refused says more than that it is."""
        home = self._home()
        try:
            urls = Urls(home.parts.config().base_url)
        except HuitouError as error:  # nobody's configuration can be read: there is no address to lead to
            home.failed(error)
            return Answer(
                503, "", "text/plain", headers=(*_ALWAYS, ("Content-Security-Policy", _CLOSED), ("Cache-Control", "no-store"))
            )
        try:
            request = read(event)
            found = self._static(request) or self._answer(request, urls)
        except Rejected as error:
            found = self._view.error(error.status, error.reason, urls)
        except HuitouError as error:
            home.failed(error)
            found = self._view.error(503, "unavailable", urls)
        return _guarded(found, urls)

    def _home(self) -> Application:
        return self._merchants()[0]

    def _static(self, request: Request) -> Answer | None:
        if len(request.path) == 2 and request.path[0] == "static" and request.method == "GET":
            return self._view.static(request.path[1])
        return None

    def _answer(self, request: Request, urls: Urls) -> Answer:
        entrance = door.Door(self._merchants(), self._view, urls)
        signed = entrance.signed(request)
        if signed is None:
            return entrance.outside(request)
        if request.path[:1] == (AT,) and len(request.path) > 1:
            return self._page(request, signed, urls, request.path[1], request.path[2:])
        return entrance.inside(request, signed)

    def _page(self, request: Request, signed: Signed, urls: Urls, merchant: str, path: tuple[str, ...]) -> Answer:
        """A page of a merchant. Whose seat is elsewhere learns nothing: neither whether the merchant is one, nor the page."""
        app, seat = self._seated(merchant, signed)
        route, caught = find(request.method, path) or (None, {})
        if app is None or seat is None or route is None:
            raise Rejected("no-such-page", "not found", status=404)
        if not seat.may(route.right):
            raise Rejected("not-yours", "the role does not allow it", status=403)
        if route.method == "POST":
            check_form(request, signed)
        here = urls.of(merchant)
        visit = Visit(app, request, seat, here, self._view.locale(request, seat), self._session(signed), caught)
        outcome = self._handled(route, visit)
        return self._rendered(outcome, visit, signed, route)

    def _session(self, signed: Signed) -> str:
        """The name of the session, which is kept at whatever merchant the person signed in."""
        homes = [app for app in self._merchants() if app.parts.config().merchant == signed.merchant]
        return homes[0].signing_in.name_of(signed.secret) if homes else ""

    def _handled(self, route: Route, visit: Visit) -> Outcome:
        try:
            if route.method == "POST":  # written before the act: what cannot be put on record does not happen
                note(visit, route.act or route.pattern)
            outcome = route.handle(visit)
        except (Rejected, ConfigError, Permanent) as error:
            if route.method == "GET" or error.reason == "no-such-page":
                raise
            return Go(_back(visit), failed=error.reason)
        return outcome

    def _seated(self, merchant: str, signed: Signed) -> tuple[Application | None, Seat | None]:
        for app in self._merchants():
            config = app.parts.config()
            if config.merchant == merchant:
                return app, config.console.seat(signed.address)
        return None, None

    def _rendered(self, outcome: Outcome, visit: Visit, signed: Signed, route: Route) -> Answer:
        if isinstance(outcome, Go):
            told = {"said": outcome.said, "failed": outcome.failed}
            query = "&".join(f"{name}={value}" for name, value in told.items() if value)
            joined = f"{outcome.to}{'&' if '?' in outcome.to else '?'}{query}" if query else outcome.to
            return Answer(303, headers=(("Location", joined),))
        if isinstance(outcome, Mail):
            return Answer(200, outcome.html, headers=(("Content-Security-Policy", _MAIL),))
        if isinstance(outcome, File):
            named = f'attachment; filename="{outcome.name}"'
            return Answer(200, outcome.content, outcome.content_type, (("Content-Disposition", named),))
        body = self._view.page(outcome, visit, signed, nav=route.nav, menu=self._menu(visit), merchants=self._names(signed))
        headers = (("Content-Security-Policy", _FRAMES),) if outcome.frames else ()
        return Answer(outcome.status, body, headers=headers)

    def _menu(self, visit: Visit) -> list[str]:
        """The headings under which this person has a page."""
        open_to = {route.nav for route in ROUTES if route.method == "GET" and visit.may(route.right)}
        return [name for name in MENU if name in open_to]

    def _names(self, signed: Signed) -> list[tuple[str, str]]:
        """The merchants at which this person has a seat: key and name."""
        configs = [app.parts.config() for app in self._merchants()]
        return [(each.merchant, each.name or each.merchant) for each in configs if each.console.seat(signed.address)]


def check_form(request: Request, signed: Signed) -> None:
    """Rejected 403 on a form that is none of ours: no token of this session, or a browser that says it came from elsewhere."""
    if request.header("sec-fetch-site") not in ("", "same-origin", "none"):
        raise Rejected("form-from-elsewhere", "another site sent it", status=403)
    if not is_form_token(signed.secret, request.field("form")):
        raise Rejected("form-stale", "the page is too old, or not ours", status=403)


def note(visit: Visit, act: str, subject: str = "") -> None:
    """Put on record what somebody did; the subject is a key or a name, never personal data."""
    told = subject or "/".join(visit.params.values())
    visit.app.audit.note(visit.merchant, actor=visit.seat.address, act=act, subject=told)


def _back(visit: Visit) -> str:
    """The page a deed was done from, as its form says."""
    return visit.urls.inside(visit.request.field("back")) or visit.urls.at()


def _guarded(answer: Answer, urls: Urls) -> Answer:
    named = {name.lower() for name, _ in answer.headers}
    headers = [*answer.headers, *_ALWAYS]
    if "content-security-policy" not in named:
        headers.append(("Content-Security-Policy", _CLOSED))
    if "cache-control" not in named:
        headers.append(("Cache-Control", "no-store"))
    if urls.secure:
        headers.append(("Strict-Transport-Security", "max-age=31536000"))
    return replace(answer, headers=tuple(headers))
