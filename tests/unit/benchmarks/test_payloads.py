"""The invented bodies: of the size they claim, mapped without a gap, and told alike by both ways of reading them."""

from __future__ import annotations

import pytest

from benchmarks.mapping import behind_pydantic, check, mapped
from benchmarks.payloads import MAKERS, SIZES, Body, body
from connectors import registry


@pytest.mark.parametrize("platform", sorted(MAKERS))
@pytest.mark.parametrize("size", SIZES)
def test_a_body_has_its_size_and_maps_cleanly(platform: str, size: int) -> None:
    given = body(platform, size)

    check(registry.connector(platform), given)

    assert size <= len(given.data) < 1.5 * size


def test_a_body_that_loses_a_line_is_noticed() -> None:
    given = body("shopify", 4_000)

    with pytest.raises(RuntimeError, match="does not map cleanly"):
        check(registry.connector("shopify"), Body("shopify", given.data, given.lines + 1))


@pytest.mark.parametrize("size", SIZES)
def test_pydantic_comes_to_the_same_order(size: int) -> None:
    given = body("shopify", size)

    assert behind_pydantic(given) == mapped(registry.connector("shopify"), given)
