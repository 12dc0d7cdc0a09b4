"""The Selling Partner API: hosts, tokens, rates, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.bearer import renewed_by_form, with_token
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.oauth2 import FORM
from chalicelib.toolkit.saying import said_once
from connectors.amazon.payloads import ApiError, ApiErrors
from connectors.amazon.values import KEY, READ

TOKEN_HOST = "api.amazon.com"  # noqa: S105 - a host
REGIONS = ("na", "eu", "fe")
AGENT = "Huitou/1.0 (Language=Python)"
_CODE = re.compile(r"[A-Za-z]{1,40}", re.ASCII)

# Default usage plans [model]: requests a second and burst.
SEARCH_ORDERS = Rate("searchOrders", every=1 / 0.0056, burst=20)
GET_ORDER = Rate("getOrder", every=2.0, burst=30)
TRANSACTIONS = Rate("listTransactions", every=2.0, burst=10)
MESSAGING = Rate("messaging", every=1.0, burst=5)
SOLICITATIONS = Rate("solicitations", every=1.0, burst=5)


def host(account: Account) -> str:
    """The host of the account's region. ConfigError when an option is none of the known words."""
    region, environment = account.options.get("region", "na"), account.options.get("environment", "production")
    if region not in REGIONS or environment not in ("production", "sandbox"):
        raise ConfigError("region-unknown", "option region must be na, eu or fe, environment production or sandbox", connector=KEY)
    return f"{'sandbox.' if environment == 'sandbox' else ''}sellingpartnerapi-{region}.amazon.com"


def get(api: Api, path: str, query: Sequence[tuple[str, str]], rate: Rate) -> bytes:
    """Read `path`. Skippable on 404, Permanent on the other refusals."""
    answer = _send(api, HttpRequest("GET", path, tuple(query), rate=rate))
    if answer.status == 200:
        return as_json(answer.body, connector=KEY)
    if answer.status == 404:
        raise Skippable("resource-missing", f"Amazon has no such {path.split('/')[1]}", connector=KEY)
    raise Permanent("platform-refused", f"{path.split('/')[1]} answers HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def speak(api: Api, path: str, query: Sequence[tuple[str, str]], body: Mapping[str, object] | None, rate: Rate) -> None:
    """Send something to a buyer, once; see toolkit.saying. Permanent with Amazon's own code where it refuses."""
    sent = msgspec.json.encode(body) if body is not None else None
    answer = _send(api, HttpRequest("POST", path, tuple(query), body=sent, rate=rate), says=True)
    if not 200 <= answer.status < 300:
        raise Permanent("message-refused", f"Amazon refuses it: HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def _send(api: Api, request: HttpRequest, *, says: bool = False) -> HttpResponse:
    """Send to the account's host; `request` names the path alone. A token that is over is renewed once.

    `says`: tried once. The token is no part of that: while there is none, nothing was said.
    """
    url = f"https://{host(api.account)}{request.url}"

    def send(token: str) -> HttpResponse:
        headers = {
            "x-amz-access-token": token,
            "x-amz-date": api.now().strftime("%Y%m%dT%H%M%SZ"),
            "user-agent": AGENT,
            "accept": "application/json",
            "content-type": "application/json",
        }
        with said_once(api, KEY) if says else nullcontext(api) as through:
            return through.http.send(replace(request, url=url, headers=headers))

    return with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY, over=_token_over)


def _token_over(answer: HttpResponse) -> bool:
    """An expired token is told with 401, and on some operations with 403 and words: only those about the access token are."""
    if answer.status != 403:
        return answer.status == 401
    told = [f"{each.message or ''} {each.details or ''}".lower() for each in _errors(answer) if each.code == "Unauthorized"]
    return any("access token" in words and "expired" in words for words in told)


def _errors(answer: HttpResponse) -> list[ApiError]:
    try:
        return READ.decode(ApiErrors, answer.body, None).errors or []
    except Permanent:
        return []


def _codes(answer: HttpResponse) -> str:
    """The codes of the errors: their texts may repeat what was sent."""
    codes = [each.code for each in _errors(answer) if each.code and _CODE.fullmatch(each.code)]
    return ", ".join(codes) or "no code"


def renew(api: Api, last: Token | None) -> Token:
    """A new access token by Login with Amazon. Permanent("token-revoked") when the seller must authorise again."""
    url, headers = f"https://{TOKEN_HOST}/auth/o2/token", {**FORM, "user-agent": AGENT}
    return renewed_by_form(api, last, url, request=HttpRequest, token=Token, connector=KEY, headers=headers)
