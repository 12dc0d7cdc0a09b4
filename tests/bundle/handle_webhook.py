"""Run in a bare interpreter: argument 1 is the bundle, argument 2 a folder for moto alone, looked into last.

Reads gateway events as JSON from standard input, plays AWS with moto, and prints what came of them.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

bundle, beside = str(Path(sys.argv[1]).resolve()), sys.argv[2]
sys.path.insert(0, bundle)
sys.path.append(beside)
OURS = (
    "app",
    "chalice",
    "chalicelib",
    "connectors",
    "boto3",
    "botocore",
    "msgspec",
    "cryptography",
    "jinja2",
    "requests",
    "tzdata",
)
CONFIG = """
merchant = "demo"
time_zone = "Asia/Shanghai"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "shopify"
account = "acme"
"""
NAMES = {"HUITOU_TABLE": "main", "HUITOU_KEYS_TABLE": "keys", "HUITOU_BUCKET": "bucket", "AWS_REGION": "us-east-1"}


def table(client: Any, name: str) -> None:
    """A table with the two key attributes."""
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
    )


def account(boto3: Any) -> tuple[Any, Any]:
    """What the template would have made; the clients of the tables and of the queue."""

    def client(service: str) -> Any:
        return boto3.client(service, region_name="us-east-1")

    dynamodb, sqs = client("dynamodb"), client("sqs")
    table(dynamodb, "main")
    table(dynamodb, "keys")
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key="config/huitou.toml", Body=CONFIG.encode())
    secret = json.dumps({"webhook_secret": "a secret of the tests"})
    client("secretsmanager").create_secret(Name="huitou/demo/shopify/acme", SecretString=secret)
    os.environ.update(
        NAMES,
        HUITOU_INBOUND_URL=sqs.create_queue(QueueName="inbound")["QueueUrl"],
        HUITOU_BULK_URL=sqs.create_queue(QueueName="bulk")["QueueUrl"],
        HUITOU_JOBS_URL=sqs.create_queue(QueueName="jobs")["QueueUrl"],
        HUITOU_KMS_KEY=client("kms").create_key()["KeyMetadata"]["Arn"],
    )
    return dynamodb, sqs


def main() -> dict[str, Any]:
    """Handle the events."""
    os.environ.update(AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local")
    import boto3
    from moto import mock_aws

    import app

    given = json.load(sys.stdin)
    with mock_aws():
        dynamodb, sqs = account(boto3)
        status = {name: app.app(event, None)["statusCode"] for name, event in given.items()}
        unknown = {**given["signed"], "resource": "/unsubscribe/{token}", "path": "/unsubscribe/none", "httpMethod": "GET"}
        unknown["pathParameters"] = {"token": "none"}
        unknown["requestContext"] = {**unknown["requestContext"], "resourcePath": "/unsubscribe/{token}", "httpMethod": "GET"}
        page = app.app(unknown, None)
        messages = sqs.receive_message(QueueUrl=os.environ["HUITOU_INBOUND_URL"], MaxNumberOfMessages=10).get("Messages", [])
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in messages]
        failures = app.normalise({"Records": records}, None)["batchItemFailures"]
        items = dynamodb.scan(TableName="main")["Items"]
    return {
        **status,
        "queued": len(records),
        "failures": failures,
        "kinds": [item["kind"]["S"] for item in items],
        "page": [page["statusCode"], (page["headers"].get("Content-Type") or page["multiValueHeaders"]["Content-Type"][0])],
        "outside": [
            name
            for name, module in sys.modules.items()
            if name.partition(".")[0] in OURS and getattr(module, "__file__", None) and not str(module.__file__).startswith(bundle)
        ],
    }


if __name__ == "__main__":
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # metrics go to standard output
        report = main()
    json.dump(report, sys.stdout)
