"""What each connector makes of the real payloads, file by file: one module `<key>.py` with `TABLE` (and
`OPTIONS`, and `FOLDER` where the payloads lie in one that several platforms share; `REQUESTS` names signed calls to the platform,
which are no pushes).

`TABLE` maps a file's name to what it is and how it ends: `("order", "accept", 2)` is two canonical objects or more. A
file that the table leaves out must still map or be refused with a typed error, whatever kind it is taken for.
"""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """Kind, ending (accept, permanent, skippable), and how many canonical objects at least."""

    kind: str
    expect: str
    least: int = 1
