"""The merchants' configurations as objects of the archive: `config/huitou.toml`, or one for each merchant."""

from __future__ import annotations

import tomllib

from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Archive

FOLDER = "config/"
ONLY = "config/huitou.toml"


class ArchivedConfigurations:
    """Configurations in the archive. An object says itself whose it is."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def read(self, merchant: str) -> str:
        """See the port."""
        return self._found(merchant)[1]

    def replace(self, merchant: str, text: str, *, read: str) -> None:
        """See the port. Two people who write within the same moment are told apart only by what they read."""
        name, stands = self._found(merchant)
        if stands != read:
            raise Retriable("config-contended", "somebody else changed the configuration: try again")
        self._archive.put(name, text.encode())

    def _found(self, merchant: str) -> tuple[str, str]:
        for name in dict.fromkeys((ONLY, f"{FOLDER}{merchant}.toml")):
            try:
                text = self._archive.get(name).decode()
            except Permanent:
                continue
            if owner_of(text) == merchant:
                return name, text
        raise ConfigError("config-missing", f"there is no configuration of {merchant}")


def owner_of(text: str) -> str | None:
    """The merchant whose configuration a text is; None where it does not say, or cannot be read."""
    try:
        found = tomllib.loads(text).get("merchant")
    except tomllib.TOMLDecodeError:
        return None
    return found if isinstance(found, str) else None
