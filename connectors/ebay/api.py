"""eBay's API: hosts, tokens, public keys, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.bearer import with_token
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.oauth2 import FORM, Grant, granted, renewed
from chalicelib.toolkit.public_keys import DIGESTS, p256_key
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.signing import b64
from connectors.ebay.payloads import ApiErrors, KeyAnswer
from connectors.ebay.values import KEY, READ

HOSTS = {"production": "api.ebay.com", "sandbox": "api.sandbox.ebay.com"}
TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - an address
APP_SCOPE = "https://api.ebay.com/oauth/api_scope"
# Calls a day for an application [third-party notes]: spread, with room for a backlog.
FULFILMENT = Rate("fulfillment", every=0.9, burst=2_000)
POST_ORDER = Rate("post-order", every=18.0, burst=200)


def host(account: Account) -> str:
    """The host of the account's environment. ConfigError when the option is neither production nor sandbox."""
    chosen = account.options.get("environment", "production")
    if chosen not in HOSTS:
        raise ConfigError("environment-unknown", "option environment must be production or sandbox", connector=KEY)
    return HOSTS[chosen]


def get(api: Api, path: str, query: Sequence[tuple[str, str]] = (), *, rate: Rate | None = None, scheme: str = "Bearer") -> bytes:
    """Read `path` with the seller's token; one that is over is renewed once. Skippable on 404, Permanent on other refusals."""
    url = f"https://{host(api.account)}{path}"

    def send(token: str) -> HttpResponse:
        headers = {"authorization": f"{scheme} {token}", "accept": "application/json"}
        return api.http.send(HttpRequest("GET", url, tuple(query), headers, rate=rate))

    return _body(with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY), path)


def speak(api: Api, path: str, body: Mapping[str, object]) -> bytes:
    """Say something to a buyer, once; see toolkit.saying. Permanent with the platform's own code where it refuses."""
    url, payload = f"https://{host(api.account)}{path}", msgspec.json.encode(body)

    def send(token: str) -> HttpResponse:
        headers = {"authorization": f"Bearer {token}", "accept": "application/json", "content-type": "application/json"}
        with said_once(api, KEY) as once:
            return once.http.send(HttpRequest("POST", url, headers=headers, body=payload))

    answer = with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY)
    if 200 <= answer.status < 300:
        return answer.body
    raise Permanent("reply-refused", f"eBay refuses it: HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def _codes(answer: HttpResponse) -> str:
    """The numbers of the errors: their texts may repeat what was said."""
    try:
        found = READ.decode(ApiErrors, answer.body, None).errors or []
    except Permanent:
        found = []
    return ", ".join(str(each.error_id) for each in found if isinstance(each.error_id, int)) or "no code"


def _body(answer: HttpResponse, path: str) -> bytes:
    kind = path.split("/")[-2]
    if answer.status == 200:
        return as_json(answer.body, connector=KEY)
    if answer.status == 404:
        raise Skippable("resource-missing", f"eBay has no such {kind}", connector=KEY)
    raise Permanent("platform-refused", f"{kind} answers HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new access token. The refresh token stays the same for its 18 months; a scope is not asked for, so all granted ones come.

    Permanent("token-revoked") when the seller must authorise again, ConfigError when the application is refused.
    """

    def refreshed(refresh_token: str) -> Token:
        grant = _grant(api, {"grant_type": "refresh_token", "refresh_token": refresh_token})
        return Token(grant.access_token, api.now() + grant.life, refresh_token)

    return renewed(last.refresh_token if last else None, api.secrets.values.get("refresh_token", ()), refreshed, connector=KEY)


def _grant(api: Api, form: Mapping[str, str]) -> Grant:
    basic = b64(f"{api.secrets.one('client_id')}:{api.secrets.one('client_secret')}".encode())
    headers = {**FORM, "authorization": f"Basic {basic}"}
    url = f"https://{host(api.account)}{TOKEN_PATH}"
    answer = api.http.send(HttpRequest("POST", url, headers=headers, body=urlencode(form).encode()))
    return granted(answer.status, answer.body, connector=KEY)


def fetch_key(key_id: str, api: Api) -> str:
    """The public key of this id, in PEM, a line with its digest before it. Rejected when eBay knows none, Retriable later.

    It is asked for with the application's own token, which is used this once and not kept.
    """
    token = _grant(api, {"grant_type": "client_credentials", "scope": APP_SCOPE}).access_token
    url = f"https://{host(api.account)}/commerce/notification/v1/public_key/{key_id}"
    answer = api.http.send(HttpRequest("GET", url, headers={"authorization": f"Bearer {token}", "accept": "application/json"}))
    if answer.status in (400, 404):
        raise Rejected("key-unknown", "eBay knows no such key", connector=KEY)
    if answer.status != 200:
        raise Retriable("key-unavailable", f"the key's address answers HTTP {answer.status}", connector=KEY)
    try:
        told = READ.decode(KeyAnswer, answer.body, None)
        p256_key(told.key)
    except (Permanent, ValueError):
        raise Retriable("key-unavailable", "the answer holds no key", connector=KEY) from None
    if told.digest not in DIGESTS or (told.algorithm or "").upper() != "ECDSA":
        raise Rejected("key-unknown", "a key of another kind", connector=KEY)
    return f"digest: {told.digest}\n{told.key}"
