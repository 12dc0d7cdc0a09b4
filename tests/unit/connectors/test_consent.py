"""Consent by a link: the page, the code exchanged, what the platform tells of the shop. One row a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.contract import Account, Authorises, Capability, HttpRequest, HttpResponse, RevokesTokens, Secrets, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable
from chalicelib.toolkit.iop import sign as iop_sign
from chalicelib.toolkit.signing import hmac_sha256
from connectors.registry import KEYS, connector
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

BACK = "https://hooks.example.com/console/authorised"
APP = {"app_key": "1001", "app_secret": "app secret of the tests"}
CLIENT = {"client_id": "1001", "client_secret": "client secret of the tests"}
HOUR = {"access_token": "at", "refresh_token": "rt", "expires_in": 3600}
BEIJING = {"access_token": "at", "refresh_token": "rt", "expires_in": "3600"}


@dataclass(frozen=True)
class Row:
    """A platform's consent. `page`: host and path; `asks`: what the page is given besides the state."""

    key: str
    secrets: Mapping[str, str]
    page: str
    asks: Mapping[str, str]
    route: str
    answer: Any
    sends: Mapping[str, str]
    learns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    refresh: str | None = "rt"
    life: timedelta | None = timedelta(hours=1)


SHOPIFY = {"shop": "acme.myshopify.com"}
ROWS = (
    Row(
        "lazada",
        APP,
        "auth.lazada.com/oauth/authorize",
        {"response_type": "code", "force_auth": "true", "redirect_uri": BACK, "client_id": "1001"},
        "GET /rest/auth/token/create",
        {"code": "0", **HOUR, "country_user_info": [{"country": "sg", "seller_id": 5}, {"country": "my", "seller_id": 6}]},
        {"code": "the-code"},
        {"seller_id": "5"},
        {"country": "sg"},
    ),
    Row(
        "aliexpress",
        APP,
        "api-sg.aliexpress.com/oauth/authorize",
        {"response_type": "code", "force_auth": "true", "redirect_uri": BACK, "client_id": "1001"},
        "POST /rest/auth/token/create",
        {"code": "0", **BEIJING, "seller_id": "7"},
        {"code": "the-code"},
        {"seller_id": "7"},
    ),
    Row(
        "shopee",
        {"partner_id": "847", "partner_key": "partner key of the tests"},
        "partner.shopeemobile.com/api/v2/shop/auth_partner",
        {"partner_id": "847", "timestamp": str(int(NOW.timestamp()))},
        "POST /api/v2/auth/token/get",
        {"error": "", "access_token": "at", "refresh_token": "rt", "expire_in": 3600},
        {"code": "the-code", "shop_id": 9, "partner_id": 847},  # type: ignore[dict-item]
        {"shop_id": "9"},
        back={"shop_id": "9"},
    ),
    Row(
        "tiktokshop",
        APP,
        "services.tiktokshop.com/open/authorize",
        {"service_id": "77"},
        "GET /api/v2/token/get",
        {"code": 0, "data": {"access_token": "at", "refresh_token": "rt", "access_token_expire_in": int(NOW.timestamp()) + 3600}},
        {"auth_code": "the-code", "grant_type": "authorized_code", **APP},
        options={"service_id": "77"},
    ),
    Row(
        "mercadolibre",
        CLIENT,
        "auth.mercadolivre.com.br/authorization",
        {"response_type": "code", "client_id": "1001", "redirect_uri": BACK},
        "POST /oauth/token",
        {**HOUR, "user_id": 11},
        {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": BACK, **CLIENT},
        {"user_id": "11"},
        {"site": "MLB"},
    ),
    Row(
        "ebay",
        CLIENT,
        "auth.ebay.com/oauth2/authorize",
        {"client_id": "1001", "redirect_uri": "Acme-Acme-Hui-abc", "response_type": "code", "scope": "a b"},
        "POST /identity/v1/oauth2/token",
        HOUR,
        {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": "Acme-Acme-Hui-abc"},
        options={"ru_name": "Acme-Acme-Hui-abc", "scope": "a b"},
    ),
    Row(
        "taobao",
        APP,
        "oauth.taobao.com/authorize",
        {"response_type": "code", "client_id": "1001", "redirect_uri": BACK, "view": "web"},
        "POST /token",
        HOUR,
        {"grant_type": "authorization_code", "code": "the-code", "client_id": "1001", "redirect_uri": BACK, "view": "web"},
    ),
    Row(
        "alibaba1688",
        APP,
        "auth.1688.com/oauth/authorize",
        {"client_id": "1001", "site": "1688", "redirect_uri": BACK},
        "POST /openapi/http/1/system.oauth2/getToken/1001",
        {**BEIJING, "memberId": "b2b-1"},
        {"grant_type": "authorization_code", "need_refresh_token": "true", "code": "the-code", "redirect_uri": BACK},
        {"member_id": "b2b-1"},
    ),
    Row(
        "jd",
        APP,
        "open-oauth.jd.com/oauth2/to_login",
        {"app_key": "1001", "response_type": "code", "redirect_uri": BACK, "scope": "snsapi_base"},
        "GET /oauth2/access_token",
        HOUR,
        {"grant_type": "authorization_code", "code": "the-code", **APP},
    ),
    Row(
        "pinduoduo",
        CLIENT,
        "fuwu.pinduoduo.com/service-market/auth",
        {"response_type": "code", "client_id": "1001", "redirect_uri": BACK},
        "POST /api/router",
        {"pop_auth_token_create_response": {**HOUR, "owner_id": 13}},
        {"type": "pdd.pop.auth.token.create", "code": "the-code"},
        {"mall_id": "13"},
    ),
    Row(
        "douyin",
        APP,
        "fuwu.jinritemai.com/authorize",
        {"service_id": "88"},
        "POST /token/create",
        {"code": 10000, "data": {**HOUR, "shop_id": 17}},
        {"code": "the-code", "grant_type": "authorization_code"},
        {"shop_id": "17"},
        {"service_id": "88"},
    ),
    Row(
        "kuaishou",
        APP,
        "open.kwaixiaodian.com/oauth/authorize",
        {"app_id": "1001", "redirect_uri": BACK, "response_type": "code", "scope": "merchant_order"},
        "GET /oauth2/access_token",
        {"result": 1, **HOUR},
        {"grant_type": "code", "code": "the-code", "app_id": "1001", "app_secret": APP["app_secret"]},
        options={"scope": "merchant_order"},
    ),
    Row(
        "weibo",
        APP,
        "api.weibo.com/oauth2/authorize",
        {"client_id": "1001", "redirect_uri": BACK, "response_type": "code"},
        "POST /oauth2/access_token",
        {"access_token": "at", "expires_in": 3600, "uid": "19"},
        {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": BACK},
        {"uid": "19"},
        refresh=None,
    ),
    Row(
        "xiaohongshu",
        APP,
        "ark.xiaohongshu.com/ark/authorization",
        {"appId": "1001", "redirectUri": BACK},
        "POST /ark/open_api/v3/common_controller",
        {
            "success": True,
            "error_code": 0,
            "data": {
                "accessToken": "at",
                "refreshToken": "rt",
                "accessTokenExpiresAt": int(NOW.timestamp() * 1000) + 3_600_000,
                "sellerId": "s-1",
            },
        },
        {"method": "oauth.getAccessToken", "code": "the-code"},
        {"seller_id": "s-1"},
    ),
    Row(
        "eleme",
        APP,
        "open-api.shop.ele.me/authorize",
        {"response_type": "code", "client_id": "1001", "redirect_uri": BACK, "scope": "all"},
        "POST /token",
        HOUR,
        {"grant_type": "authorization_code", "code": "the-code", "redirect_uri": BACK, "client_id": "1001"},
    ),
    Row(
        "shopify",
        CLIENT,
        "acme.myshopify.com/admin/oauth/authorize",
        {"client_id": "1001", "scope": "read_orders,read_customers,read_fulfillments,read_returns", "redirect_uri": BACK},
        "POST /admin/oauth/access_token",
        {"access_token": "at", "scope": "read_orders"},
        {"code": "the-code", **CLIENT},
        options=SHOPIFY,
        back={"shop": "acme.myshopify.com", "timestamp": str(int(NOW.timestamp()))},
        refresh=None,
        life=None,
    ),
)
by_platform = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)


def consenting(row: Row) -> Authorises:
    found = connector(row.key)
    assert isinstance(found, Authorises)
    return found


def came_back(row: Row, **more: str) -> dict[str, str]:
    """What the owner comes back with; Shopify's is signed."""
    answer = {"code": "the-code", "state": "the-state", **row.back, **more}
    if row.key == "shopify":
        signed = urlencode(sorted(answer.items()))
        answer["hmac"] = hmac_sha256(CLIENT["client_secret"].encode(), signed.encode()).hex()
    return answer


def exchanged(
    row: Row, answer: Any, back: Mapping[str, str] | None = None, options: Mapping[str, str] | None = None
) -> tuple[Any, FakeHttp]:
    http = FakeHttp({row.route: answer if isinstance(answer, HttpResponse) else reply(answer)})
    account = Account("demo", row.key, "acme", dict(row.options if options is None else options))
    api = make_api(account, row.secrets, http)
    return consenting(row).exchange(came_back(row) if back is None else back, BACK, api), http


def sent_fields(request: HttpRequest) -> dict[str, Any]:
    import json

    found: dict[str, Any] = dict(request.query)
    body = request.body or b""
    return found | (json.loads(body) if body[:1] == b"{" else dict(parse_qsl(body.decode())))


def test_every_connector_that_authorises_is_tested() -> None:
    assert {row.key for row in ROWS} == {key for key in KEYS if Capability.AUTHORISES in connector(key).info.capabilities}


@by_platform
def test_the_page_holds_what_the_platform_asks_for_and_no_secret(row: Row) -> None:
    account, secrets = Account("demo", row.key, "acme", dict(row.options)), Secrets({n: (v,) for n, v in row.secrets.items()})
    found = urlsplit(consenting(row).authorise_url(account, secrets, BACK, "the-state", NOW))
    asked = dict(parse_qsl(found.query))

    assert (found.scheme, f"{found.netloc}{found.path}") == ("https", row.page)
    if row.key == "shopee":  # it signs the link, and the state goes with the way back
        assert asked.pop("sign") and asked.pop("redirect") == f"{BACK}?state=the-state"
    else:
        assert asked.pop("state") == "the-state"
    assert asked == dict(row.asks)
    kept = [value for name, value in row.secrets.items() if name.endswith(("secret", "partner_key"))]
    assert not any(value in found.geturl() for value in kept)


@by_platform
def test_the_code_is_exchanged_for_a_token(row: Row) -> None:
    found, http = exchanged(row, row.answer)
    (request,) = http.sent

    assert found.token == Token("at", NOW + row.life if row.life else None, row.refresh)
    assert dict(found.options) == dict(row.learns)
    assert {name: sent_fields(request).get(name) for name in row.sends} == dict(row.sends)
    hosts = connector(row.key).info.api_hosts
    host = urlsplit(request.url).netloc
    assert any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in hosts)


@by_platform
@pytest.mark.parametrize("back", [{}, {"error": "access_denied"}, {"code": ""}, {"code": "a\nb"}], ids=str)
def test_without_a_code_nothing_is_asked(row: Row, back: dict[str, str]) -> None:
    answer = {**came_back(row), **back}
    if "code" not in back:
        answer.pop("code")
    with pytest.raises(Rejected) as refused:
        exchanged(row, HttpResponse(500, {}, b""), answer)
    assert refused.value.status in (400, 401)


@by_platform
@pytest.mark.parametrize(
    "answer",
    [reply({}), reply({"error": "invalid_grant", "error_description": "x"}, status=400), reply(b"<html>down</html>")],
    ids=["empty", "refused", "no JSON"],
)
def test_what_is_no_grant_is_one_of_our_errors_and_shows_no_secret(row: Row, answer: HttpResponse) -> None:
    with pytest.raises((Rejected, Permanent, Retriable, ConfigError)) as failed:
        exchanged(row, answer)
    assert isinstance(failed.value, HuitouError)
    assert not any(value in str(failed.value) for name, value in row.secrets.items() if "secret" in name or name == "partner_key")
    assert "the-code" not in str(failed.value)


def test_lazada_signs_the_exchange() -> None:
    row = ROWS[0]
    _, http = exchanged(row, row.answer)
    query = [(name, value) for name, value in http.sent[0].query if name != "sign"]
    assert dict(http.sent[0].query)["sign"] == iop_sign(APP["app_secret"], "/auth/token/create", query)


def test_another_shop_on_shopee_is_refused() -> None:
    row = next(each for each in ROWS if each.key == "shopee")
    with pytest.raises(Rejected, match="shop-mismatch"):
        exchanged(row, row.answer, options={"shop_id": "10"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hmac": "0" * 64}, "hmac"),
        ({"shop": "evil.myshopify.com"}, "hmac"),
        ({"timestamp": str(int(NOW.timestamp()) - 91)}, "hmac"),
    ],
)
def test_what_comes_back_from_shopify_is_signed(change: dict[str, str], reason: str) -> None:
    row = next(each for each in ROWS if each.key == "shopify")
    with pytest.raises(Rejected, match=reason):
        exchanged(row, row.answer, {**came_back(row), **change})


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"timestamp": str(int(NOW.timestamp()) - 91)}, "timestamp-old"), ({"shop": "other.myshopify.com"}, "shop-mismatch")],
)
def test_what_shopify_signed_for_another_time_or_shop_is_refused(more: dict[str, str], reason: str) -> None:
    row = next(each for each in ROWS if each.key == "shopify")
    with pytest.raises(Rejected, match=reason):
        exchanged(row, row.answer, came_back(row, **more))


