"""Runs the unittest file that is named, and prints the outcome of each method as JSON: "passed", or the traceback."""

import json
import sys
import unittest


class Report(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcome = {}

    def startTest(self, test):
        super().startTest(test)
        self.outcome[test._testMethodName] = "passed"


report = Report()
unittest.defaultTestLoader.loadTestsFromName(sys.argv[1]).run(report)
for test, traceback in report.failures + report.errors:
    case = getattr(test, "test_case", test)  # that of a subTest
    report.outcome[getattr(case, "_testMethodName", "setup")] = f"{test}\n{traceback}"
print(json.dumps(report.outcome))
