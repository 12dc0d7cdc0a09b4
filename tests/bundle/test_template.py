"""The packaged template: what an installation on AWS consists of, and the limits it keeps.

Each rule is a function over the template, so that a template with the fault planted can show that it bites.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from chalicelib.errors import ConfigError
from chalicelib.settings import Settings
from ops.installation import PROJECT_KINDS, TRIGGER_KINDS
from ops.local import KEYS_TABLE, TABLE, table_schema
from tests.bundle.conftest import ROOT
from tests.bundle.template import Template, as_list, events, functions, load, of_type, resolve, role_of, statements
from tests.kit.faults import Told

DAY = 86_400
KINDS = {"Project": ["order", "beat"], "Trigger": ["order", "review", "question", "answer", "case"]}
BATCHES = {"Project": 1000, "Trigger": 100}
NAMES = {"Name", "TableName", "QueueName", "TopicName", "BucketName", "RoleName", "FunctionName", "AlarmName", "LogGroupName"}
FEEDS = ("AmazonFeedQueue", "ShopifyFeedQueue", "SmsFeedQueue", "SesFeedQueue")
PUBLISHERS = {"SmsTopic": "sms-voice.amazonaws.com", "SesTopic": "ses.amazonaws.com"}
SELLING_PARTNER_API = "437568002678"
SCHEDULES = {
    "Tick": "rate(1 minute)",
    "Deliver": "rate(1 minute)",
    "Poll": "rate(1 minute)",
    "Pull": "rate(5 minutes)",
    "Sweep": "rate(1 hour)",
    "Digest": "cron(0/5 * * * ? *)",
}


def dead_letter_queues(template: Template) -> dict[str, str]:
    """Dead-letter queue by source queue."""
    queues = of_type(template, "AWS::SQS::Queue")
    return {
        name: queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for name, queue in queues.items()
        if "RedrivePolicy" in queue
    }


def roles(template: Template) -> None:
    """Each function has a role of its own, made by this template."""
    found = [role_of(template, function) for function in functions(template)]
    assert len(set(found)) == len(found) == 13
    for function in functions(template):
        assert statements(template, function), function


# All that may end in a star: one's own log group, parts of the bucket, this installation's secrets, the table's streams.
STARS = re.compile(
    r"arn:aws:(logs:[a-z0-9-]+:\d+:log-group:[a-z]+:\*|s3:::bucket/(config|sheets|digests|claims|raw|erasures|raw/\*/unread)/\*|"
    r"secretsmanager:[a-z0-9-]+:\d+:secret:huitou/\*|dynamodb:[a-z0-9-]+:\d+:table/table/stream/\*)"
)
# The one policy of AWS's own: API Gateway's right to write its access logs.
MANAGED = {"ApiLogsRole": ["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"]}
TRUSTED = {"ApiLogsRole": "apigateway.amazonaws.com"}
READS_ALL = {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:ExecuteStatement"}


def trust(template: Template) -> None:
    """Each role is Lambda's alone to take, and none has rights that nobody here has read."""
    for name, role in of_type(template, "AWS::IAM::Role").items():
        assert resolve(template, role.get("ManagedPolicyArns", [])) == MANAGED.get(name, []), name
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        told = {part: statement[part] for part in ("Effect", "Action", "Principal")}
        service = TRUSTED.get(name, "lambda.amazonaws.com")
        assert told == {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}, name


def strangers(template: Template) -> None:
    """What queues, topics and the bucket allow by themselves names who: nobody is everybody."""
    kinds = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
    for name, policy in ((name, one) for kind in kinds for name, one in of_type(template, kind).items()):
        for statement in policy["PolicyDocument"]["Statement"]:
            told = statement.get("Fn::If", [None, statement])[1]
            assert told["Effect"] == "Deny" or (told["Principal"] not in ("*", {"AWS": "*"})), name
            assert told["Effect"] == "Deny" or all("*" not in action for action in as_list(told["Action"])), name