@pytest.mark.parametrize(
    ("key", "option"), [("douyin", "service_id"), ("ebay", "ru_name"), ("ebay", "scope"), ("kuaishou", "scope")]
)
def test_an_option_that_the_page_needs_is_asked_for(key: str, option: str) -> None:
    row = next(each for each in ROWS if each.key == key)
    options = {name: value for name, value in row.options.items() if name != option}
    secrets = Secrets({name: (value,) for name, value in row.secrets.items()})
    with pytest.raises(ConfigError, match=option):
        consenting(row).authorise_url(Account("demo", key, "acme", options), secrets, BACK, "s", NOW)


@pytest.mark.parametrize("status", [200, 401, 404])
def test_shopify_is_asked_to_remove_the_application(status: int) -> None:
    found = connector("shopify")
    assert isinstance(found, RevokesTokens)
    http = FakeHttp({"DELETE /admin/api_permissions/current.json": HttpResponse(status, {}, b"")})
    found.revoke(make_api(Account("demo", "shopify", "acme", SHOPIFY), CLIENT, http))
    assert http.sent[0].headers["x-shopify-access-token"] == "token-one"
    refusing = FakeHttp({"DELETE /admin/api_permissions/current.json": HttpResponse(422, {}, b"")})
    with pytest.raises(Permanent, match="revoke-refused"):
        found.revoke(make_api(Account("demo", "shopify", "acme", SHOPIFY), CLIENT, refusing))


@pytest.mark.parametrize(("key", "secrets"), [("mercadolibre", CLIENT), ("ebay", CLIENT), ("weibo", APP)])
def test_a_token_that_consent_gave_needs_none_in_the_secrets(key: str, secrets: Mapping[str, str]) -> None:
    """When it is over the owner is asked again; nothing is missing in the configuration."""
    import importlib

    renew = importlib.import_module(f"connectors.{key}.api").renew
    routes = {
        path: reply({"error": "invalid_grant"}, status=400) for path in ("POST /oauth/token", "POST /identity/v1/oauth2/token")
    }
    api = make_api(Account("demo", key, "acme", {}), secrets, FakeHttp(routes), FakeTokens())
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api, Token("at", None, "rt"))
