"""What the extension decides by itself: the rules of alarms, embedded metrics, metric filters and weights."""

import json
import unittest
from typing import Any, ClassVar

from extension import (
    alarm_formulas,
    alarm_states,
    aliases,
    emf,
    environments,
    lambda_metrics,
    maps,
    metric_filters,
    metric_permissions,
    metric_times,
    object_events,
    permissions,
    pinned,
    saved_queries,
    service_events,
)

X, O, M = True, False, None  # noqa: E741 - breaching, not breaching, missing: as AWS's tables have it


class MetricPermissions(unittest.TestCase):
    """The namespace of a request is what a condition may hold it to."""

    def test_each_protocol(self) -> None:
        document = {"Namespace": "Onnward", "MetricData": []}
        query = b"Action=PutMetricData&Namespace=Onnward&MetricData.member.1.MetricName=Drift"
        for body in (json.dumps(document).encode(), query):
            self.assertEqual(metric_permissions.namespace_of(body), "Onnward")

    def test_none(self) -> None:
        for body in (b"", b"{}", b"Action=PutMetricData"):
            self.assertIsNone(metric_permissions.namespace_of(body))

    def test_only_of_what_puts_metrics(self) -> None:
        context = metric_permissions.telling(lambda *_: {"a": 1})
        body = b'{"Namespace": "Mine"}'
        self.assertEqual(
            context("monitoring", metric_permissions.ACTION, body, {}), {"a": 1, metric_permissions.KEY: "Mine"}
        )
        self.assertEqual(context("monitoring", "cloudwatch:GetMetricData", body, {}), {"a": 1})


class MetricTimes(unittest.TestCase):
    """What was before comes nearer as alarms' periods are shortened, and stays in its order."""

    def test_the_past_is_nearer(self) -> None:
        self.assertEqual(metric_times.sped(1000 - 600, 1000, 100), 1000 - 6)
        self.assertEqual(metric_times.sped(400, 1000, 1), 400)

    def test_now_and_later_stay(self) -> None:
        self.assertEqual([metric_times.sped(at, 1000, 100) for at in (1000, 1060)], [1000, 1060])

    def test_order_stays(self) -> None:
        times = [metric_times.sped(at, 1000, 100) for at in (100, 500, 900, 999, 1000, 1001)]
        self.assertEqual(times, sorted(times))

    def test_what_is_stored_is_stored_there(self) -> None:
        kept: list[tuple[Any, ...]] = []
        metric_times.nearer(lambda *args: kept.append(args), 100)("N", "M", {}, 0.0, "Count", 1)
        [(_, _, _, timestamp, unit, value)] = kept
        self.assertGreater(timestamp, 1e6)
        self.assertEqual((unit, value), ("Count", 1))


class SavedQueries(unittest.TestCase):
    """A question is saved under an id of its own, unless it is one that CloudWatch would refuse."""

    QUERY: ClassVar[dict[str, Any]] = {"Name": "onnward-dev/cost", "QueryString": "filter 1", "LogGroupNames": ["a"]}

    def test_made_and_changed(self) -> None:
        made, attributes = saved_queries.create("Query", self.QUERY, "stack")
        self.assertEqual(attributes, {"QueryDefinitionId": made})
        self.assertEqual(saved_queries.update(made, self.QUERY, self.QUERY, "stack")[0], made)
        self.assertNotEqual(saved_queries.create("Query", self.QUERY, "stack")[0], made)

    def test_refused(self) -> None:
        for wrong in ({"Name": ""}, {"Name": "n" * 256}, {"QueryString": "q" * 10_001}, {"LogGroupNames": ["l"] * 51}):
            with self.subTest(wrong=list(wrong)), self.assertRaises(ValueError):
                saved_queries.create("Query", {**self.QUERY, **wrong}, "stack")


