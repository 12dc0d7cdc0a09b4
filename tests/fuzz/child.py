"""One target in a process of its own, so that memory is its own and libFuzzer may end it: `python -m tests.fuzz.child`."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.running import Target

ROUTES = "routes"


def target_of(key: str, held: ExitStack) -> Target:
    """The target of a platform's key, or `routes`."""
    if key != ROUTES:
        from tests.fuzz.connectors import ConnectorTarget

        return ConnectorTarget(key)
    from ops.local import moto
    from tests.fuzz.routes import RoutesTarget

    return RoutesTarget(held.enter_context(moto(wire=False)))


def main() -> int:
    """Run it, and write the report. With `--again` one input only, and what it raises as it is."""
    told = argparse.ArgumentParser()
    told.add_argument("target")
    told.add_argument("--runs", type=int, default=1)
    told.add_argument("--engine", default="seeded")
    told.add_argument("--out", type=Path)
    told.add_argument("--again", help="a number, or bytes in hexadecimal")
    asked = told.parse_args()
    with ExitStack() as held:
        if asked.engine == "atheris":
            import atheris  # type: ignore[import-untyped]  # installed only where it is wanted

            with atheris.instrument_imports(include=["connectors", "chalicelib"]):
                target = target_of(asked.target, held)
        else:
            target = target_of(asked.target, held)
        from tests.fuzz.drawing import FromBytes, seeded
        from tests.fuzz.running import ENGINES, Run

        if asked.again is not None:
            number = asked.again.isdigit() and len(asked.again) < 9
            target.one(seeded(target.key, int(asked.again)) if number else FromBytes(bytes.fromhex(asked.again)))
            print(dict(target.endings))
            return 0
        run = Run(target, asked.engine, asked.runs, asked.out)
        ENGINES[asked.engine](run)
        if asked.out:
            run.write()
    return 0


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    sys.exit(main())
