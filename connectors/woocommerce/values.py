"""Single values as WooCommerce writes them."""

from __future__ import annotations


def ident(value: int | str | None) -> str | None:
    """An id as text; None for nothing and for 0."""
    return str(value) if value and value != "0" else None
