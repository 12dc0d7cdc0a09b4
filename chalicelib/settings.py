"""Where this installation's parts are, read from the environment on first use. No secret is among them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of AWS resources, as the packaged template sets them. `dynamodb_endpoint` only outside AWS.

    `feeds`: the ARN of each queue that a platform writes to, and the platform (`HUITOU_FEEDS`: `platform=arn platform=arn`).
    `queues`: the URL of each queue by name, dead letters as `name-dead` (`HUITOU_QUEUES`: `name=url name=url`).
    `function`: its name, inside a Lambda.
    """

    table: str
    keys_table: str
    inbound_url: str
    bulk_url: str
    jobs_url: str
    bucket: str
    kms_key: str
    secrets_prefix: str
    region: str
    ses_configuration_set: str | None
    dynamodb_endpoint: str | None
    feeds: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    function: str | None = None

    @staticmethod
    def from_environ(environ: Mapping[str, str] = os.environ) -> Settings:
        """Read; ConfigError names the variable that is missing."""
        return Settings(
            table=_need(environ, "HUITOU_TABLE"),
            keys_table=_need(environ, "HUITOU_KEYS_TABLE"),
            inbound_url=_need(environ, "HUITOU_INBOUND_URL"),
            bulk_url=_need(environ, "HUITOU_BULK_URL"),
            jobs_url=_need(environ, "HUITOU_JOBS_URL"),
            bucket=_need(environ, "HUITOU_BUCKET"),
            kms_key=_need(environ, "HUITOU_KMS_KEY"),
            secrets_prefix=environ.get("HUITOU_SECRETS_PREFIX", "huitou"),
            region=_need(environ, "AWS_REGION"),
            ses_configuration_set=environ.get("HUITOU_SES_CONFIGURATION_SET"),
            dynamodb_endpoint=environ.get("HUITOU_DYNAMODB_ENDPOINT"),
            feeds={arn: platform for platform, _, arn in (part.partition("=") for part in environ.get("HUITOU_FEEDS", "").split())},
            function=environ.get("AWS_LAMBDA_FUNCTION_NAME"),
            queues={name: url for name, _, url in (part.partition("=") for part in environ.get("HUITOU_QUEUES", "").split())},
        )


def _need(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise ConfigError("setting-missing", f"environment variable {name} is not set")
    return value