class AlarmStates(unittest.TestCase):
    """Rows: the data points, then the states for missing, ignore, breaching and notBreaching; None is the current one."""

    def check(self, datapoints: int, rows: list[tuple[list[bool | None], list[str | None]]]) -> None:
        for points, states in rows:
            for treat, expected in zip(["missing", "ignore", "breaching", "notBreaching"], states):
                with self.subTest(points=points, treat=treat):
                    found = alarm_states.next_state(points, 3, datapoints, treat, "ALARM")
                    self.assertEqual(found, expected or "ALARM")

    def test_three_of_three(self) -> None:
        self.check(
            3,
            [
                ([O, M, X, M, X], ["OK", "OK", "OK", "OK"]),
                ([O, M, M, M, M], ["OK", "OK", "OK", "OK"]),
                ([M, M, M, M, M], ["INSUFFICIENT_DATA", None, "ALARM", "OK"]),
                ([O, X, X, M, X], ["ALARM", "ALARM", "ALARM", "ALARM"]),
                ([M, M, X, M, M], ["ALARM", None, "ALARM", "OK"]),
            ],
        )

    def test_two_of_three(self) -> None:
        self.check(
            2,
            [
                ([O, M, X, M, X], ["ALARM", "ALARM", "ALARM", "ALARM"]),
                ([O, O, X, O, X], ["ALARM", "ALARM", "ALARM", "ALARM"]),
                ([O, M, X, M, M], ["OK", "OK", "ALARM", "OK"]),
                ([M, M, M, M, O], ["OK", "OK", "ALARM", "OK"]),
                ([M, M, M, X, M], ["ALARM", None, "ALARM", "OK"]),
            ],
        )

    def test_one_datapoint_is_no_alarm_of_two_yet(self) -> None:
        self.assertEqual(alarm_states.next_state([M, M, M, M, X], 3, 2, "missing", "OK"), "OK")

    def test_comparisons_hold_at_the_threshold_only_where_they_say_so(self) -> None:
        holds = {name: compare(1.0, 1.0) for name, compare in alarm_states.COMPARISONS.items()}
        self.assertEqual([name for name, held in holds.items() if held], [name for name in holds if "OrEqual" in name])


def formula(expression: str) -> list[dict[str, Any]]:
    metric = {"Namespace": "Onnward", "MetricName": "Correct"}
    return [
        {"Id": "of_all", "Expression": expression},
        {"Id": "n", "MetricStat": {"Metric": metric, "Stat": "SampleCount", "Period": 60}, "ReturnData": False},
        {"Id": "share", "MetricStat": {"Metric": metric, "Stat": "Average", "Period": 60}, "ReturnData": False},
    ]


class AlarmFormulas(unittest.TestCase):
    def test_gives_a_value_where_the_condition_holds(self) -> None:
        for n, expected in [(None, None), (9.0, None), (10.0, 0.5), (11.0, 0.5)]:
            values = {"n": n, "share": None if n is None else 0.5}
            self.assertEqual(alarm_formulas.value_of(formula("IF(n >= 10, share)"), values), expected)

    def test_refuses_another_formula(self) -> None:
        for expression in ["share / n", "IF(n > 10, share)", "IF(n >= 10, share, 1)"]:
            with self.assertRaises(ValueError):
                alarm_formulas.formula_of(formula(expression))

    def test_knows_its_metrics_by_their_ids(self) -> None:
        stats = alarm_formulas.stats_of(formula("IF(n >= 10, share)"))
        self.assertEqual({name: stat["Stat"] for name, stat in stats.items()}, {"n": "SampleCount", "share": "Average"})


class ServiceEvents(unittest.TestCase):
    def test_says_of_an_alarm_what_patterns_look_at(self) -> None:
        detail = service_events.alarm_detail("onnward-dev-iris-errors", "OK", "ALARM", "because")
        self.assertEqual([detail["alarmName"], detail["state"]["value"]], ["onnward-dev-iris-errors", "ALARM"])

    def test_says_of_a_stack_what_patterns_look_at(self) -> None:
        detail = service_events.stack_detail("arn:stack", "UPDATE_COMPLETE")
        self.assertEqual([detail["stack-id"], detail["status-details"]["status"]], ["arn:stack", "UPDATE_COMPLETE"])


def document(**changes: Any) -> dict[str, Any]:
    directive = {
        "Namespace": "Onnward",
        "Dimensions": [["service", "model"], []],
        "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}, {"Name": "Errors", "Unit": "Count"}],
    }
    meta = {"Timestamp": 1_700_000_000_500, "CloudWatchMetrics": [{**directive, **changes.pop("directive", {})}]}
    return {"_aws": meta, "service": "onnward-dev", "model": "iris", "Latency": 12.5, "Errors": [0, 1], **changes}


