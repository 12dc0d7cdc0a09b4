"""What fuzzing found once, kept from coming back. Times and amounts out of range are in tests/unit/toolkit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.loose import Odd
from connectors.magento.values import quantity
from connectors.registry import connector
from connectors.woocommerce.mapping import _pieces
from tests.kit.cases import load
from tests.kit.common import feeds


def test_a_header_on_the_bus_that_is_no_utf_8_is_refused() -> None:
    """It is looked at for the first time when it is taken for a text."""
    case = load("shopify", "feed-order")
    body = case.body.replace(b"acme", b"ac\xe9e")
    assert body != case.body
    with pytest.raises(Permanent, match="payload-malformed") as caught:
        feeds(connector("shopify")).address(body)
    assert (caught.value.connector, caught.value.path) == ("shopify", "$")


@pytest.mark.parametrize("text", ["9e9999999", "-9e9999999", "1e999999", "-1e999999"])
def test_a_number_that_cannot_be_reckoned_with_is_refused_without_reckoning(text: str) -> None:
    """The sign of one is an overflow, and the whole number of one has ten million digits."""
    value = Decimal(text)
    with pytest.raises(ValueError, match="out of range"):
        minor_units(value, "IDR")
    with pytest.raises(Odd, match="out of range"):
        quantity(value, "qty_ordered")
    with pytest.raises(Odd, match="out of range"):
        _pieces(value)


def test_an_exponent_that_no_decimal_holds_is_a_malformed_number() -> None:
    with pytest.raises(Permanent, match="malformed number") as caught:
        read(decoder(dict[str, Any], loose=True), b'{"total": 1e99999999999999999999}', connector="lazada", delivery_id="d-1")
    assert (caught.value.reason, caught.value.connector, caught.value.delivery_id) == ("payload-malformed", "lazada", "d-1")
