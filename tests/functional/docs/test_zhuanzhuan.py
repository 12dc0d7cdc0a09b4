"""The path for Zhuanzhuan's orders: no connector, a refused address, and an example that `generic` reads."""

from __future__ import annotations

import json
import re

import pytest

from chalicelib.contract import Account, Ref
from chalicelib.domain.order import Order
from chalicelib.errors import Rejected
from connectors import registry
from tests.functional.docs.guide import ROOT

PAGES = [ROOT / "docs" / "connectors" / name for name in ("zhuanzhuan.md", "zhuanzhuan.zh-CN.md")]
_JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_there_is_no_such_platform() -> None:
    with pytest.raises(Rejected) as error:
        registry.connector("zhuanzhuan")
    assert error.value.status == 404


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_the_example_is_an_order_of_generic(page: object) -> None:
    text = next(each for each in PAGES if each == page).read_text(encoding="utf-8")
    (example,) = _JSON.findall(text)
    generic = registry.connector("generic")

    (order,) = generic.canonical("order", example.encode(), Ref(Account("demo", "generic", "erp"), "d-1", "push"))

    assert isinstance(order, Order)
    assert (order.platform, order.amounts.total) == ("generic", json.loads(example)["amounts"]["total"])
    assert order.extra["origin"] == {"platform": "zhuanzhuan", "order_id": "20261120-0001"}