def permissions(template: Template) -> None:
    """No statement says "everything", neither as an action nor as a resource, and none may read a whole table."""
    for function in functions(template):
        for statement in statements(template, function):
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource", "Principal"} & set(statement), (function, statement)
            for action in statement["Action"]:
                assert "*" not in action and action not in READS_ALL, (function, action)
            for resource in statement["Resource"]:
                assert resource.count(":") >= 5, (function, resource)
                _, _, service, _, _, name = resource.split(":", 5)
                assert service and "*" not in name.split("/")[0].removesuffix(":*"), (function, resource)
                assert "*" not in resource or STARS.fullmatch(resource), (function, resource)


def logs(template: Template) -> None:
    """Each function logs to a group of its own that forgets, and may write to no other."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] <= 90 for group in groups.values())
    for function, properties in functions(template).items():
        group = properties["LoggingConfig"]["LogGroup"]["Ref"]
        assert group == f"{function}Log"
        arn = resolve(template, {"Fn::GetAtt": [group, "Arn"]})
        written = [s for s in statements(template, function) if any(a.startswith("logs:") for a in s["Action"])]
        assert [s["Resource"] for s in written] == [[arn]], function


def environment(template: Template) -> None:
    """The functions find every variable that Settings needs; Lambda gives the region."""
    given = {name: resolve(template, value) for name, value in template["Globals"]["Function"]["Environment"]["Variables"].items()}
    read: set[str] = set()

    class Noting(dict[str, str]):
        """A mapping that notes what it is asked for."""

        def get(self, name: str, default: Any = None) -> Any:
            """Note, and look."""
            read.add(name)
            return super().get(name, default)

    settings = Settings.from_environ(Noting(given | {"AWS_REGION": "us-east-1"}))
    assert settings.ses_configuration_set
    assert set(given) <= read, "a variable that nobody reads"
    for properties in functions(template).values():
        assert "Environment" not in properties, "would hide the common ones from whoever reads the template"


def queue_sources(template: Template) -> None:
    """Lanes and feeds: partial failures reported, concurrency bounded, visibility six times the function's limit, redrive."""
    sources = events(template, "SQS")
    queues = of_type(template, "AWS::SQS::Queue")
    dead = dead_letter_queues(template)
    assert {source["Queue"]["Fn::GetAtt"][0] for source in sources.values()} == {"InboundQueue", "BulkQueue", "JobsQueue", *FEEDS}
    for (function, _), source in sources.items():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
        name = source["Queue"]["Fn::GetAtt"][0]
        assert queues[name]["VisibilityTimeout"] >= 6 * functions(template)[function]["Timeout"]
        assert queues[name]["RedrivePolicy"]["maxReceiveCount"] == 5
        assert queues[dead[name]]["MessageRetentionPeriod"] > queues[name]["MessageRetentionPeriod"]
        assert queues[dead[name]]["MessageRetentionPeriod"] == 14 * DAY


def waits(template: Template) -> None:
    """No function is held back from the others' concurrency: a burst waits in its queue, and is not refused."""
    assert not [name for name, one in functions(template).items() if "ReservedConcurrentExecutions" in one]


