"""Calls to the shop's REST API: OAuth 1.0a with four credentials that never expire, or a bearer where the shop allows it."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Sequence

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse
from chalicelib.errors import ConfigError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.hosts import shop_address
from chalicelib.toolkit.oauth1 import Credentials, authorization, encode
from connectors.magento.push import KEY_HOST
from connectors.magento.values import KEY

Pairs = Sequence[tuple[str, str]]


def root(account: Account) -> str:
    """The address of the shop's REST API, of one store view where the option `store_code` names it."""
    base = shop_address(account.options.get("store_url"), connector=KEY, option="store_url").base
    code = account.options.get("store_code")
    if code and not (code.isascii() and code.replace("_", "").isalnum()):
        raise ConfigError("option-malformed", "the option store_code is the code of a store view", connector=KEY)
    return f"{base}/rest/{code}/V1" if code else f"{base}/rest/V1"


def get(api: Api, path: str, query: Pairs = ()) -> bytes:
    """Read `path`. Skippable on 404, ConfigError where keys or address are wrong, Retriable on what is no JSON.

    The query is put into the URL as it was signed: a blank as %20, where a client's own encoding would write a plus.
    """
    url = f"{root(api.account)}/{path}"
    headers = {"accept": "application/json", "authorization": _authorization(api, url, query)}
    spelled = "&".join(f"{encode(name)}={encode(value)}" for name, value in query)
    return _checked(api.http.send(HttpRequest("GET", f"{url}?{spelled}" if spelled else url, (), headers)), path.partition("/")[0])


def search(field: str, value: str, size: int) -> Pairs:
    """The parameters of a search for one value."""
    prefix = "searchCriteria[filter_groups][0][filters][0]"
    return (
        (f"{prefix}[field]", field),
        (f"{prefix}[value]", value),
        (f"{prefix}[condition_type]", "eq"),
        ("searchCriteria[pageSize]", str(size)),
        ("searchCriteria[currentPage]", "1"),
    )


def fetch_key(path: str, api: Api) -> str:
    """The public key at `path` (checked before) on Adobe's one host. Rejected when there is none."""
    answer = api.http.send(HttpRequest("GET", f"https://{KEY_HOST}{path}"))
    if answer.status != 200:
        raise Rejected("key-unknown", "Adobe has no such key", connector=KEY)
    try:
        return answer.body.decode("ascii")
    except UnicodeDecodeError:
        raise Rejected("key-unknown", "what lies there is no key", connector=KEY) from None


def _authorization(api: Api, url: str, query: Pairs) -> str:
    if api.account.options.get("auth", "oauth") == "bearer":
        return f"Bearer {api.secrets.one('access_token')}"
    four = Credentials(
        *(api.secrets.one(name) for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"))
    )
    return authorization("GET", url, query, four, nonce=randomness.token_hex(16), timestamp=int(api.now().timestamp()))


def _checked(response: HttpResponse, what: str) -> bytes:
    status = response.status
    if status == 200:
        try:
            decoder(msgspec.Raw).decode(response.body)
        except (msgspec.DecodeError, RecursionError, ValueError):
            raise Retriable("answer-malformed", "the shop does not answer in JSON", connector=KEY) from None
        return response.body
    if status in (404, 410):
        raise Skippable("resource-missing", f"the shop has no such resource under {what}", connector=KEY)
    if status in (401, 403):
        raise ConfigError("keys-refused", f"the shop refuses the integration for {what} ({status})", connector=KEY)
    if 300 <= status < 400:
        raise ConfigError("address-moved", "the shop answers with a redirect: set store_url to where it leads", connector=KEY)
    raise Permanent("platform-refused", f"{what} answers HTTP {status}", connector=KEY)
