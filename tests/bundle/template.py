"""Reading the packaged template."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
# What Ref and the attributes used come to, in an invented account.
ACCOUNT = "111122223333"
REGION = "us-east-1"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": "huitou"}
PARAMETERS = {"SecretsPrefix": "huitou", "MailDomain": "demo.example", "AlarmEmail": "ops@demo.example", "SetApiLogsRole": "yes"}
_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:111122223333:table/{}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:111122223333:{}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:111122223333:key/{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:111122223333:log-group:{}:*",
}


def load(path: Path) -> Template:
    """A template without aliases, each part its own object."""
    loaded: Template = json.loads(json.dumps(yaml.safe_load(path.read_text())))
    return copy.deepcopy(loaded)


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """Properties of all resources of a type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == kind}


def functions(template: Template) -> dict[str, Any]:
    """Properties of the functions, by logical id."""
    return of_type(template, "AWS::Serverless::Function")


def events(template: Template, kind: str) -> dict[tuple[str, str], Any]:
    """Properties of the functions' events of a type, by function and event."""
    return {
        (function, name): event["Properties"]
        for function, properties in functions(template).items()
        for name, event in properties.get("Events", {}).items()
        if event["Type"] == kind
    }


def role_of(template: Template, function: str) -> str:
    """The logical id of a function's role."""
    return str(functions(template)[function]["Role"]["Fn::GetAtt"][0])


def statements(template: Template, function: str) -> list[dict[str, Any]]:
    """The statements of a function's role, resolved, with lists of actions and resources."""
    role = template["Resources"][role_of(template, function)]["Properties"]
    assert not role.get("ManagedPolicyArns"), "a managed policy grants what nobody here has read"
    found = [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
    return [
        statement
        | {
            "Action": as_list(statement["Action"]),
            "Resource": [resolve(template, resource) for resource in as_list(statement["Resource"])],
            "Condition": resolve(template, statement.get("Condition", {})),
        }
        for statement in found
    ]


def as_list(value: Any) -> list[Any]:
    """A list of one where there is no list."""
    return value if isinstance(value, list) else [value]


def resolve(template: Template, value: Any) -> Any:
    """A value with Ref, Fn::GetAtt and Fn::Sub carried out; KeyError on a name that the template does not have."""
    if isinstance(value, list):
        return [resolve(template, one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _ref(template, value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        return _attribute(template, *value["Fn::GetAtt"])
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return _sub(template, value["Fn::Sub"])
    return {name: resolve(template, one) for name, one in value.items()}


def _ref(template: Template, name: str) -> str:
    if name in PSEUDO:
        return PSEUDO[name]
    if name in template["Parameters"]:
        return PARAMETERS[name]
    _ = template["Resources"][name]
    return name.lower()


def _attribute(template: Template, name: str, attribute: str) -> str:
    kind = template["Resources"][name]["Type"]
    if attribute == "Arn" and kind in _ARNS:
        return _ARNS[kind].format(name.lower())
    if attribute == "StreamArn":
        return _ARNS[kind].format(name.lower()) + "/stream/2026"
    return f"{name.lower()}.{attribute}"


def _sub(template: Template, text: str) -> str:
    done, _, rest = text.partition("${")
    while rest:
        name, _, rest = rest.partition("}")
        resource, _, attribute = name.partition(".")
        done += _attribute(template, resource, attribute) if attribute else _ref(template, name)
        literal, _, rest = rest.partition("${")
        done += literal
    return done
