"""A secret is replaced without a push lost."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Secrets
from connectors import registry
from tests.functional.accounts.desk import ACME, open_desk
from tests.functional.stack import Stack

SHOP = Account("demo", "shopify", "acme", {"shop": "acme"})


def pushed(stack: Stack, secret: str, number: int) -> int:
    """The status of a push that the platform signs with this secret."""
    body = f'{{"id": {number}}}'.encode()
    connector: Any = registry.connector("shopify")
    request = RawRequest(
        "POST", "https://hooks.example.com/webhooks/shopify/acme", {"x-shopify-topic": ("orders/create",)}, (), body
    )
    signed = connector.sign(request, SHOP, Secrets({"webhook_secret": (secret,)}), stack.clock.now())
    return stack.app.receive.handle("shopify", "acme", signed).status


@pytest.mark.fault(9)
def test_pushes_under_either_secret_are_taken_until_the_rotation_is_finished(moto_engine: Any) -> None:
    stack, books, _ = open_desk(moto_engine)
    books.text = books.text.replace('account = "acme"', 'account = "acme"\n[accounts.options]\nshop = "acme"', 1)
    books.save(ACME, {"webhook_secret": ("old",)})
    connecting = stack.app.accounts.connecting

    assert [pushed(stack, "old", 1), pushed(stack, "new", 2)] == [200, 401]
    assert connecting.rotate("shopify", "acme", "webhook_secret", "new") == 2
    assert [pushed(stack, "old", 3), pushed(stack, "new", 4)] == [200, 200]
    assert {each.check: each for each in connecting.check("shopify", "acme")}["secrets"].reason == "rotating"
    assert connecting.finish("shopify", "acme", "webhook_secret") == 1
    assert [pushed(stack, "old", 5), pushed(stack, "new", 6)] == [401, 200]
