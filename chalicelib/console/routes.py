"""All pages and deeds of the console. The authorisation matrix in the tests is this table times the roles."""

from __future__ import annotations

from chalicelib.console.pages import accounts, campaigns, digests, intake, members, orders, overview, people, reviews
from chalicelib.console.visit import Route

ROUTES: tuple[Route, ...] = (
    *accounts.ROUTES,
    *campaigns.ROUTES,
    *digests.ROUTES,
    *intake.ROUTES,
    *members.ROUTES,
    *orders.ROUTES,
    *overview.ROUTES,
    *people.ROUTES,
    *reviews.ROUTES,
)

# The menu, in order: the first segment of a page, and the key of its word in `common.toml`.
MENU: tuple[str, ...] = ("overview", "orders", "members", "campaigns", "reviews", "digests", "accounts", "intake", "people")


def find(method: str, path: tuple[str, ...]) -> tuple[Route, dict[str, str]] | None:
    """The route of a path below the merchant, with what its pattern caught. A literal segment wins over a caught one."""
    found = [(route, caught) for route in ROUTES if (caught := route.match(method, path)) is not None]
    return min(found, key=lambda each: len(each[1])) if found else None
