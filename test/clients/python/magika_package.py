"""magika (Apache-2.0): the package with its own session, and with its model served by Onnward, on files of this repository."""

import os
import unittest
from pathlib import Path

from magika import Magika
from remote_session import RemoteSession

ROOT = Path(__file__).parents[3]
FILES = {
    "lib/core/errors.ts": "typescript",
    "examples/iris/train.py": "python",
    "package.json": "json",
    "examples/digits/images/0.png": "png",
    "examples/digits/images/5.jpg": "jpeg",
    "examples/digits/heldout.csv": "csv",
    "examples/digits/model.onnx": "onnx",
    "test/clients/install.sh": "shell",
    "examples/iris/README.md": "markdown",
    "LICENSE": "txt",
}


class MagikaPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.local = Magika()
        cls.served = Magika()
        cls.served._onnx_session = RemoteSession(os.environ["ONNWARD_URL"], "magika")
        cls.paths = [ROOT / name for name in FILES]

    def test_the_served_model_knows_the_files(self):
        labels = [str(result.output.label) for result in self.served.identify_paths(self.paths)]
        self.assertEqual(labels, list(FILES.values()))

    def test_one_request_for_all_files_answers_as_the_package_does(self):
        self.same(self.served.identify_paths(self.paths), self.local.identify_paths(self.paths))

    def test_a_request_for_each_file_answers_as_the_package_does(self):
        for path in self.paths:
            with self.subTest(path.name):
                self.same([self.served.identify_path(path)], [self.local.identify_path(path)])

    def test_bytes_that_are_no_file_answer_as_the_package_does(self):
        content = bytes(range(256)) * 20
        self.same([self.served.identify_bytes(content)], [self.local.identify_bytes(content)])

    def same(self, served, local):
        for ours, theirs in zip(served, local, strict=True):
            self.assertEqual(ours.output.label, theirs.output.label)
            self.assertEqual(ours.dl.label, theirs.dl.label)
            self.assertAlmostEqual(ours.score, theirs.score, delta=1e-5)


if __name__ == "__main__":
    unittest.main()
