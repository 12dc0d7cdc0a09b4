"""What erases people and hands out what is held of them, over a set of stores. Nothing is built before it is asked for."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.personal_rows import DynamoPersonalRows
    from chalicelib.belongings import Belongings
    from chalicelib.domain.health import Rights
    from chalicelib.erasing import Erasing
    from chalicelib.handing_out import HandingOut
    from chalicelib.petitions import Petitions
    from chalicelib.purging import Purging
    from chalicelib.repairing import Repairing
    from chalicelib.seeking import Seeking


class Privacy:
    """The services behind `huitou erase`, `huitou export` and the platforms' own requests."""

    def __init__(self, app: Repairing) -> None:
        self._app = app

    @cached_property
    def rows(self) -> DynamoPersonalRows:
        """Rows about persons."""
        from chalicelib.adapters.personal_rows import DynamoPersonalRows

        return DynamoPersonalRows(self._app.parts.table)

    @cached_property
    def belongings(self) -> Belongings:
        """What is held of a person."""
        from chalicelib.belongings import Belongings

        app = self._app
        return Belongings(members=app.members, orders=app.orders, rows=self.rows, vault=app.parts.vault)

    @cached_property
    def purging(self) -> Purging:
        """What takes it away."""
        from chalicelib.adapters.calendar import DynamoCalendar
        from chalicelib.adapters.cases import DynamoCases
        from chalicelib.purging import Purging

        app, parts = self._app, self._app.parts
        return Purging(
            config=parts.config,
            belongings=self.belongings,
            members=app.members,
            orders=app.orders,
            records=app.records,
            rows=self.rows,
            outbox=app.outbox,
            cases=DynamoCases(parts.table),
            calendar=DynamoCalendar(parts.table),
            archive=parts.archive,
            clock=parts.clock,
        )

    @cached_property
    def seeking(self) -> Seeking:
        """What looks for it among others' words."""
        from chalicelib.adapters.quarantine import DynamoQuarantine
        from chalicelib.seeking import Seeking

        app, parts = self._app, self._app.parts
        return Seeking(
            config=parts.config,
            quarantine=DynamoQuarantine(parts.table, parts.clock),
            work=app.work,
            letters=app.dead_letters,
            archive=parts.archive,
            unsealing=app.unsealing,
            vault=parts.vault,
            counters=parts.counters,
        )

    @cached_property
    def erasing(self) -> Erasing:
        """Erasing people."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.erasing import Erasing

        app, parts = self._app, self._app.parts
        return Erasing(
            config=parts.config,
            belongings=self.belongings,
            purging=self.purging,
            seeking=self.seeking,
            rows=self.rows,
            archive=parts.archive,
            vault=parts.vault,
            notes=DynamoMarks(parts.table, "H", "erasing"),
            marks=app.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def petitions(self) -> Petitions:
        """What platforms ask on behalf of their buyers."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.petitions import Petitions

        parts = self._app.parts
        return Petitions(
            config=parts.config,
            notes=DynamoMarks(parts.table, "H", "petitions"),
            rows=self.rows,
            belongings=self.belongings,
            erasing=lambda: self.erasing,
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def handing_out(self) -> HandingOut:
        """Handing out what is held."""
        from chalicelib.handing_out import HandingOut

        app, parts = self._app, self._app.parts
        return HandingOut(
            config=parts.config,
            belongings=self.belongings,
            members=app.members,
            rows=self.rows,
            outbox=app.outbox,
            clicks=app.first_clicks,
            answers=app.answers,
            standings=app.standings,
            vault=parts.vault,
            clock=parts.clock,
        )

    def asked(self) -> Rights:
        """What people asked, and how it stands."""
        from chalicelib.domain.health import Rights

        erasing, told = [each for each in self.erasing.all() if not each.over], self.petitions.open()
        waiting = [each for each in told if each.kind == "export"]
        late = len(self.erasing.late()) + sum(each.kind == "erase" for each in self.petitions.late())
        return Rights(len(erasing), late, len(waiting), datetime.fromisoformat(waiting[0].due) if waiting else None)

    def run(self) -> dict[str, int]:
        """What the sweep does: petitions first, so that what they begin goes on at once."""
        return {"petitions": self.petitions.run(), "erasures": self.erasing.run()}
