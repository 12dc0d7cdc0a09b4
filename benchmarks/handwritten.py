"""What a developer would write by hand: a Chalice handler that checks Shopify's HMAC and sends the body to a queue.

Nothing is sealed, nothing is counted, one shop and one secret, both in the environment. It is the measure of receiving.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from chalice.app import Chalice, Response

app = Chalice(app_name="by-hand")
_clients: dict[str, Any] = {}


@app.route("/webhooks/shopify/acme", methods=["POST"], content_types=["*/*"])
def webhook() -> Response:
    """Check and send."""
    request: Any = app.current_request
    body: bytes = request.raw_body
    secret = os.environ["SHOPIFY_SECRET"].encode()
    expected = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected, request.headers.get("x-shopify-hmac-sha256", "")):
        return Response(body="", status_code=401)
    _sqs().send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body.decode())
    return Response(body="", status_code=200, headers={"Content-Type": "text/plain"})


def use(client: Any) -> None:
    """Send with this client."""
    _clients["sqs"] = client


def _sqs() -> Any:
    if "sqs" not in _clients:
        import boto3

        _clients["sqs"] = boto3.client("sqs", region_name=os.environ["AWS_REGION"])
    return _clients["sqs"]