class EmbeddedMetrics(unittest.TestCase):
    def test_gives_a_data_point_for_each_metric_and_set_of_dimensions(self) -> None:
        both = {"service": "onnward-dev", "model": "iris"}
        self.assertEqual(
            list(emf.data_of(json.dumps(document()))),
            [
                ("Onnward", name, dimensions, unit, values, 1_700_000_000.5)
                for name, unit, values in [("Latency", "Milliseconds", [12.5]), ("Errors", "Count", [0.0, 1.0])]
                for dimensions in [both, {}]
            ],
        )

    def test_reads_nothing_into_other_lines(self) -> None:
        for line in ["", "START", "{}", "null", '{"_aws": 1}', 'CloudWatchMetrics {"_aws"', '["CloudWatchMetrics"]']:
            self.assertEqual(list(emf.data_of(line)), [], line)

    def test_refuses_what_breaks_the_specification(self) -> None:
        broken: list[dict[str, Any]] = [
            {"model": 7},
            {"model": None},
            {"Latency": "12"},
            {"Latency": True},
            {"Latency": []},
            {"Latency": [1] * 101},
            {"directive": {"Namespace": ""}},
            {"directive": {"Namespace": None}},
            {"directive": {"Dimensions": ["service"]}},
            {"directive": {"Dimensions": [["service"] * 31]}},
            {"directive": {"Metrics": [{"Name": "Latency", "Unit": "ms"}]}},
            {"directive": {"Metrics": [{"Unit": "Count"}]}},
            {"directive": {"Metrics": [{"Name": "Latency"}] * 101}},
            {"_aws": {"CloudWatchMetrics": []}},
            {"_aws": {"Timestamp": "now", "CloudWatchMetrics": []}},
        ]
        for changes in broken:
            with self.subTest(**changes), self.assertRaises(emf.Invalid):
                list(emf.data_of(json.dumps(document(**changes))))


class MetricFilters(unittest.TestCase):
    def test_matches_as_the_pattern_says(self) -> None:
        line = {"coldStart": 1, "status": 503, "code": "a.b", "deep": {"er": 2}, "on": True}
        for pattern, expected in {
            "{ $.coldStart = 1 }": True,
            "{$.coldStart=0}": False,
            "{ $.status >= 500 }": True,
            "{ $.status < 500 }": False,
            '{ $.code = "a.b" }': True,
            '{ $.status = "503" }': False,
            "{ $.code > 3 }": False,
            "{ $.deep.er = 2 }": True,
            "{ $.on = true }": True,
            "{ $.absent = 1 }": False,
            "{ $.absent != 1 }": False,
        }.items():
            self.assertIs(metric_filters.matches(pattern, line), expected, pattern)

    def test_makes_no_data_point_without_its_dimensions(self) -> None:
        made = {"metricValue": "$.took", "dimensions": {"model": "$.model", "kind": "fixed"}}
        found = metric_filters.transformed(made, {"took": 3, "model": "iris"})
        self.assertEqual(found, (3.0, {"model": "iris", "kind": "fixed"}))
        self.assertIsNone(metric_filters.transformed(made, {"took": 3}))
        self.assertIsNone(metric_filters.transformed(made, {"model": "iris"}))


class Weights(unittest.TestCase):
    func: dict[str, Any] = {
        "versions": {"2": {}, "3": {}},
        "aliases": {
            "live": {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.3, "3": 0.1, "9": 0.1}}},
            "plain": {},
        },
    }

    def test_chance_falls_on_the_versions_by_their_weights(self) -> None:
        chosen = [aliases.choose(self.func, "live", chance / 100) for chance in range(100)]
        self.assertEqual([chosen.count(version) for version in ("2", "3", None)], [30, 10, 60])

    def test_nothing_else_is_divided(self) -> None:
        for qualifier in ("plain", "2", "$LATEST", None):
            self.assertIsNone(aliases.choose(self.func, qualifier, 0))
        self.assertIsNone(aliases.choose(None, "live", 0))


