"""What the extension decides by itself of AWS Batch: its rules, and what of the API fits its model."""

import itertools
import unittest
from typing import Any

from extension import (
    batch_model,
    batch_permissions,
    batch_plans,
    batch_resources,
    batch_routes,
    batch_rules,
    batch_subjects,
)

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]


def container(name: str, *on: tuple[str, str], essential: bool = False, **more: Any) -> dict[str, Any]:
    depends = [{"containerName": other, "condition": condition} for other, condition in on]
    found = {"name": name, "image": f"{name}:1", "essential": essential, "dependsOn": depends}
    return {**found, "resourceRequirements": NEEDS, **more}


class References(unittest.TestCase):
    def test_are_names_and_arns_with_a_revision_or_without(self) -> None:
        arn = "arn:aws:batch:us-east-1:000000000000:job-definition/"
        for prefix in ("", arn):
            self.assertEqual(batch_rules.reference_of(f"{prefix}train"), ("train", None))
            self.assertEqual(batch_rules.reference_of(f"{prefix}train:12"), ("train", 12))


class Targets(unittest.TestCase):
    def test_are_the_nodes_of_a_range(self) -> None:
        for nodes, expected in {":": [0, 1, 2, 3], "0:": [0, 1, 2, 3], "1:2": [1, 2], "2:9": [2, 3], "3": [3]}.items():
            self.assertEqual(list(batch_rules.targets(nodes, 4)), expected, nodes)


