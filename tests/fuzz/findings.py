"""What must not be."""

from __future__ import annotations


class Finding(Exception):
    """Something else than a typed error came out, an answer of 5xx, or a forged push was believed.

    Told by type and place, without a value of the input.
    """


def where(error: BaseException) -> str:
    """The last of our own lines that the error passed."""
    found, at = "nowhere of ours", error.__traceback__
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        for room in ("/connectors/", "/chalicelib/"):
            if room in name and "/site-packages/" not in name:
                found = f"{room[1:]}{name.rpartition(room)[2]}:{at.tb_lineno}"
        at = at.tb_next
    return found
