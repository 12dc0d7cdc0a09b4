"""The envelope of WeChat and WeCom: Tencent's own vectors, and one answer after the same work to whatever is wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit import aes, signing, wechat_aes
from chalicelib.toolkit.wechat_aes import BLOCK, key_of, opened, seal, sealed_text, signature
from chalicelib.toolkit.xmls import as_plain, parse_xml

# Tencent's sample of WeCom's address check.
TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
STAMP, NONCE = "1409659589", "263014780"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
SIGNED = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
MESSAGE = "<xml><说>回头</说></xml>".encode()


def reopened(sealed: str, given: str, *, token: str = TOKEN, key: str = AES_KEY, receiver: str = CORP) -> bytes:
    return opened(sealed, given, STAMP, NONCE, tokens=(token,), aes_keys=(key,), receivers=(receiver,))


def test_vector_of_an_address_check() -> None:
    assert signature(TOKEN, STAMP, NONCE, ECHO) == SIGNED
    assert reopened(ECHO, SIGNED) == b"1616140317555161061"


def test_vector_of_the_plain_check_that_wechat_makes() -> None:
    assert signature("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_vector_with_fixed_random_bytes() -> None:
    """Both ways: the text of a published test, sealed to the letter, and its signature."""
    token, key, app = "pamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wxb11529c136998cb6"
    text = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    given = "9ec0596ac76e8659aaba42605e50ccc64abe89d2"

    assert seal("我是中文abcd123".encode(), app, key, b"aaaabbbbccccdddd") == text
    found = opened(text, given, "1409304348", "1320562132", tokens=(token,), aes_keys=(key,), receivers=(app,))
    assert found.decode() == "我是中文abcd123"


def sealed_wrong(change: Callable[[bytes], bytes]) -> str:
    """A text whose plain bytes, padded, were changed before they were encrypted."""
    key = key_of(AES_KEY)
    plain = b"r" * 16 + len(MESSAGE).to_bytes(4, "big") + MESSAGE + CORP.encode()
    size = BLOCK - len(plain) % BLOCK
    raw = aes.seal_cbc(key, key[:16], change(plain + bytes([size]) * size))[:-16]  # without a second padding
    return base64.b64encode(raw).decode()


WRONG: dict[str, str] = {
    "padding of nothing": sealed_wrong(lambda plain: plain[:-1] + b"\0"),
    "padding too long": sealed_wrong(lambda plain: plain[:-1] + bytes([33])),
    "padding uneven": sealed_wrong(lambda plain: plain[:-2] + b"\x01\x02" if plain[-1] != 1 else plain[:-1] + b"\x07"),
    "length too great": sealed_wrong(lambda plain: plain[:16] + b"\xff\xff\xff\xff" + plain[20:]),
    "length too small": sealed_wrong(lambda plain: plain[:16] + b"\0\0\0\1" + plain[20:]),
    "another receiver": seal(MESSAGE, "wx0000000000000000", AES_KEY),
    "no receiver": seal(MESSAGE, "", AES_KEY),
    "too short": base64.b64encode(bytes(16)).decode(),
    "no base64": "****",
    "nothing": "",
    "not ascii": "密文",
    "half a surrogate": "\ud800",
}


@pytest.mark.fault(12)
@pytest.mark.parametrize("name", WRONG)
def test_whatever_is_wrong_has_one_answer(name: str) -> None:
    sealed = WRONG[name]
    with pytest.raises(Rejected) as well_signed:
        reopened(sealed, signature(TOKEN, STAMP, NONCE, sealed))
    with pytest.raises(Rejected) as forged:
        reopened(seal(MESSAGE, CORP, AES_KEY), "0" * 40)

    assert (well_signed.value.reason, well_signed.value.status) == ("envelope-refused", 401)
    assert str(well_signed.value) == str(forged.value)


@pytest.mark.fault(12)
@pytest.mark.parametrize("name", [*WRONG, "forged"])
def test_whatever_is_wrong_costs_the_same_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One decryption, one look at the padding and one comparison with each receiver, also when the signature is wrong."""
    done: list[str] = []
    real_unpad, real_same = aes.unpad, signing.same

    def unpad(padded: bytes, block: int) -> tuple[bytes, bool]:
        done.append("unpad")
        return real_unpad(padded, block)

    def same(expected: bytes, given: bytes) -> bool:
        done.append("same")
        return real_same(expected, given)

    monkeypatch.setattr(aes, "unpad", unpad)
    monkeypatch.setattr(wechat_aes, "same", same)
    sealed = WRONG.get(name) if name != "forged" else seal(MESSAGE, CORP, AES_KEY)
    assert sealed is not None
    with pytest.raises(Rejected):
        reopened(sealed, signature(TOKEN, STAMP, NONCE, sealed) if name != "forged" else "0" * 40)

    assert done == ["same", "unpad", "same"]


