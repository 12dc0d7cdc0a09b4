"""OAuth 1.0a: the base strings and signatures that shops document."""

from __future__ import annotations

import pytest

from chalicelib.toolkit.oauth1 import Credentials, authorization, base_string, encode, signature

URL = "http://www.example.com/wp-json/wc/v3/orders"
MAGENTO = "https://example.com/rest/V1/orders"
QUERY = (("searchCriteria[pageSize]", "100"),)
FOUR = Credentials("abcd", "cs_secret", "tok", "tok_secret")


def test_one_key_pair() -> None:
    base = base_string("GET", URL, [("oauth_signature_method", "HMAC-SHA1"), ("oauth_consumer_key", "abc123")])

    expected = "oauth_consumer_key%3Dabc123%26oauth_signature_method%3DHMAC-SHA1"
    assert base == f"GET&http%3A%2F%2Fwww.example.com%2Fwp-json%2Fwc%2Fv3%2Forders&{expected}"
    assert signature(base, Credentials("abc123", "cs_secret"), "HMAC-SHA1") == "CDJ6tfoSNhTmB2G5fah6oMlzagA="


def test_one_key_pair_sha256() -> None:
    base = base_string("get", URL, [("oauth_consumer_key", "abc123"), ("oauth_signature_method", "HMAC-SHA256")])

    assert signature(base, Credentials("abc123", "cs_secret")) == "iTJWSJcq/xm5huo296cFl+iK2bTqqOuC9ZlFUHsN/0Q="


def test_two_key_pairs_with_a_query() -> None:
    header = authorization("GET", MAGENTO, QUERY, FOUR, nonce="nonce123", timestamp=1700000000)

    assert header.startswith('OAuth oauth_consumer_key="abcd", oauth_nonce="nonce123"')
    assert 'oauth_token="tok"' in header
    assert header.endswith(f'oauth_signature="{encode("MWIsc4Mywf4alTWlUrZ4e4272fKBgMktkRDBxySQodo=")}"')


def test_brackets_are_encoded_twice_in_the_base_string() -> None:
    assert "searchCriteria%255BpageSize%255D%3D100" in base_string("GET", MAGENTO, QUERY)


@pytest.mark.parametrize(("text", "encoded"), [("a b+c", "a%20b%2Bc"), ("~-._", "~-._"), ("é", "%C3%A9"), ("/", "%2F")])
def test_percent_encoding(text: str, encoded: str) -> None:
    assert encode(text) == encoded


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(FOUR)
