"""AWS as seen from the SDK, without a connection: botocore serialises, signs and parses, and what it would send is answered here.

Stands alone (the SDK is imported on use), so that a new process can be measured with it.
"""

from __future__ import annotations

import base64
import io
import json
from typing import Any


class Wire:
    """The answers, by operation. `config` is what lies in the bucket, `secret` the shop's."""

    def __init__(self, config: str, secret: str) -> None:
        told: dict[str, Any] = {
            "GetSecretValue": {"SecretString": json.dumps({"webhook_secret": secret})},
            "GetItem": {"Item": {"pk": {"S": "k"}, "sk": {"S": "key"}, "k": {"B": base64.b64encode(b"wrapped").decode()}}},
            "Decrypt": {"Plaintext": base64.b64encode(bytes(range(32))).decode()},
            "SendMessage": {"MessageId": "00000000-0000-0000-0000-000000000000"},
        }
        self._answers = {operation: json.dumps(answer).encode() for operation, answer in told.items()}
        self._answers["GetObject"] = config.encode()
        self.sent = 0

    def lay(self, events: Any) -> None:
        """Answer whatever the clients with this event system send."""
        events.register("before-send", self._answer)

    def _answer(self, request: Any, event_name: str, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        operation = event_name.rpartition(".")[2]
        self.sent += operation == "SendMessage"
        data = self._answers[operation]
        headers: Any = {"content-length": str(len(data)), "content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Raw(data))


class _Raw(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, *_: Any, **__: Any) -> Any:
        """All of it in one piece."""
        yield self.read()