class Containers(unittest.TestCase):
    GOOD = (
        container("fetch"),
        container("agent", essential=True),
        container("trainer", ("fetch", "SUCCESS"), ("agent", "START")),
    )

    def test_that_aws_takes_have_no_fault(self) -> None:
        for order in itertools.permutations(self.GOOD):
            self.assertEqual(list(batch_rules.faults(order)), [])

    def test_that_it_does_not_take_have_one(self) -> None:
        essential = container("agent", essential=True)
        for message, containers in {
            "1 to 10 containers": [container(f"c{index}", essential=True) for index in range(11)],
            "names of their own": [essential, essential],
            "needs an essential": [container("fetch")],
            "requirement of VCPU": [{**essential, "resourceRequirements": NEEDS[1:]}],
            "requirement of MEMORY": [{**essential, "resourceRequirements": NEEDS[:1]}],
            "no container of its task": [essential, container("trainer", ("fetch", "SUCCESS"))],
            "HEALTHY of agent": [essential, container("trainer", ("agent", "HEALTHY"))],
            "which is essential": [essential, container("trainer", ("agent", "SUCCESS"))],
            "in a circle": [essential, container("a", ("b", "START")), container("b", ("a", "START"))],
        }.items():
            self.assertRegex("; ".join(batch_rules.faults(containers)), message)

    def test_start_when_what_they_depend_on_allows_it(self) -> None:
        for condition, status, code, expected in [
            ("START", "PULLED", None, "wait"),
            ("START", "RUNNING", None, "ready"),
            ("START", "STOPPED", 1, "ready"),
            ("COMPLETE", "RUNNING", None, "wait"),
            ("COMPLETE", "STOPPED", 1, "ready"),
            ("SUCCESS", "RUNNING", None, "wait"),
            ("SUCCESS", "STOPPED", 0, "ready"),
            ("SUCCESS", "STOPPED", 1, "never"),
            ("SUCCESS", "STOPPED", None, "never"),
        ]:
            with self.subTest(condition=condition, status=status, code=code):
                self.assertEqual(batch_rules.readiness(condition, status, code), expected)  # type: ignore[arg-type]

    def test_take_over_what_a_job_overrides(self) -> None:
        before = {"command": ["a"], "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
        override = {"environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]}
        found = batch_rules.merged(before, override)
        self.assertEqual(found["command"], ["a"])
        self.assertEqual({one["name"]: one["value"] for one in found["environment"]}, {"A": "1", "B": "3", "C": "4"})


class Retries(unittest.TestCase):
    OURS = [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]

    def test_go_by_the_first_rule_that_matches(self) -> None:
        lost, exited = "Host EC2 (instance i-1) terminated.", "Essential container in task exited"
        for rules, status, code, expected in [
            (self.OURS, lost, None, True),
            (self.OURS, exited, 1, False),
            (self.OURS[:1], exited, 1, True),
            ([], exited, 1, True),
            ([{"onExitCode": "75", "action": "EXIT"}], exited, 75, False),
            ([{"onExitCode": "75", "action": "EXIT"}], exited, 7, True),
            ([{"onExitCode": "7*", "onStatusReason": "Essential*", "action": "exit"}], exited, 75, False),
            ([{"onExitCode": "7*", "onStatusReason": "Host*", "action": "EXIT"}], exited, 75, True),
        ]:
            with self.subTest(rules=rules, status=status, code=code):
                self.assertIs(batch_rules.retried({"evaluateOnExit": rules}, status, "", code), expected)


class Plans(unittest.TestCase):
    TASK = {"containers": Containers.GOOD, "volumes": [{"name": "ml"}], "taskRoleArn": "arn:role"}

    def test_override_the_containers_that_a_job_names(self) -> None:
        definition = {"type": "container", "ecsProperties": {"taskProperties": [self.TASK]}}
        change = {"taskProperties": [{"containers": [{"name": "trainer", "command": ["train"]}]}]}
        (node,) = batch_plans.nodes_of(definition, {"ecsPropertiesOverride": change})
        self.assertEqual([one.get("command") for one in node.containers], [None, None, ["train"]])
        self.assertEqual(node.role, "arn:role")
        change["taskProperties"][0]["containers"][0]["name"] = "other"
        with self.assertRaisesRegex(batch_model.Refused, "other"):
            batch_plans.nodes_of(definition, {"ecsPropertiesOverride": change})

    def test_give_each_node_what_its_range_says(self) -> None:
        ranges = [
            {"targetNodes": "0:", "container": container("a", essential=True)},
            {"targetNodes": "0", "container": container("main", essential=True)},
        ]
        definition = {"nodeProperties": {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges}}
        images = [node.containers[0]["image"] for node in batch_plans.nodes_of(definition, {})]
        self.assertEqual(images, ["main:1", "a:1"])
        more = batch_plans.nodes_of(definition, {"nodeOverrides": {"numNodes": 4}})
        self.assertEqual(len(more), 4)
        short = {**definition["nodeProperties"], "nodeRangeProperties": ranges[1:]}
        with self.assertRaisesRegex(batch_model.Refused, r"nodes \[1\]"):
            batch_plans.nodes_of({"nodeProperties": short}, {})

    def test_refuse_what_does_not_run(self) -> None:
        for message, definition in {
            "not known": {"type": "container", "eksProperties": {}},
            "multinode": {"type": "multinode", "containerProperties": container("a")},
            "an essential": {
                "type": "container",
                "ecsProperties": {"taskProperties": [{"containers": [container("a")]}]},
            },
            "no volume": {
                "type": "container",
                "containerProperties": container("a", essential=True, mountPoints=[{"sourceVolume": "ml"}]),
            },
        }.items():
            with self.assertRaisesRegex(batch_model.Refused, message):
                batch_plans.expect_runnable(definition)


class Model(unittest.TestCase):
    def check(self, operation: str, request: dict[str, Any], *expected: str) -> None:
        shape = batch_model.service().operation_model(operation).input_shape
        self.assertEqual(list(batch_model.mistakes(shape, request, "request")), list(expected))

    def test_says_what_does_not_fit(self) -> None:
        good = {"jobName": "a", "jobQueue": "b", "jobDefinition": "c"}
        self.check("SubmitJob", {**good, "timeout": {"attemptDurationSeconds": 60}, "tags": {"a": "b"}})
        self.check("SubmitJob", {**good, "jobname": "d"}, "request.jobname is unknown")
        self.check("SubmitJob", {"jobName": "a", "jobQueue": "b"}, "request.jobDefinition is missing")
        self.check("SubmitJob", {**good, "tags": {"a": 1}}, "request.tags.a is to be a string: 1")
        self.check("SubmitJob", {**good, "propagateTags": 1}, "request.propagateTags is to be a boolean: 1")
        self.check(
            "SubmitJob",
            {**good, "retryStrategy": {"attempts": True}},
            "request.retryStrategy.attempts is to be a integer: True",
        )
        rule = {"retryStrategy": {"evaluateOnExit": [{"action": "AGAIN"}]}}
        found = "request.retryStrategy.evaluateOnExit[0].action is to be one of RETRY, EXIT: 'AGAIN'"
        self.check("SubmitJob", {**good, **rule}, found)

    def test_is_that_of_templates_with_other_initials(self) -> None:
        properties = {
            "JobDefinitionName": "a",
            "Parameters": {"Own": "b"},
            "Tags": {"Own": "c"},
            "Timeout": {"AttemptDurationSeconds": 60},
        }
        self.assertEqual(
            batch_resources.as_request(properties),
            {
                "jobDefinitionName": "a",
                "parameters": {"Own": "b"},
                "tags": {"Own": "c"},
                "timeout": {"attemptDurationSeconds": 60},
            },
        )


class Permissions(unittest.TestCase):
    def demands(self, operation: str, request: dict[str, Any]) -> list[str]:
        found = batch_permissions.demands(f"/v1/{operation}", request)
        return [f"{action} {arn.removeprefix('arn:aws:batch:us-east-1:000000000000:')}" for action, arn in found]

    def test_are_those_of_all_that_is_used(self) -> None:
        request = {"jobDefinition": "one:3", "jobQueue": "arn:aws:batch:us-east-1:000000000000:job-queue/spot"}
        submit = ["batch:SubmitJob job-definition/one:3", "batch:SubmitJob job-queue/spot"]
        self.assertEqual(self.demands("submitjob", request), submit)
        self.assertEqual(
            self.demands("submitjob", {**request, "tags": {"a": "b"}}), [*submit, "batch:TagResource job/*"]
        )
        self.assertEqual(self.demands("terminatejob", {"jobId": "x"}), ["batch:TerminateJob job/x"])
        self.assertEqual(self.demands("describejobs", {"jobs": ["x"]}), [])


class Subjects(unittest.TestCase):
    def test_are_repositories_and_streams(self) -> None:
        found = batch_subjects.repository_of({"repositoryNames": ["images"]})
        self.assertEqual(found, "arn:aws:ecr:us-east-1:000000000000:repository/images")
        self.assertIsNone(batch_subjects.repository_of({"repositoryNames": ["a", "b"]}))
        self.assertEqual(batch_subjects.stream_of("arn:group", {"logStreamName": "a/b"}), "arn:group:log-stream:a/b")
        self.assertEqual(batch_subjects.stream_of("arn:group", {}), "arn:group")


class Routes(unittest.TestCase):
    def test_nothing_is_there_for_who_was_given_no_address(self) -> None:
        for method, path in [
            ("GET", "v4/guess/task"),
            ("GET", "credentials/guess"),
            ("POST", "lose/guess"),
            ("GET", ""),
        ]:
            self.assertIsNone(batch_routes.answer(method, path.split("/"), {}), path)


if __name__ == "__main__":
    unittest.main()