class LambdaMetrics(unittest.TestCase):
    def sets(self, qualifier: str) -> list[dict[str, str]]:
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:f{qualifier}"
        return list(lambda_metrics.dimension_sets({"FunctionName": "f", "FunctionArn": arn, "Version": "3"}))

    def test_an_alias_says_which_version_it_executed(self) -> None:
        executed = {"FunctionName": "f", "Resource": "f:live", "ExecutedVersion": "3"}
        self.assertEqual(
            self.sets(":live"), [{"FunctionName": "f"}, {"FunctionName": "f", "Resource": "f:live"}, executed]
        )

    def test_a_version_and_the_function_itself_do_not(self) -> None:
        for qualifier in (":3", ""):
            resource = {"FunctionName": "f", "Resource": f"f{qualifier}"}
            self.assertEqual(self.sets(qualifier), [{"FunctionName": "f"}, resource])

    def test_a_throttled_call_is_no_invocation(self) -> None:
        self.assertEqual(lambda_metrics.metrics_of({"throttle": True}, 0, 1), [("Throttles", 1, "Count")])


class Permissions(unittest.TestCase):
    def test_an_alias_has_actions_of_its_own(self) -> None:
        functions = "/2015-03-31/functions"
        for method, path, expected in [
            ("GET", f"{functions}/f/aliases/live", "GetAlias"),
            ("PUT", f"{functions}/f/aliases/live", "UpdateAlias"),
            ("DELETE", f"{functions}/f/aliases/live", "DeleteAlias"),
            ("GET", f"{functions}/f/aliases", "MiniStack's"),
            ("POST", f"{functions}/f/aliases", "MiniStack's"),
            ("GET", f"{functions}/aliases", "MiniStack's"),
            ("GET", "/2015-03-31/tags/aliases/live", "MiniStack's"),
            ("PUT", "/2019-09-30/functions/f/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
            ("GET", "/2019-09-30/functions/f/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
            ("DELETE", "/2019-09-30/functions/f/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"),
        ]:
            self.assertEqual(permissions.action_of(lambda *_: "MiniStack's", method, path), expected, path)

    def test_a_version_is_a_resource_of_its_own(self) -> None:
        function = "arn:aws:lambda:us-east-1:000000000000:function:f"
        for arn, qualifier, expected in [
            (function, "7", f"{function}:7"),
            (function, "$LATEST", f"{function}:$LATEST"),
            (function, "", function),
            (f"{function}:live", "7", f"{function}:live"),
            ("arn:aws:lambda:us-east-1:000000000000:layer:f", "7", "arn:aws:lambda:us-east-1:000000000000:layer:f"),
            ("*", "7", "*"),
        ]:
            self.assertEqual(permissions.qualified(arn, qualifier), expected)


class Environments(unittest.TestCase):
    def test_another_process_is_left_alone(self) -> None:
        for command in (["true"], ["node", "/somewhere/worker.js"], []):
            self.assertEqual(environments.variables_of(command), {})


class Pinned(unittest.TestCase):
    def test_refuses_any_other_version(self) -> None:
        pinned.check_version(pinned.VERSION)
        with self.assertRaisesRegex(SystemExit, "1.5.34 is installed.*1.5.33"):
            pinned.check_version("1.5.34")


class Maps(unittest.TestCase):
    def test_only_what_lambda_refuses_has_its_name(self) -> None:
        throttled = json.dumps({"__type": "TooManyRequestsException", "Reason": "x"})
        self.assertEqual(maps.name_of("Lambda.Unknown", throttled), "Lambda.TooManyRequestsException")
        self.assertEqual(maps.name_of("Lambda.Unknown", "TypeError"), "Lambda.Unknown")
        self.assertEqual(maps.name_of("Lambda.Unknown", None), "Lambda.Unknown")
        self.assertEqual(maps.name_of("input.changed", throttled), "input.changed")


class ObjectEvents(unittest.TestCase):
    EVENT: ClassVar[dict[str, str]] = {"Source": "aws.s3", "Detail": json.dumps({"object": {"key": "a +b"}})}

    def test_an_object_has_its_version(self) -> None:
        told = object_events.with_version(self.EVENT, "v1")
        self.assertEqual(json.loads(told["Detail"]), {"object": {"key": "a +b", "version-id": "v1"}})

    def test_nothing_else_is_changed(self) -> None:
        self.assertEqual(object_events.with_version(self.EVENT, None), self.EVENT)
        other = {**self.EVENT, "Source": "aws.states"}
        self.assertEqual(object_events.with_version(other, "v1"), other)


if __name__ == "__main__":
    unittest.main()