def dead_letters(template: Template) -> None:
    """Whatever carries an event has somewhere to put what cannot be delivered. Schedules carry none: the next one does the work."""
    dead = set(dead_letter_queues(template).values()) | {"StreamDlq"}
    queues = set(of_type(template, "AWS::SQS::Queue"))
    assert queues - set(dead_letter_queues(template)) == dead <= queues
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        assert all(target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in dead for target in rule["Targets"]), name
    for name, one in of_type(template, "AWS::SNS::Subscription").items():
        assert one["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in dead, name
    (told,) = of_type(template, "AWS::SQS::QueuePolicy")["FeedDlqPolicy"]["PolicyDocument"]["Statement"]
    assert told["Principal"] == {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    assert told["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (told["Action"], told["Resource"]) == ("sqs:SendMessage", {"Fn::GetAtt": ["FeedDlq", "Arn"]})


def feed_senders(template: Template) -> None:
    """What comes by a feed is believed unsigned: only the platform may write there, named by account or by its bus's rule."""
    policies = [one for name, one in of_type(template, "AWS::SQS::QueuePolicy").items() if name != "FeedDlqPolicy"]
    assert sorted(policy["Queues"][0]["Ref"] for policy in policies) == sorted(FEEDS)
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            told = statement.get("Fn::If", [None, statement])[1]
            assert told["Resource"] == {"Fn::GetAtt": [policy["Queues"][0]["Ref"], "Arn"]}
            if told["Principal"] == {"Service": "events.amazonaws.com"}:
                assert told["Action"] == "sqs:SendMessage"
                rule = template["Resources"][told["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"][0]]["Properties"]
                (prefix,) = [source["prefix"] for source in rule["EventPattern"]["source"]]
                assert re.fullmatch(r"aws\.partner/[a-z.]+\.com/", prefix)
                assert rule["EventBusName"] != "default"
            elif told["Principal"] == {"Service": "sns.amazonaws.com"}:
                topic = told["Condition"]["ArnEquals"]["aws:SourceArn"]["Ref"]
                (owner,) = [
                    each for each in of_type(template, "AWS::SNS::TopicPolicy").values() if each["Topics"] == [{"Ref": topic}]
                ]
                (publisher,) = owner["PolicyDocument"]["Statement"]
                assert publisher["Principal"] == {"Service": PUBLISHERS[topic]}
                assert publisher["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
            else:
                assert told["Principal"] == {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{SELLING_PARTNER_API}:root"}}


def stream_sources(template: Template) -> None:
    """Two readers and no third; each filtered to its kinds, isolating what fails, and noting what it gives up."""
    sources = {function: source for (function, _), source in events(template, "DynamoDB").items()}
    assert set(sources) == set(KINDS)
    on_one_machine = {"Project": PROJECT_KINDS, "Trigger": TRIGGER_KINDS}
    assert on_one_machine == {function: frozenset(kinds) for function, kinds in KINDS.items()}
    for function, source in sources.items():
        assert source["Stream"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert source["MaximumRetryAttempts"] > 0
        assert source["BatchSize"] == BATCHES[function]
        assert source["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["StreamDlq", "Arn"]}
        patterns = [json.loads(entry["Pattern"]) for entry in source["FilterCriteria"]["Filters"]]
        assert [pattern["dynamodb"]["NewImage"]["kind"]["S"] for pattern in patterns] == [KINDS[function]]


def schedules(template: Template) -> None:
    """What runs by the clock, and how often."""
    found = {function: one["ScheduleExpression"] for (function, _), one in events(template, "ScheduleV2").items()}
    assert found == SCHEDULES


def names(template: Template) -> None:
    """Two installations live in one account: nothing bears a fixed name, and the API is named after its stack."""
    translated = translate(template)["Resources"]
    for logical, resource in translated.items():
        given = {name: value for name, value in resource["Properties"].items() if name in NAMES}
        assert all(isinstance(value, dict) for value in given.values()), (logical, given)
    (rest,) = of_type(template, "AWS::Serverless::Api").values()
    assert rest["DefinitionBody"]["info"]["title"] == {"Ref": "AWS::StackName"}
    (alarm,) = (one for one in of_type(template, "AWS::CloudWatch::Alarm").values() if one.get("Namespace") == "AWS/ApiGateway")
    assert alarm["Dimensions"] == [{"Name": "ApiName", "Value": {"Ref": "AWS::StackName"}}]


def called(template: Template) -> None:
    """No function lies there that nothing calls. The API calls two, each under its own paths."""
    assert {name for name, one in functions(template).items() if not one.get("Events")} == {"APIHandler", "Console"}
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, methods in paths.items():
        for method in methods.values():
            apart = path.partition("/{")[0] == "/console"
            assert ("${Console.Arn}" if apart else "${APIHandler.Arn}") in json.dumps(method), path
    assert {path for path in paths if path.startswith("/console")} == {"/console", "/console/{proxy+}"}
    invoked = template["Resources"]["ConsoleInvoked"]["Properties"]
    assert invoked["FunctionName"] == {"Ref": "Console"}
    assert "execute-api" in json.dumps(invoked["SourceArn"]) and "${RestAPI}" in json.dumps(invoked["SourceArn"])


def tables(template: Template) -> None:
    """The same tables as on one machine, encrypted, recoverable, protected; the keys' own forgets within a day."""
    found = of_type(template, "AWS::DynamoDB::Table")
    assert set(found) == {"Table", "KeysTable"}
    for logical, name in (("Table", TABLE), ("KeysTable", KEYS_TABLE)):
        schema = table_schema(name, indexes=logical == "Table")
        for part in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"):
            assert found[logical].get(part) == schema.get(part), (logical, part)
        stream = found[logical].get("StreamSpecification", {}).get("StreamViewType")
        assert stream == schema.get("StreamSpecification", {}).get("StreamViewType")
        assert found[logical]["SSESpecification"]["SSEType"] == "KMS"
        assert found[logical]["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
        assert found[logical]["DeletionProtectionEnabled"] is True
        assert found[logical]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert template["Resources"][logical]["DeletionPolicy"] == "Retain"
    assert found["KeysTable"]["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 1


def encryption(template: Template) -> None:
    """Nothing lies open: queues, bucket, topic, and a key that rotates."""
    assert all(queue["SqsManagedSseEnabled"] is True for queue in of_type(template, "AWS::SQS::Queue").values())
    (key,) = of_type(template, "AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    (bucket,) = of_type(template, "AWS::S3::Bucket").values()
    rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules] == ["aws:kms"]
    assert all(bucket["PublicAccessBlockConfiguration"][name] is True for name in ("BlockPublicAcls", "RestrictPublicBuckets"))
    assert "VersioningConfiguration" not in bucket, "an old version would outlive an erasure"
    assert all("KmsMasterKeyId" in topic for topic in of_type(template, "AWS::SNS::Topic").values())


def key_policy(template: Template) -> None:
    """Beyond the account's own IAM, the key is used through DynamoDB from this account, for alarms, text messages and mail."""
    (key,) = of_type(template, "AWS::KMS::Key").values()
    for statement in key["KeyPolicy"]["Statement"]:
        if statement["Sid"] == "Account":
            assert "root" in json.dumps(statement["Principal"])
        else:
            if statement["Principal"].get("Service") in PUBLISHERS.values():
                assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
            elif statement["Principal"] != {"Service": "cloudwatch.amazonaws.com"}:
                condition = statement["Condition"]["StringEquals"]
                assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
                assert "dynamodb." in condition["kms:ViaService"]["Fn::Sub"]
            assert all("*" not in action for action in as_list(statement["Action"]))


def retention(template: Template) -> None:
    """Raw requests and claim checks expire in 30 days, and outlive queue and dead-letter queue together."""
    (bucket,) = of_type(template, "AWS::S3::Bucket").values()
    rules = bucket["LifecycleConfiguration"]["Rules"]
    days = {resolve(template, rule["Prefix"]): rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert days["raw/"] == days["claims/"] == days["digests/"] == 30
    longest = max(queue["MessageRetentionPeriod"] for queue in of_type(template, "AWS::SQS::Queue").values())
    assert days["claims/"] * DAY > longest


def api(template: Template) -> None:
    """Regional, byte-exact bodies, unknown paths like any other 404, and no path or body in a log."""
    (rest,) = of_type(template, "AWS::Serverless::Api").values()
    body = rest["DefinitionBody"]
    assert rest["EndpointConfiguration"] in ("REGIONAL", {"Type": "REGIONAL"})
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    missing = body["x-amazon-apigateway-gateway-responses"]["MISSING_AUTHENTICATION_TOKEN"]
    assert missing["statusCode"] == 404
    assert json.loads(missing["responseTemplates"]["application/json"]) == {"message": "Not Found"}
    assert rest["TracingEnabled"] is False
    (settings,) = rest["MethodSettings"]
    assert (settings["DataTraceEnabled"], settings["LoggingLevel"]) == (False, "OFF")
    said = set(json.loads(rest["AccessLogSetting"]["Format"]).values())
    assert "$context.resourcePath" in said
    assert not said & {"$context.path", "$context.requestOverride.path", "$context.identity.sourceIp"}
    assert all(properties["Tracing"] == "PassThrough" for properties in functions(template).values())


def alarms(template: Template) -> None:
    """Dead letters by the metric that counts those waiting (the one of sent messages misses redriven ones), age, errors."""
    found = of_type(template, "AWS::CloudWatch::Alarm")
    several = of_type(template, "AWS::CloudWatch::CompositeAlarm")
    rules = " ".join(alarm["AlarmRule"]["Fn::Sub"] for alarm in several.values())
    for name, alarm in (found | several).items():  # told by itself, or by one that stands for several
        assert alarm.get("AlarmActions") == [{"Ref": "AlarmTopic"}] or f'ALARM("${{{name}}}")' in rules
    watched = {
        (alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"])): alarm
        for alarm in found.values()
        if "MetricName" in alarm
    }
    used = set(dead_letter_queues(template).values()) | {"StreamDlq"}
    for queue in used:
        alarm = watched["ApproximateNumberOfMessagesVisible", json.dumps({"Fn::GetAtt": [queue, "QueueName"]})]
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
        assert alarm["Statistic"] == "Maximum"
    for queue in dead_letter_queues(template):
        assert ("ApproximateAgeOfOldestMessage", json.dumps({"Fn::GetAtt": [queue, "QueueName"]})) in watched
    for reader in KINDS:
        alarm = watched["IteratorAge", json.dumps({"Ref": reader})]
        assert (alarm["Threshold"], alarm["Statistic"]) == (3_600_000, "Maximum")
    for function in functions(template):
        assert watched["Errors", json.dumps({"Ref": function})]["Threshold"] == 1
    queries = " ".join(entry.get("Expression", "") for alarm in found.values() for entry in alarm.get("Metrics", []))
    assert 'SELECT SUM("quarantined") FROM SCHEMA("Huitou", "reason")' in queries


RIGHTS: tuple[Callable[[Template], None], ...] = (roles, trust, permissions, strangers, feed_senders, key_policy)
RULES: tuple[Callable[[Template], None], ...] = (
    logs,
    environment,
    queue_sources,
    waits,
    dead_letters,
    stream_sources,
    schedules,
    called,
    names,
    tables,
    encryption,
    retention,
    api,
    alarms,
)


@pytest.mark.fault(37)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(template: Template, rule: Callable[[Template], None], fault: Told) -> None:
    rule(template)
    kinds = (("functions", "AWS::Serverless::Function"), ("queues", "AWS::SQS::Queue"), ("tables", "AWS::DynamoDB::Table"))
    fault.figure(f"{len(RULES)} rules over {', '.join(f'{len(of_type(template, kind))} {name}' for name, kind in kinds)}")


@pytest.mark.fault(69)
@pytest.mark.parametrize("rule", RIGHTS, ids=lambda rule: rule.__name__)
def test_right_holds(template: Template, rule: Callable[[Template], None], fault: Told) -> None:
    rule(template)
    count = sum(len(statements(template, function)) for function in functions(template))
    fault.figure(f"{count} statements of {len(functions(template))} roles")


def test_cfn_lint_finds_nothing(package: Path) -> None:
    assert lint(package / "sam.yaml") == ""


def test_cfn_lint_finds_nothing_in_what_cloudformation_makes_of_it(template: Template, tmp_path: Path) -> None:
    """Events of functions are looked into only once they have become resources of their own."""
    (tmp_path / "cfn.json").write_text(json.dumps(translate(template)))

    assert lint(tmp_path / "cfn.json") == ""


@pytest.mark.parametrize(
    ("function", "event", "changes"),
    [
        ("Normalise", "Inbound", {"Queue": {"Fn::GetAtt": ["Inbox", "Arn"]}}),
        ("Project", "Stream", {"ParallelizationFactor": 11}),
        ("Tick", "Schedule", {"State": "ON"}),
    ],
)
def test_cfn_lint_finds_a_wrong_event(
    template: Template, tmp_path: Path, function: str, event: str, changes: dict[str, Any]
) -> None:
    broken = copy.deepcopy(template)
    broken["Resources"][function]["Properties"]["Events"][event]["Properties"].update(changes)
    (tmp_path / "cfn.json").write_text(json.dumps(translate(broken)))

    assert lint(tmp_path / "cfn.json") != ""


def test_a_misspelt_event_property_does_not_translate(template: Template) -> None:
    broken = copy.deepcopy(template)
    broken["Resources"]["Normalise"]["Properties"]["Events"]["Inbound"]["Properties"]["BatchSise"] = 5

    with pytest.raises(InvalidDocumentException):
        translate(broken)


def test_cfn_lint_finds_a_misspelt_function(package: Path, tmp_path: Path) -> None:
    """A logical id that belongs to no function of app.py makes a resource without a type."""
    broken = load(package / "sam.yaml")
    broken["Resources"]["Normalize"] = {"Properties": {"Timeout": 5}}
    (tmp_path / "sam.json").write_text(json.dumps(broken))

    assert "E3001" in lint(tmp_path / "sam.json")


def test_settings_name_what_is_missing(template: Template) -> None:
    given = dict.fromkeys(template["Globals"]["Function"]["Environment"]["Variables"], "x")

    with pytest.raises(ConfigError, match="AWS_REGION"):
        Settings.from_environ(given)


def lint(path: Path) -> str:
    """What cfn-lint says."""
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--regions", "us-east-1", "--template", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def translate(template: Template) -> Template:
    """The template as CloudFormation's serverless transform expands it, with the bundle uploaded."""
    uploaded = copy.deepcopy(template)
    for properties in functions(uploaded).values():
        properties["CodeUri"] = "s3://artifacts/bundle"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    translated: Template = translator.translate(uploaded, {})
    return translated


def _statement(template: Template, function: str, **changes: Any) -> None:
    role = template["Resources"][role_of(template, function)]["Properties"]
    role["Policies"][0]["PolicyDocument"]["Statement"][1].update(changes)


def _drop(template: Template, *path: Any) -> None:
    for part in path[:-1]:
        template = template[part]
    del template[path[-1]]


def _set(template: Template, value: Any, *path: Any) -> None:
    for part in path[:-1]:
        template = template[part]
    template[path[-1]] = value


def _drop_alarm(name: str, template: Template) -> None:
    _drop(template, "Resources", name)


def _property(*path: Any) -> tuple[Any, ...]:
    return ("Resources", path[0], "Properties", *path[1:])


def _feed_statement(policy: str, number: int) -> tuple[Any, ...]:
    return _property(policy, "PolicyDocument", "Statement", number)


FAULTS: tuple[tuple[Callable[[Template], None], Callable[[Template], None]], ...] = (
    (roles, lambda t: _set(t, {"Fn::GetAtt": ["TickRole", "Arn"]}, *_property("Sweep", "Role"))),
    (permissions, lambda t: _statement(t, "Sweep", Resource="arn:aws:s3:::*")),
    (permissions, lambda t: _statement(t, "Sweep", Action=["dynamodb:*"])),
    (permissions, lambda t: _statement(t, "Sweep", Action=["s3:Get*"])),
    (permissions, lambda t: _statement(t, "Sweep", Action=["dynamodb:Scan"])),
    (permissions, lambda t: _statement(t, "Sweep", Resource="*")),
    (permissions, lambda t: _statement(t, "Sweep", Resource="arn:aws:s3:::bucket/*")),
    (permissions, lambda t: _statement(t, "Sweep", NotAction=["iam:PassRole"])),
    (trust, lambda t: _set(t, ["arn:aws:iam::aws:policy/AdministratorAccess"], *_property("SweepRole", "ManagedPolicyArns"))),
    (trust, lambda t: _set(t, {"AWS": "*"}, *_property("SweepRole", "AssumeRolePolicyDocument", "Statement", 0, "Principal"))),
    (strangers, lambda t: _set(t, "*", *_feed_statement("FeedDlqPolicy", 0), "Principal")),
    (strangers, lambda t: _set(t, "sqs:*", *_feed_statement("FeedDlqPolicy", 0), "Action")),
    (logs, lambda t: _drop(t, *_property("TickLog", "RetentionInDays"))),
    (logs, lambda t: _drop(t, *_property("Tick", "LoggingConfig"))),
    (environment, lambda t: _drop(t, "Globals", "Function", "Environment", "Variables", "HUITOU_BUCKET")),
    (environment, lambda t: _set(t, "x", "Globals", "Function", "Environment", "Variables", "HUITOU_TABEL")),
    (queue_sources, lambda t: _drop(t, *_property("Normalise", "Events", "Bulk", "Properties", "FunctionResponseTypes"))),
    (queue_sources, lambda t: _drop(t, *_property("BulkQueue", "RedrivePolicy"))),
    (queue_sources, lambda t: _set(t, 900, *_property("Normalise", "Timeout"))),
    (queue_sources, lambda t: _set(t, 4 * DAY, *_property("InboundDlq", "MessageRetentionPeriod"))),
    (queue_sources, lambda t: _drop(t, *_property("Normalise", "Events", "Bulk", "Properties", "ScalingConfig"))),
    (waits, lambda t: _set(t, 5, *_property("Normalise", "ReservedConcurrentExecutions"))),
    (dead_letters, lambda t: _drop(t, *_property("AmazonFeedQueue", "RedrivePolicy"))),
    (dead_letters, lambda t: _drop(t, *_property("AmazonEventRule", "Targets", 0, "DeadLetterConfig"))),
    (dead_letters, lambda t: _drop(t, *_property("SesSubscription", "RedrivePolicy"))),
    (dead_letters, lambda t: _drop(t, *_feed_statement("FeedDlqPolicy", 0), "Condition")),
    (feed_senders, lambda t: _set(t, "*", *_feed_statement("AmazonFeedPolicy", 0), "Principal")),
    (feed_senders, lambda t: _drop(t, *_feed_statement("ShopifyFeedPolicy", 0), "Condition")),
    (feed_senders, lambda t: _set(t, [{"prefix": ""}], *_property("AmazonEventRule", "EventPattern", "source"))),
    (feed_senders, lambda t: _drop(t, "Resources", "AmazonFeedPolicy")),
    (stream_sources, lambda t: _drop(t, *_property("Project", "Events", "Stream", "Properties", "FilterCriteria"))),
    (stream_sources, lambda t: _drop(t, *_property("Trigger", "Events", "Stream", "Properties", "DestinationConfig"))),
    (
        stream_sources,
        lambda t: _set(t, copy.deepcopy(t["Resources"]["Project"]["Properties"]["Events"]), *_property("Sweep", "Events")),
    ),
    (schedules, lambda t: _drop(t, *_property("Tick", "Events"))),
    (names, lambda t: _drop(t, *_property("Tick", "Events", "Schedule", "Properties", "OmitName"))),
    (names, lambda t: _set(t, "huitou", *_property("Table", "TableName"))),
    (called, lambda t: _drop(t, *_property("Tick", "Events"))),
    (called, lambda t: _drop(t, *_property("RestAPI", "DefinitionBody", "paths", "/console/{proxy+}"))),
    (tables, lambda t: _set(t, "ALL", *_property("Table", "GlobalSecondaryIndexes", 0, "Projection", "ProjectionType"))),
    (tables, lambda t: _drop(t, *_property("Table", "PointInTimeRecoverySpecification"))),
    (tables, lambda t: _drop(t, *_property("Table", "SSESpecification"))),
    (tables, lambda t: _drop(t, *_property("Table", "DeletionProtectionEnabled"))),
    (tables, lambda t: _drop(t, *_property("KeysTable", "PointInTimeRecoverySpecification", "RecoveryPeriodInDays"))),
    (tables, lambda t: _set(t, {"StreamViewType": "NEW_AND_OLD_IMAGES"}, *_property("KeysTable", "StreamSpecification"))),
    (tables, lambda t: _set(t, "KEYS_ONLY", *_property("Table", "StreamSpecification", "StreamViewType"))),
    (encryption, lambda t: _set(t, False, *_property("StreamDlq", "SqsManagedSseEnabled"))),
    (encryption, lambda t: _drop(t, *_property("InboundQueue", "SqsManagedSseEnabled"))),
    (encryption, lambda t: _drop(t, *_property("Bucket", "BucketEncryption"))),
    (encryption, lambda t: _drop(t, *_property("SesTopic", "KmsMasterKeyId"))),
    (encryption, lambda t: _set(t, False, *_property("Key", "EnableKeyRotation"))),
    (encryption, lambda t: _set(t, {"Status": "Enabled"}, *_property("Bucket", "VersioningConfiguration"))),
    (key_policy, lambda t: _drop(t, *_property("Key", "KeyPolicy", "Statement", 1, "Condition"))),
    (retention, lambda t: _set(t, 10, *_property("Bucket", "LifecycleConfiguration", "Rules", 1, "ExpirationInDays"))),
    (api, lambda t: _drop(t, *_property("RestAPI", "DefinitionBody", "x-amazon-apigateway-gateway-responses"))),
    (api, lambda t: _set(t, '{"path":"$context.path"}', *_property("RestAPI", "AccessLogSetting", "Format"))),
    (alarms, lambda t: _set(t, "NumberOfMessagesSent", *_property("BulkDlqAlarm", "MetricName"))),
    (alarms, lambda t: _drop(t, "Resources", "TriggerAgeAlarm")),
    *((alarms, partial(_drop_alarm, name)) for name in ("InboundDlqAlarm", "BulkDlqAlarm", "JobsDlqAlarm", "FeedDlqAlarm")),
    (alarms, partial(_drop_alarm, "StreamDlqAlarm")),
    (alarms, lambda t: _drop(t, "Resources", "QuarantinedAlarm")),
)


OF_RIGHTS = [number for number, (rule, _) in enumerate(FAULTS) if rule in RIGHTS]
OF_RULES = [number for number, (rule, _) in enumerate(FAULTS) if rule in RULES]


def _planted(number: int) -> str:
    return f"{FAULTS[number][0].__name__}-{number}"


def catches(template: Template, number: int) -> None:
    """A rule refuses the template with its fault in it."""
    rule, plant = FAULTS[number]
    broken = copy.deepcopy(template)
    plant(broken)

    with pytest.raises((AssertionError, KeyError, ConfigError)):
        rule(broken)


@pytest.mark.fault(37, saboteur=True)
@pytest.mark.parametrize("number", OF_RULES, ids=_planted)
def test_rule_catches_a_planted_fault(template: Template, number: int) -> None:
    catches(template, number)


@pytest.mark.fault(69, saboteur=True)
@pytest.mark.parametrize("number", OF_RIGHTS, ids=_planted)
def test_right_catches_a_planted_fault(template: Template, number: int) -> None:
    catches(template, number)


def test_every_rule_has_a_fault_to_catch() -> None:
    assert {rule for rule, _ in FAULTS} == {*RULES, *RIGHTS}