@pytest.mark.parametrize("told", [0, 500_000, 1_000_000, 2**32 - 1])
def test_the_length_within_does_not_decide_how_much_is_compared(told: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged text may put any block where the length stands; what a long comparison costs would tell it, byte by byte."""
    compared: list[int] = []
    real_same = signing.same

    def same(expected: bytes, given: bytes) -> bool:
        compared.append(len(given))
        return real_same(expected, given)

    monkeypatch.setattr(wechat_aes, "same", same)
    key = key_of(AES_KEY)
    plain = b"r" * 16 + told.to_bytes(4, "big") + b"x" * 1_000_000
    with pytest.raises(Rejected):
        reopened(base64.b64encode(aes.seal_cbc(key, key[:16], plain, block=BLOCK)).decode(), "0" * 40)

    assert max(compared) <= wechat_aes.MAX_RECEIVER


def test_the_unchanged_text_of_the_wrong_ones_opens() -> None:
    """Else each of them might be refused for another reason than the one it is named for."""
    sealed = sealed_wrong(lambda plain: plain)
    assert reopened(sealed, signature(TOKEN, STAMP, NONCE, sealed)) == MESSAGE


def test_every_live_secret_opens_and_no_other() -> None:
    other_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    for tokens, keys, ids in (
        (("new", TOKEN), (other_key, AES_KEY), ("wx1", CORP)),
        ((TOKEN, "new"), (AES_KEY, other_key), (CORP, "wx1")),
    ):
        assert opened(ECHO, SIGNED, STAMP, NONCE, tokens=tokens, aes_keys=keys, receivers=ids) == b"1616140317555161061"
    for changed in ({"token": "new"}, {"key": other_key}, {"receiver": "wx1"}):
        with pytest.raises(Rejected):
            reopened(ECHO, SIGNED, **changed)


def test_a_signature_is_of_all_four() -> None:
    for given in (SIGNED.upper(), SIGNED[:-1], "", "签名", "A" * 100_000):
        with pytest.raises(Rejected):
            reopened(ECHO, given)
    with pytest.raises(Rejected):
        opened(ECHO, SIGNED, STAMP, "0", tokens=(TOKEN,), aes_keys=(AES_KEY,), receivers=(CORP,))
    with pytest.raises(Rejected):
        opened(ECHO, None, STAMP, NONCE, tokens=(TOKEN,), aes_keys=(AES_KEY,), receivers=(CORP,))


@pytest.mark.parametrize("key", ["", "short", AES_KEY + "=", AES_KEY[:-1] + "*", AES_KEY + "AAAA"])
def test_a_key_that_is_none_is_a_mistake_of_ours(key: str) -> None:
    with pytest.raises(ConfigError, match="secret-malformed"):
        reopened(ECHO, SIGNED, key=key)


def test_two_sealings_of_one_message_differ() -> None:
    one, two = seal(MESSAGE, CORP, AES_KEY), seal(MESSAGE, CORP, AES_KEY)
    assert one != two
    assert [reopened(each, signature(TOKEN, STAMP, NONCE, each)) for each in (one, two)] == [MESSAGE, MESSAGE]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"ToUserName":"gh_1","Encrypt":"abc"}', "abc"),
        (b' {"encrypt":"abc","agentid":218}', "abc"),
        (b" <xml><Encrypt><![CDATA[abc]]></Encrypt><AgentID>1</AgentID></xml >\n", "abc"),
        (b"<xml><Encrypt></Encrypt></xml>", None),
        (b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", None),
        (b'<!DOCTYPE x [<!ENTITY e "abc">]><xml><Encrypt>&e;</Encrypt></xml>', None),
        (b"<xml>", None),
        (b'{"Encrypt":1}', None),
        (b"{}", None),
        (b"", None),
        (b"\xff\xfe", None),
    ],
)
def test_what_is_sealed_in_a_body(body: bytes, found: str | None) -> None:
    assert sealed_text(body, connector="x") == found


def test_xml_as_json_would_tell_it() -> None:
    root = parse_xml(b"<xml><a> 1 </a><l><t>x</t></l><l><t>y</t></l><l><t>z</t></l><e/></xml>", connector="x")
    assert as_plain(root) == {"a": "1", "l": [{"t": "x"}, {"t": "y"}, {"t": "z"}], "e": ""}
