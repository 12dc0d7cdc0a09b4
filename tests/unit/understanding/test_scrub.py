"""What could name or reach a person does not leave the installation."""

from __future__ import annotations

import pytest

from chalicelib.understanding.scrub import scrubbed


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("请打我电话13900000000处理", "13900000000"),
        ("call me on +44 (0)7700 900 123 please", "7700 900"),
        ("订单号 2026-0615-778899 没到", "778899"),
        ("mail me at jo.doe+shop@example.com", "example.com"),
        ("写信到 jo（＠）不是，是 jo@mail.example", "jo@mail.example"),
        ("see https://shop.example/u/17?x=1 for the photo", "shop.example"),
        ("加微信 abc_12345 细说", "abc_12345"),
        ("vx：hello2026", "hello2026"),
        ("寄到浙江省杭州市西湖区文三路128号3单元501室", "文三路"),
        ("地址：台北市大安區復興南路一段200號5樓", "復興南路"),
        ("Send it to 12 Elm Tree Road, Flat 4", "Elm Tree"),
        ("postcode AB1 2CD", "AB1 2CD"),
        ("我叫陈小明，东西坏了", "陈小明"),
        ("收件人：李雷", "李雷"),
        ("你们的王经理态度差", "王经理"),
        ("My name is Jane Roe and it broke", "Jane Roe"),
        ("Dear Mr. Smith, it broke", "Smith"),
        ("ask @jane_roe about it", "jane_roe"),
    ],
)
def test_gone(text: str, gone: str) -> None:
    assert gone in text
    assert gone not in scrubbed(text)


def test_known_names_go_whatever_their_case() -> None:
    assert scrubbed("JANE was promised a refund", ["Jane"]) == "[name] was promised a refund"
    assert scrubbed("小明说不好用", ["小明", " "]) == "[name]说不好用"


@pytest.mark.parametrize(
    "text",
    [
        "第二天就坏了，客服不理人",
        "用了3个月，167/110斤穿M",
        "Broke after 14 days, 2 of 12 were missing",
        "这条路走错了，一点都不好用",
        "Great value for 19.99",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert scrubbed(text) == text
