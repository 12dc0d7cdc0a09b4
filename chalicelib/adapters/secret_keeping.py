"""The accounts' secrets in Secrets Manager, for those who connect accounts: read as they are now, written, destroyed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import parse_secrets
from chalicelib.contract import Account, Secrets
from chalicelib.errors import Retriable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_NONE = "ResourceNotFoundException"


class ManagedKeeper:
    """SecretKeeper on Secrets Manager; the names are those that `ManagedSecrets` reads."""

    def __init__(self, client: Callable[[], SecretsManagerClient], prefix: str) -> None:
        self._make = client
        self._client: SecretsManagerClient | None = None
        self._prefix = prefix

    def fresh(self, account: Account) -> Secrets:
        """See the port."""
        try:
            return parse_secrets(self._manager().get_secret_value(SecretId=self._name(account))["SecretString"])
        except ClientError as error:
            if _code(error) == _NONE:
                return Secrets({})
            raise _unavailable(error) from error
        except BotoCoreError as error:
            raise _unavailable(error) from error

    def save(self, account: Account, values: Mapping[str, Sequence[str]]) -> None:
        """See the port."""
        whole = json.dumps({name: list(each) for name, each in values.items()}, ensure_ascii=False)
        try:
            try:
                self._manager().put_secret_value(SecretId=self._name(account), SecretString=whole)
            except ClientError as error:
                if _code(error) != _NONE:
                    raise
                self._manager().create_secret(Name=self._name(account), SecretString=whole)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable(error) from error

    def forget(self, account: Account) -> None:
        """See the port. Without the service's days of grace: what was revoked must not come back, and the name is free again."""
        try:
            self._manager().delete_secret(SecretId=self._name(account), ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if _code(error) != _NONE:
                raise _unavailable(error) from error
        except BotoCoreError as error:
            raise _unavailable(error) from error

    def _name(self, account: Account) -> str:
        return f"{self._prefix}/{account.merchant}/{account.platform}/{account.account}"

    def _manager(self) -> SecretsManagerClient:
        if self._client is None:
            self._client = self._make()
        return self._client


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _unavailable(error: Exception) -> Retriable:
    return Retriable("secrets-unavailable", type(error).__name__)
