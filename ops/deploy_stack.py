"""The deployed stack: what it is, whether somebody changed it by hand, what a template would change, and changing it."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import ConfigError
from ops.deploy_stage import Aws, CommandFailed

# While one of these is on, or within the watch, CloudFormation takes the whole change back by itself.
WATCHED = ("IntakeDownAlarm", "StreamBehindAlarm")
STEADY = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "REVIEW_IN_PROGRESS"})
# What holds data, or takes it in: a change that would make it anew or take it away is refused.
HOLDS_DATA = ("AWS::DynamoDB::", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue")
NOTHING = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that would change. `replaced`: True, False, or Conditional, as CloudFormation says."""

    action: str
    name: str
    kind: str
    replaced: str

    @property
    def dangerous(self) -> bool:
        """Whether data, or what takes it in, would be lost."""
        holds = self.kind.startswith(HOLDS_DATA) and not self.kind.endswith("Policy")
        return holds and (self.action == "Remove" or self.replaced in ("True", "Conditional"))


class Stack:
    """A CloudFormation stack. `pause`: seconds between two looks at something that takes its time."""

    def __init__(self, aws: Aws, name: str, pause: float = 5) -> None:
        self._aws, self.name, self._pause = aws, name, pause

    def state(self) -> Mapping[str, Any] | None:
        """The stack as it is, None when there is none. ConfigError while something else happens to it."""
        try:
            found: dict[str, Any] = self._aws.ask("cloudformation", "describe-stacks", "--stack-name", self.name)["Stacks"][0]
        except CommandFailed as error:
            if "does not exist" in str(error):
                return None
            raise
        if found["StackStatus"] not in STEADY:
            raise ConfigError("stack-busy", f"{self.name} is {found['StackStatus']}: wait, or mend it in the console first")
        return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found

    def outputs(self) -> dict[str, str]:
        """Its outputs."""
        state = self.state() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in state.get("Outputs", [])}

    def drift(self) -> list[str]:
        """Resources that are not any more as the template left them."""
        told = self._aws.ask("cloudformation", "detect-stack-drift", "--stack-name", self.name)
        words = ("cloudformation", "describe-stack-drift-detection-status")
        while True:
            found = self._aws.ask(*words, "--stack-drift-detection-id", told["StackDriftDetectionId"])
            if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
                break
            time.sleep(self._pause)
        if found["DetectionStatus"] != "DETECTION_COMPLETE":
            raise CommandFailed(f"drift of {self.name} could not be told: {found.get('DetectionStatusReason', '')}")
        if found["StackDriftStatus"] != "DRIFTED":
            return []
        listed = ("--stack-resource-drift-status-filters", "MODIFIED", "DELETED")
        drifts = self._aws.ask("cloudformation", "describe-stack-resource-drifts", "--stack-name", self.name, *listed)
        return [f"{each['LogicalResourceId']} {each['StackResourceDriftStatus']}" for each in drifts["StackResourceDrifts"]]

    def difference(self, template: str) -> list[str]:
        """The lines in which a template differs from the deployed one."""
        told = self._aws.ask("cloudformation", "get-template", "--stack-name", self.name, "--template-stage", "Original")
        before = told["TemplateBody"]
        lines = before.splitlines() if isinstance(before, str) else []
        return list(difflib.unified_diff(lines, template.splitlines(), "deployed", "new", lineterm="", n=2))

    def propose(self, name: str, url: str, parameters: Mapping[str, str], watch: int, *, new: bool) -> list[Change] | None:
        """Make a change set of a template; None when nothing would change."""
        words = ["cloudformation", "create-change-set", "--stack-name", self.name, "--change-set-name", name]
        words += ["--change-set-type", "CREATE" if new else "UPDATE", "--template-url", url, "--capabilities", "CAPABILITY_IAM"]
        words += ["--parameters"]
        words += [f"ParameterKey={key},ParameterValue={value}" for key, value in sorted(parameters.items())]
        if watch and not new:
            words += ["--rollback-configuration", self._triggers(watch)]
        self._aws.run(*words)
        named = ("--stack-name", self.name, "--change-set-name", name)
        try:
            self._aws.run("cloudformation", "wait", "change-set-create-complete", *named)
        except CommandFailed:
            reason = self._aws.ask("cloudformation", "describe-change-set", *named).get("StatusReason", "")
            self._aws.run("cloudformation", "delete-change-set", *named)
            if any(word in reason for word in NOTHING):
                return None
            raise CommandFailed(f"the change set of {self.name} failed: {reason}") from None
        told = self._aws.ask("cloudformation", "describe-change-set", *named)
        return [_change(each["ResourceChange"]) for each in told["Changes"] if "ResourceChange" in each]

    def execute(self, name: str, *, new: bool) -> None:
        """Carry a change set out, to its end. CommandFailed when it was taken back, with what failed first."""
        named = ("--stack-name", self.name)
        self._aws.run("cloudformation", "execute-change-set", *named, "--change-set-name", name)
        try:
            self._aws.run("cloudformation", "wait", "stack-create-complete" if new else "stack-update-complete", *named)
        except CommandFailed:
            raise CommandFailed("; ".join(self._failures()) or f"{self.name} was not changed, and nobody says why") from None

    def discard(self, name: str) -> None:
        """Drop a change set."""
        self._aws.run("cloudformation", "delete-change-set", "--stack-name", self.name, "--change-set-name", name)

    def settings(self) -> dict[str, str]:
        """The environment of the functions: where this installation's parts are."""
        function = self.outputs()["APIHandlerName"]
        told = self._aws.ask("lambda", "get-function-configuration", "--function-name", function)
        found: dict[str, str] = told["Environment"]["Variables"]
        return found

    def _triggers(self, watch: int) -> str:
        listed = ("cloudformation", "describe-stack-resource", "--stack-name", self.name, "--logical-resource-id")
        triggers = []
        for alarm in WATCHED:
            found = self._aws.ask(*listed, alarm)["StackResourceDetail"]
            partition, _, region, owner = found["StackId"].split(":")[1:5]
            arn = f"arn:{partition}:cloudwatch:{region}:{owner}:alarm:{found['PhysicalResourceId']}"
            triggers.append(f"{{Arn={arn},Type={found['ResourceType']}}}")
        return f"RollbackTriggers=[{','.join(triggers)}],MonitoringTimeInMinutes={watch}"

    def _failures(self) -> Iterable[str]:
        events = self._aws.ask("cloudformation", "describe-stack-events", "--stack-name", self.name)["StackEvents"]
        failed = [each for each in events if each.get("ResourceStatus", "").endswith("_FAILED")]
        return [f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed[-3:]]


def _change(told: Mapping[str, Any]) -> Change:
    return Change(told["Action"], told["LogicalResourceId"], told["ResourceType"], told.get("Replacement", "False"))
