"""Pushes signed for an application, by the vectors that the platforms print."""

from __future__ import annotations

import pytest

from chalicelib.errors import Rejected
from chalicelib.toolkit.app_push import app_signature, require_app_signature

LAZADA = b'{"seller_id":"1234567", "message_type":0, "data":{...}..}'
LAZADA_SIGNATURE = "f3d2ca947f16a50b577c036adecd18bec126ea19cadedd59816e255d3b6104ab"
TIKTOK = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,'
    b'"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}'
)
TIKTOK_SIGNATURE = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"


def test_official_vectors() -> None:
    assert app_signature("123456", LAZADA, "3412gyo124goi3124") == LAZADA_SIGNATURE
    assert app_signature("abcdef", TIKTOK, "123") == TIKTOK_SIGNATURE


def test_any_live_pair_and_either_case_pass() -> None:
    require_app_signature(LAZADA_SIGNATURE.upper(), LAZADA, ("new", "123456"), ("new", "3412gyo124goi3124"))


@pytest.mark.parametrize("given", [None, "", LAZADA_SIGNATURE[:-1], f"Bearer {LAZADA_SIGNATURE}", "0" * 64])
def test_anything_else_is_refused(given: str | None) -> None:
    with pytest.raises(Rejected):
        require_app_signature(given, LAZADA, ("123456",), ("3412gyo124goi3124",))


def test_the_body_alone_or_another_key_does_not_pass() -> None:
    with pytest.raises(Rejected):
        require_app_signature(LAZADA_SIGNATURE, LAZADA + b" ", ("123456",), ("3412gyo124goi3124",))
    with pytest.raises(Rejected):
        require_app_signature(LAZADA_SIGNATURE, LAZADA, ("123457",), ("3412gyo124goi3124",))
