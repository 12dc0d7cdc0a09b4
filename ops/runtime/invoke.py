"""Calling a handler the way Lambda does: an event dict, a context with a deadline, and any failure caught at the border."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"

Handler = Callable[[dict[str, Any], Any], Any]


class LambdaContext:
    """What Lambda hands to a handler beside the event; the deadline counts from construction, in real time."""

    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    identity = None
    client_context = None

    def __init__(self, function_name: str, timeout_seconds: float, request_id: str | None = None) -> None:
        self.function_name = function_name
        self.invoked_function_arn = _arn(function_name)
        self.aws_request_id = request_id or str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation, never below 0."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class Result:
    """The handler's answer, or the error that it ended with."""

    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A handler with the name and the time limit it has as a Lambda function.

    The limit shows in the context only: a thread cannot be ended from outside, so nothing is killed locally.
    """

    name: str
    handler: Handler
    timeout_seconds: int = 60

    @property
    def arn(self) -> str:
        """The ARN it would have."""
        return _arn(self.name)

    def invoke(self, event: dict[str, Any], request_id: str | None = None) -> Result:
        """Call the handler. Whatever it raises comes back in the result, logged, as Lambda would report it."""
        context = LambdaContext(self.name, self.timeout_seconds, request_id)
        try:
            return Result(value=self.handler(event, context))
        # The border of an invocation: no failure of a handler may end the runtime, and none goes unseen.
        except Exception as error:
            logger.exception("function %s failed", self.name)
            return Result(error=error)


def _arn(function_name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function_name}"
