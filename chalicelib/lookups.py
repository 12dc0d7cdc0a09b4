"""What people look things up with, over stores: for the console and the CLI. Each made on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.order_numbers import DynamoOrderNumbers
    from chalicelib.finding_orders import FindingOrders
    from chalicelib.finding_people import FindingPeople
    from chalicelib.glancing import Glancing
    from chalicelib.member_story import Stories
    from chalicelib.revealing import Revealing
    from chalicelib.stores import Stores


class Lookups:
    """Finding orders and people, and opening what is sealed of them."""

    def __init__(self, app: Stores) -> None:
        self._app = app

    @cached_property
    def numbers(self) -> DynamoOrderNumbers:
        """Orders by number."""
        from chalicelib.adapters.order_numbers import DynamoOrderNumbers

        return DynamoOrderNumbers(self._app.parts.table)

    @cached_property
    def orders(self) -> FindingOrders:
        """Orders by id and number, and the orders of a day."""
        from chalicelib.finding_orders import FindingOrders

        app = self._app
        return FindingOrders(config=app.parts.config, orders=app.orders, numbers=self.numbers, cells=app.cells)

    @cached_property
    def glancing(self) -> Glancing:
        """Today so far."""
        from chalicelib.daybook import Daybook
        from chalicelib.glancing import Glancing

        app, parts = self._app, self._app.parts
        daybook = Daybook(days=app.days, cells=app.cells, marks=app.marks)
        return Glancing(config=parts.config, days=app.days, daybook=daybook, connectors=app.hub, clock=parts.clock)

    @cached_property
    def people(self) -> FindingPeople:
        """Members by whatever somebody knows of them."""
        from chalicelib.finding_people import FindingPeople

        app = self._app
        return FindingPeople(
            config=app.parts.config,
            members=app.members,
            people=app.people,
            orders=self.orders,
            cells=app.cells,
            vault=app.parts.vault,
        )

    @cached_property
    def stories(self) -> Stories:
        """People's stories."""
        from chalicelib.adapters.cases import DynamoCases
        from chalicelib.member_story import Stories

        app, parts = self._app, self._app.parts
        return Stories(
            config=parts.config,
            people=app.people,
            members=app.members,
            standings=app.standings,
            outbox=app.outbox,
            clicks=app.first_clicks,
            answers=app.answers,
            cases=DynamoCases(parts.table),
            clock=parts.clock,
        )

    @cached_property
    def revealing(self) -> Revealing:
        """Personal data of an order, opened."""
        from chalicelib.revealing import Revealing

        return Revealing(orders=self._app.orders, vault=self._app.parts.vault)
