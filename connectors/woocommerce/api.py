"""Calls to the shop's own REST API: its address, its keys, and what its answers mean."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Sent, Target
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.hosts import shop_address
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.saying import said_once
from connectors.woocommerce.payloads import Said
from connectors.woocommerce.push import KEY, READ

DUPLICATE = "comment_duplicate"
_LATER = frozenset({"comment_flood"})


def root(account: Account) -> str:
    """The address of the shop's REST API. ConfigError when the option `store_url` is none that may be called."""
    return f"{shop_address(account.options.get('store_url'), connector=KEY, option='store_url').base}/wp-json"


def get(api: Api, path: str, query: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """Read `/wc/v3/{path}`. Skippable on 404, ConfigError where the keys or the address are wrong, Retriable on what is no JSON."""
    key, secret = api.secrets.one("consumer_key"), api.secrets.one("consumer_secret")
    headers, pairs = {"accept": "application/json"}, tuple(query)
    if api.account.options.get("auth", "basic") == "query":
        # Some hosts take the Authorization header away before the shop sees it.
        pairs += (("consumer_key", key), ("consumer_secret", secret))
    else:
        headers["authorization"] = _basic(key, secret)
    return _checked(api.http.send(HttpRequest("GET", f"{root(api.account)}/wc/v3/{path}", pairs, headers)), path.partition("/")[0])


def send(api: Api, method: str, path: str, body: Mapping[str, str]) -> HttpResponse:
    """Write to `/wc/v3/{path}`; otherwise as `get`."""
    key, secret = api.secrets.one("consumer_key"), api.secrets.one("consumer_secret")
    headers = {"accept": "application/json", "content-type": "application/json"}
    pairs: tuple[tuple[str, str], ...] = ()
    if api.account.options.get("auth", "basic") == "query":
        pairs = (("consumer_key", key), ("consumer_secret", secret))
    else:
        headers["authorization"] = _basic(key, secret)
    url = f"{root(api.account)}/wc/v3/{path}"
    return _checked(api.http.send(HttpRequest(method, url, pairs, headers, msgspec.json.encode(body))), path.partition("/")[0])


def comment(target: Target, text: str, api: Api) -> Sent:
    """Answer a review as WordPress does: a comment below it, whose markup WordPress reads, so that the text is escaped.

    WooCommerce's own keys do not reach that part of the site.
    """
    if target.kind != "review" or not target.id.isdigit() or not (target.product_id or "").isdigit():
        raise Permanent("target-malformed", "a reply goes to a review of a product, both by number", connector=KEY)
    body = {"post": int(target.product_id or 0), "parent": int(target.id), "content": html.escape(text, quote=False)}
    basic = _basic(api.secrets.one("wordpress_user"), api.secrets.one("wordpress_password"))
    headers = {"content-type": "application/json", "accept": "application/json", "authorization": basic}
    request = HttpRequest("POST", f"{root(api.account)}/wp/v2/comments", (), headers, msgspec.json.encode(body))
    with said_once(api, KEY) as once:
        answer = once.http.send(request)
    return _said(answer)


def total_of(response: HttpResponse) -> int:
    """How many rows there are in all, by the header that every list has."""
    told = response.headers.get("x-wp-total", "")
    if not (told.isascii() and told.isdigit() and len(told) < 12):
        raise Permanent("pull-truncated", "a list that does not tell how long it is", connector=KEY, path="X-WP-Total")
    return int(told)


def _checked(response: HttpResponse, what: str) -> HttpResponse:
    status = response.status
    if status in (200, 201):
        _require_json(response.body)
        return response
    if status in (404, 410):
        if _code(response.body) == "rest_no_route":
            raise ConfigError("api-missing", "the address has no WooCommerce REST API", connector=KEY)
        raise Skippable("resource-missing", f"the shop has no such resource under {what}", connector=KEY)
    if status in (401, 403):
        raise ConfigError("keys-refused", f"the shop refuses the keys for {what} ({status})", connector=KEY)
    if 300 <= status < 400:
        raise ConfigError("address-moved", "the shop answers with a redirect: set store_url to where it leads", connector=KEY)
    raise Permanent("platform-refused", f"{what} answers HTTP {status}", connector=KEY)


def _require_json(body: bytes) -> None:
    """Caches, firewalls and PHP's own warnings answer in HTML: a fault of the way, not of the resource."""
    try:
        decoder(msgspec.Raw).decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Retriable("answer-malformed", "the shop does not answer in JSON", connector=KEY) from None


def _said(response: HttpResponse) -> Sent:
    status, code = response.status, _code(response.body)
    if status in (200, 201):
        try:
            return Sent(ident(READ.decode(Said, response.body, None).id))
        except Permanent:
            raise Permanent("outcome-unknown", "the shop took the reply and did not answer in JSON", connector=KEY) from None
    if status == 409 and code == DUPLICATE:
        return Sent(None)  # the same words by the same author stand below that review already
    if code in _LATER:
        raise Retriable("platform-throttled", "the shop takes comments more slowly", after=60, connector=KEY)
    if status == 401:
        raise ConfigError("keys-refused", "the shop refuses the application password", connector=KEY)
    raise Permanent("platform-refused", f"the comment is refused with HTTP {status}", connector=KEY)


def _code(body: bytes) -> str | None:
    try:
        return ident(READ.decode(Said, body, None).code)
    except Permanent:
        return None


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"
