"""The fonts of the digest's charts: `python -m ops.fonts [FOLDER]` cuts them anew, a test says when that was forgotten.

Source is Noto Sans CJK (package `fonts-noto-cjk`, SIL Open Font License 1.1), simplified Chinese, in two weights. What is kept
are the characters that a chart can hold: those of its words in both languages (`[chart]` in templates/email/words), of how
figures, days and money are written, of the names of platforms, and printable ASCII. A name from outside is never drawn.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from chalicelib.adapters import catalogue
from chalicelib.adapters.chart_fonts import CHARACTERS, FOLDER, SPELT, WEIGHTS
from chalicelib.domain import wording
from connectors import registry

SOURCE = Path("/usr/share/fonts/opentype/noto")
FAMILY = "Noto Sans CJK SC"
_PLACE = re.compile(r"\{[a-z_]+\}")


def drawable() -> str:
    """All characters that a chart may be asked to draw, sorted."""
    tables = [tomllib.loads(path.read_text("utf-8"))["chart"] for path in (catalogue.root() / "email" / "words").glob("*.toml")]
    words = [_PLACE.sub("", sentence) for table in tables for sentence in table.values()]
    names = [registry.connector(key).info.name for key in registry.KEYS]
    ascii_ = [chr(code) for code in range(0x20, 0x7F)]
    whole = set("".join([*words, *names, wording.signs(), *ascii_]))
    return "".join(sorted(char for char in whole if char >= " " and char not in SPELT))


def cut(characters: str, weight: str, source: Path = SOURCE) -> TTFont:
    """The font of a weight with these characters alone. OSError: no source there; LookupError: it lacks a character."""
    options = Options()
    options.layout_features = ["kern", "palt"]
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.desubroutinize = False
    options.hinting = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    font = _face(source / f"NotoSansCJK-{weight}.ttc")
    known = font.getBestCmap()
    if lacking := [char for char in characters if ord(char) not in known]:
        raise LookupError(f"{FAMILY} has no {' '.join(lacking)}")
    subsetter = Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    return font


def _face(path: Path) -> TTFont:
    for number in range(10):
        font = TTFont(path, fontNumber=number, recalcTimestamp=False)
        if font["name"].getDebugName(1) == FAMILY:
            return font
    raise LookupError(f"no {FAMILY} in {path.name}")


def main(source: Path = SOURCE) -> None:
    """Write both weights and the list of characters beside the code that draws."""
    characters = drawable()
    for weight in WEIGHTS:
        cut(characters, weight, source).save(FOLDER / WEIGHTS[weight])
    CHARACTERS.write_text(characters, encoding="utf-8")
    sizes = ", ".join(f"{name} {(FOLDER / name).stat().st_size:,} bytes" for name in WEIGHTS.values())
    print(f"{len(characters)} characters: {sizes}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else SOURCE)
