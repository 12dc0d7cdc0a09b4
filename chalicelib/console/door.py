"""Signing in and out: what whoever is not signed in can reach, and what needs no merchant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.config_console import LOCALES
from chalicelib.console.urls import Urls
from chalicelib.console.web import LANGUAGE, Answer, Request, cookie
from chalicelib.domain.seats import Right
from chalicelib.errors import HuitouError, Rejected, Retriable
from chalicelib.signing_in import LINK_LASTS, SESSION_LASTS, Signed, form_token, fresh_secret, is_form_token

if TYPE_CHECKING:
    from chalicelib.bootstrap import Application
    from chalicelib.console.view import ConsoleView

KNOCK, SESSION = "huitou_knock", "huitou_session"
_YEAR = int(timedelta(days=365).total_seconds())


class Door:
    """One request's entrance."""

    def __init__(self, merchants: Sequence[Application], view: ConsoleView, urls: Urls) -> None:
        self._merchants = merchants
        self._view = view
        self._urls = urls

    def signed(self, request: Request) -> Signed | None:
        """Who holds the session's cookie."""
        home, _, secret = request.cookies.get(SESSION, "").partition(".")
        app = self._at(home)
        return app.signing_in.who(secret) if app is not None and secret else None

    def outside(self, request: Request) -> Answer:
        """What is there without a session: asking for a link, and using it. Everything else leads to the asking."""
        match request.method, request.path:
            case "POST", ("sign-in",):
                return self._asked(request)
            case "GET", ("enter", token):
                return self._entering(request, token)
            case "POST", ("enter", token):
                return self._enter(request, token)
            case "GET", ("sign-in",):
                return self._ask(request)
            case "POST", ("language",):
                return self._language(request)
            case "GET", ("authorised",):  # begun by command: the address is what the command asks for, and must stay in sight
                return Answer(200, self._view.door("authorised", request, self._urls))
            case "GET", _:
                return _go(self._urls.path("sign-in", next=self._wanted(request)))
        raise Rejected("signed-out", "nobody is signed in", status=403)

    def inside(self, request: Request, signed: Signed) -> Answer:
        """What is there for whoever is signed in, of no merchant in particular."""
        match request.method, request.path:
            case "POST", ("sign-out",):
                return self._leave(request, signed)
            case "POST", ("language",):
                return self._language(request)
            case "GET", ("authorised",):
                return self._authorised(request, signed)
            case "GET", _:
                return self._home(request, signed)
        raise Rejected("no-such-page", "not found", status=404)

    def _home(self, request: Request, signed: Signed) -> Answer:
        seats = [app.parts.config() for app in self._merchants if app.parts.config().console.seat(signed.address)]
        if request.path not in ((), ("",), ("sign-in",)) and request.path[:1] != ("enter",):
            raise Rejected("no-such-page", "not found", status=404)
        if not seats:
            return self._view.error(403, "no-seat", self._urls)
        if len(seats) == 1:
            return _go(self._urls.of(seats[0].merchant).at())
        return Answer(200, self._view.chooser([(each.merchant, each.name or each.merchant) for each in seats], request, self._urls))

    def _ask(self, request: Request) -> Answer:
        knock = request.cookies.get(KNOCK) or fresh_secret()
        page = self._view.door("sign_in", request, self._urls, form=form_token(knock), next=self._wanted(request))
        return Answer(200, page, headers=(self._cookie(KNOCK, knock, LINK_LASTS * 6),))

    def _asked(self, request: Request) -> Answer:
        """The same answer whether the address is listed or not."""
        knock = request.cookies.get(KNOCK, "")
        if not is_form_token(knock, request.field("form")):
            return _go(self._urls.path("sign-in"))
        address = request.field("address").strip().lower()[:320]
        home = next((app for app in self._merchants if app.parts.config().console.seat(address)), None)
        first = self._merchants[0]
        try:
            first.knocks.take(f"ip-{request.source_ip}")
            (home or first).knocks.take(f"address-{address}")
        except Retriable:
            first.parts.counters.count("console_refused", reason="too-many-links")
            home = None
        if home is not None:
            self._post(home, address, knock, request)
        return Answer(200, self._view.door("sent", request, self._urls, address=address))

    def _post(self, home: Application, address: str, knock: str, request: Request) -> None:
        config = home.parts.config()
        token = home.signing_in.link(address, knock)
        urls = Urls(config.base_url)
        link = urls.whole(urls.path("enter", token, next=urls.inside(request.field("next")) or ""))
        seat = config.console.seat(address)
        mail = self._view.link_mail(config, address, link, self._view.locale(request, seat), message=token.partition(".")[2][:16])
        home.parts.show_link(link)
        try:
            home.parts.channel().send(mail)
        except HuitouError as error:  # the answer must not tell who is listed
            home.failed(error)

    def _entering(self, request: Request, token: str) -> Answer:
        """A page with a button: what fetches links in mails must not use them up."""
        home, _, secret = token.partition(".")
        app, knock = self._at(home), request.cookies.get(KNOCK, "")
        if app is None or not app.signing_in.is_open(secret, knock):
            return Answer(410, self._view.door("link_over", request, self._urls))
        wanted = self._urls.inside(request.query.get("next", "")) or ""
        return Answer(200, self._view.door("enter", request, self._urls, token=token, form=form_token(knock), next=wanted))

    def _enter(self, request: Request, token: str) -> Answer:
        home, _, secret = token.partition(".")
        app, knock = self._at(home), request.cookies.get(KNOCK, "")
        if request.header("sec-fetch-site") not in ("", "same-origin", "none") or not is_form_token(knock, request.field("form")):
            raise Rejected("form-stale", "the page is too old, or not ours", status=403)
        signed = None if app is None else app.signing_in.enter(secret, knock)
        if app is None or signed is None:
            return Answer(410, self._view.door("link_over", request, self._urls))
        app.audit.note(signed.merchant, actor=signed.address, act="sign-in", subject="")
        kept = self._cookie(SESSION, f"{signed.merchant}.{signed.secret}", SESSION_LASTS)
        gone = self._cookie(KNOCK, "", timedelta())
        return _go(self._urls.inside(request.field("next")) or self._urls.path(), kept, gone)

    def _leave(self, request: Request, signed: Signed) -> Answer:
        if not is_form_token(signed.secret, request.field("form")):
            raise Rejected("form-stale", "the page is too old, or not ours", status=403)
        app = self._at(signed.merchant)
        if app is not None:
            app.signing_in.leave(signed.secret)
        return _go(self._urls.path("sign-in"), self._cookie(SESSION, "", timedelta()))

    def _authorised(self, request: Request, signed: Signed) -> Answer:
        """A shop's owner comes back from a platform; the state, signed and good once, says of which account."""
        told = dict(request.query)
        state, refused = told.pop("state", ""), Rejected("not-yours", "the role does not allow it", status=403)
        for app in self._merchants:
            config = app.parts.config()
            seat = config.console.seat(signed.address)
            if seat is None or not seat.may(Right.SECRETS):
                continue
            try:
                app.audit.note(config.merchant, actor=signed.address, act="account.authorised", subject="")
                shop = app.accounts.authorising.finish(state, told)
            except Rejected as error:
                refused = error
                continue
            return _go(self._urls.of(config.merchant).at("accounts", shop.platform, shop.account, said="done"))
        raise refused

    def _language(self, request: Request) -> Answer:
        """Which language pages are in changes nothing but the pages: it needs no token."""
        chosen = request.field("language")
        back = self._urls.inside(request.field("back")) or self._urls.path()
        if chosen not in LOCALES:
            return _go(back)
        return _go(back, self._cookie(LANGUAGE, chosen, timedelta(seconds=_YEAR)))

    def _at(self, merchant: str) -> Application | None:
        return next((app for app in self._merchants if app.parts.config().merchant == merchant), None)

    def _wanted(self, request: Request) -> str:
        """Where somebody wanted to go before they were asked who they are."""
        if request.path == ("sign-in",):
            return self._urls.inside(request.query.get("next", "")) or ""
        return self._urls.path(*request.path) if request.path and request.method == "GET" else ""

    def _cookie(self, name: str, value: str, lasts: timedelta) -> tuple[str, str]:
        return cookie(name, value, path=self._urls.root, secure=self._urls.secure, seconds=int(lasts.total_seconds()))


def _go(to: str, *headers: tuple[str, str]) -> Answer:
    return Answer(303, headers=(("Location", to), *headers))
