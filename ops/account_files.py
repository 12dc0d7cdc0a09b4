"""Where one machine keeps what connecting an account writes: the configuration's file, and the file of secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from chalicelib.adapters.config_texts import owner_of
from chalicelib.contract import Account, Secrets
from chalicelib.errors import ConfigError, Retriable
from ops.local import FileSecrets


class FileConfigurations:
    """Configurations in files: one, several, or those of a folder. A file says itself whose it is."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths

    def read(self, merchant: str) -> str:
        """See the port."""
        return self._found(merchant)[1]

    def replace(self, merchant: str, text: str, *, read: str) -> None:
        """See the port. The file keeps its rights; a draft takes its place in one step."""
        path, stands = self._found(merchant)
        if stands != read:
            raise Retriable("config-contended", "somebody else changed the configuration: try again")
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(text)
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path.resolve())

    def _found(self, merchant: str) -> tuple[Path, str]:
        for given in self._paths:
            for path in sorted(given.glob("*.toml")) if given.is_dir() else [given]:
                if path.exists() and owner_of(text := path.read_text()) == merchant:
                    return path, text
        raise ConfigError("config-missing", f"there is no configuration of {merchant}")


class FileKeeper:
    """SecretKeeper over the file of secrets."""

    def __init__(self, secrets: FileSecrets) -> None:
        self._secrets = secrets

    def fresh(self, account: Account) -> Secrets:
        """See the port."""
        return self._secrets.secrets(account)

    def save(self, account: Account, values: Mapping[str, Sequence[str]]) -> None:
        """See the port."""
        self._secrets.save(account.platform, account.account, {name: list(each) for name, each in values.items()})

    def forget(self, account: Account) -> None:
        """See the port."""
        self._secrets.forget(account.platform, account.account)
