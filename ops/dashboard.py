"""The CloudWatch dashboard, written into infra/resources.yaml: `python -m ops.dashboard`.

What it shows of ours is in chalicelib/metrics_list.py, and how much memory a function has in .chalice/config.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.metrics_list import METRICS, NAMESPACE

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "infra" / "resources.yaml"
BEGIN = "  # dashboard: written by `python -m ops.dashboard`\n"
END = "  # end of the dashboard\n"
WIDE, TALL, COLUMNS = 8, 6, 24
QUEUES = ("Inbound", "Bulk", "Jobs")
FED = ("AmazonFeed", "ShopifyFeed", "SmsFeed", "SesFeed")
DEAD = ("InboundDlq", "BulkDlq", "JobsDlq", "FeedDlq", "StreamDlq")
Row = list[Any]


def functions() -> dict[str, int]:
    """Memory in MB by logical id."""
    stage = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
    return {_logical(name): told["lambda_memory_size"] for name, told in stage.items()}


def ours(name: str, by: Sequence[str] = (), group: str | None = None, *, how: str = "SUM") -> Row:
    """One of our metrics over all its dimensions, or each value of one of them. ValueError on one that nobody counts so."""
    metric = METRICS[name]
    if tuple(by) not in metric.by or (group and group not in by):
        raise ValueError(f"{name} is not counted by {by}")
    schema = ", ".join(f'"{part}"' for part in (NAMESPACE, *by))
    query = f'SELECT {how}("{name}") FROM SCHEMA({schema})'  # noqa: S608  # of names in our own list, for CloudWatch
    if group:
        query += f' GROUP BY "{group}" ORDER BY SUM() DESC LIMIT 10'
    label = "" if group else f"{name} ({how.lower()})" if how != "SUM" else name
    return [{"expression": query, "label": label, "period": 300}]


def theirs(namespace: str, metric: str, dimension: str, resources: Sequence[str], statistic: str) -> list[Row]:
    """A metric of AWS for each of our resources, `${...}` put in by CloudFormation."""
    return [[namespace, metric, dimension, f"${{{name}}}", {"stat": statistic, "label": name.split(".")[0]}] for name in resources]


def cost() -> list[Row]:
    """What a thousand orders cost: the units that AWS counted, at the prices of the parameters, by the orders that were written."""
    rows, parts = [], list[str]()

    def put(name: str, row: Row) -> str:
        rows.append([*row, {"id": name, "stat": "Sum", "visible": False}])
        return name

    for unit, price in (("Write", "WriteUnits"), ("Read", "ReadUnits")):
        names = []
        for number, table in enumerate(("Table", "KeysTable")):
            names.append(
                put(f"{unit.lower()}{number}", ["AWS/DynamoDB", f"Consumed{unit}CapacityUnits", "TableName", f"${{{table}}}"])
            )
        for index in ("due", "work"):
            place = ["TableName", "${Table}", "GlobalSecondaryIndexName", index]
            names.append(put(f"{unit.lower()}_{index}", ["AWS/DynamoDB", f"Consumed{unit}CapacityUnits", *place]))
        parts.append(f"({' + '.join(f'FILL({name}, 0)' for name in names)}) * ${{PriceMillion{price}}} / 1000000")
    worked, called = [], []
    for number, (function, memory) in enumerate(functions().items()):
        took = put(f"took{number}", ["AWS/Lambda", "Duration", "FunctionName", f"${{{function}}}"])
        worked.append(f"FILL({took}, 0) * {memory}")
        called.append(f"FILL({put(f'calls{number}', ['AWS/Lambda', 'Invocations', 'FunctionName', f'${{{function}}}'])}, 0)")
    parts.append(f"({' + '.join(worked)}) / 1024 / 1000 * ${{PriceGbSecond}}")
    parts.append(f"({' + '.join(called)}) * ${{PriceMillionInvocations}} / 1000000")
    asked = [
        f"FILL({put(f'q{number}_{metric.lower()}', ['AWS/SQS', metric, 'QueueName', f'${{{queue}Queue.QueueName}}'])}, 0)"
        for number, queue in enumerate(QUEUES)
        for metric in ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "NumberOfEmptyReceives")
    ]
    parts.append(f"({' + '.join(asked)}) * ${{PriceMillionQueueRequests}} / 1000000")
    api = put("api", ["AWS/ApiGateway", "Count", "ApiName", "${AWS::StackName}"])
    parts.append(f"FILL({api}, 0) * ${{PriceMillionApiCalls}} / 1000000")
    # A search looks as far back as the dashboard does; a query does not.
    search = f"SUM(SEARCH('{{{NAMESPACE},platform}} MetricName=\"{METRICS['applied'].name}\"', 'Sum', 86400))"
    rows.append([{"expression": search, "id": "orders", "visible": False, "period": 86400}])
    parts.append("orders * ${PriceMillionPuts} / 1000000")
    rows.append(
        [{"expression": f"1000 * ({' + '.join(parts)}) / orders", "id": "cost", "label": "USD a thousand", "period": 86400}]
    )
    return rows


def widgets() -> Iterator[tuple[str, list[Row], Mapping[str, Any]]]:
    """Title, rows, and what else a widget has."""
    why = ("platform", "reason")
    yield "Received, by platform", [ours("received", ("platform",), "platform")], {"stacked": True}
    yield "Refused, by reason", [ours("refused", why, "reason"), ours("not_accepted", why)], {}
    rows = [ours("lag_order", ("platform",), how=how) for how in ("AVG", "MAX")]
    yield "Milliseconds: receipt to order; platform to receipt", [*rows, ours("lag_platform", ("platform",), how="AVG")], {}
    fates = ("applied", "duplicate", "stale", "unknown_topic", "unmapped_status", "amounts_gap")
    yield "What became of events", [ours(name, ("platform",)) for name in fates], {}
    yield "Quarantine and waiting, by reason", [ours("quarantined", ("reason",), "reason"), ours("delayed", why, "reason")], {}
    yield "Cost of a thousand orders, USD a day", cost(), {"period": 86400}
    ages = theirs(
        "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", [f"{one}Queue.QueueName" for one in (*QUEUES, *FED)], "Maximum"
    )
    yield "Oldest on the queues, seconds", ages, {}
    dead = theirs("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", [f"{one}.QueueName" for one in DEAD], "Maximum")
    yield "Dead letters", dead, {}
    yield "Behind the stream, ms", theirs("AWS/Lambda", "IteratorAge", "FunctionName", ("Project", "Trigger"), "Maximum"), {}
    gate = ("kind", "reason")
    yield "Gate: deferred, by reason", [ours("message_deferred", gate, "reason")], {"stacked": True}
    yield "Gate: stopped, by reason", [ours("message_suppressed", gate, "reason"), ours("message_cancelled", gate, "reason")], {}
    sent = ("campaign", "kind")
    yield "Messages", [ours(f"message_{state}", sent) for state in ("sent", "unknown", "failed")], {}
    failed = [
        ours("job_failed", ("kind", "platform", "reason"), "reason"),
        ours("poll_failed", why),
        ours("record_failed", ("reason",), "reason"),
    ]
    yield "Failures", failed, {}
    sources = ("source_stale", "push_dry", "account_paused", "reconcile_missing")
    yield "Sources", [ours(name, ("platform",)) for name in sources], {}
    yield "Errors of functions", theirs("AWS/Lambda", "Errors", "FunctionName", list(functions()), "Sum"), {}


def body() -> dict[str, Any]:
    """The dashboard."""
    placed = []
    for number, (title, rows, more) in enumerate(widgets()):
        place = {"x": number * WIDE % COLUMNS, "y": number * WIDE // COLUMNS * TALL, "width": WIDE, "height": TALL}
        told = {"title": title, "region": "${AWS::Region}", "view": "timeSeries", "period": 300, "metrics": rows, **more}
        placed.append({"type": "metric", **place, "properties": told})
    return {"widgets": placed}


def block() -> str:
    """The resource as YAML, a row of a widget a line."""
    text = (
        json.dumps(body(), ensure_ascii=False, indent=None)
        .replace('{"type": "metric"', '\n{"type": "metric"')
        .replace("]]}}]", "]]}}]\n")
    )
    lines = "\n".join(f"        {line}".rstrip() for line in text.splitlines())
    return f"  Dashboard:\n    Type: AWS::CloudWatch::Dashboard\n    Properties:\n      DashboardBody: !Sub |\n{lines}\n"


def rewritten(text: str) -> str:
    """The template with the dashboard between its marks. ValueError when they are not there."""
    before, opened, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not opened or not closed:
        raise ValueError("the template has no place for the dashboard")
    return f"{before}{BEGIN}{block()}{END}{after}"


def main(arguments: Sequence[str]) -> int:
    """Rewrite it, or with `--check` only say whether it is out of date."""
    parser = argparse.ArgumentParser(prog="python -m ops.dashboard", description="Write the dashboard into the template.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when it is out of date")
    told = parser.parse_args(arguments)
    text = RESOURCES.read_text(encoding="utf-8")
    fresh = rewritten(text)
    if fresh != text and not told.check:
        RESOURCES.write_text(fresh, encoding="utf-8")
    return int(fresh != text and told.check)


def _logical(name: str) -> str:
    return "APIHandler" if name == "api_handler" else "".join(part.title() for part in name.split("_"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
