"""A rendered digest as files in a folder: the page with its pictures beside it, the text, what is attached."""

from __future__ import annotations

from pathlib import Path

from chalicelib.domain.wording import Rendered


def write(rendered: Rendered, folder: Path, name: str = "digest") -> list[Path]:
    """Write them all; returns what was written, the page first. A picture is shown from a file of its own instead of the mail."""
    folder.mkdir(parents=True, exist_ok=True)
    html, written = rendered.html, []
    for picture in rendered.pictures:
        local = f"{name}-{picture.cid.partition('@')[0]}.png"
        html = html.replace(f"cid:{picture.cid}", local)
        written.append(_put(folder / local, picture.png))
    for file in rendered.files:
        local = file.name if file.name.startswith(f"{name}-") else f"{name}-{file.name}"
        written.append(_put(folder / local, file.content))
    page = _put(folder / f"{name}.html", html.encode())
    return [page, _put(folder / f"{name}.txt", rendered.text.encode()), *written]


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
