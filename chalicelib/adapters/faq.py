"""Agreed answers to repeated questions in the table."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.adapters.table import Table, binary, get_bytes, key, text
from chalicelib.faq import Faq, Shop
from chalicelib.toolkit.decode import decoder

THERE = "attribute_exists(pk)"


class DynamoFaqs:
    """FaqStore on DynamoDB: one partition a shop, for a shop agrees to hundreds and not to millions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self, shop: Shop) -> Iterator[Faq]:
        """See the port."""
        for item in self._table.query(_pk(shop)):
            yield decoder(Faq).decode(get_bytes(item, "doc") or b"")

    def put(self, shop: Shop, faq: Faq) -> None:
        """See the port."""
        self._table.put(_pk(shop), key(faq.id), {"kind": text("faq"), "doc": binary(msgspec.json.encode(faq))})

    def remove(self, shop: Shop, faq_id: str) -> bool:
        """See the port."""
        return self._table.delete(_pk(shop), key(faq_id), THERE)


def _pk(shop: Shop) -> str:
    return key(shop.merchant, "G", shop.platform, shop.account, "faq")
