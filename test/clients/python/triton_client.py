"""tritonclient[http], NVIDIA's client of the Open Inference Protocol and Triton's extensions."""

import os
import unittest

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

URL = os.environ["ONNWARD_URL"].removeprefix("http://")
FLOWERS = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], np.float32)

# By model: elements that a careless server loses. Two rows, so that row-major order shows.
ELEMENTS = {
    "identity_bool": np.array([[True, False, True], [False, False, True]]),
    "identity_uint8": np.array([[0, 1, 255], [7, 8, 9]], np.uint8),
    "identity_uint16": np.array([[0, 1, 65535], [7, 8, 9]], np.uint16),
    "identity_uint32": np.array([[0, 1, 2**32 - 1], [7, 8, 9]], np.uint32),
    "identity_uint64": np.array([[0, 2**53 + 1, 2**64 - 1], [7, 8, 9]], np.uint64),
    "identity_int8": np.array([[-128, 0, 127], [7, 8, 9]], np.int8),
    "identity_int16": np.array([[-32768, 0, 32767], [7, 8, 9]], np.int16),
    "identity_int32": np.array([[-(2**31), 0, 2**31 - 1], [7, 8, 9]], np.int32),
    "identity_int64": np.array([[-(2**63), 2**53 + 1, 2**63 - 1], [7, 8, 9]], np.int64),
    "identity_fp16": np.array([[0.1, -65504, 6e-8], [7, 8, 9]], np.float16),
    "identity_fp32": np.array([[0.1, -3.4e38, 1e-45], [7, 8, 9]], np.float32),
    "identity_fp64": np.array([[0.1, -1.7e308, 5e-324], [7, 8, 9]], np.float64),
    "identity_bytes": np.array([["", "Grüße, 世界 🚀".encode(), 'a "quoted"\\\n\tline'], ["7", "8", "9"]], np.object_),
}


def tensor(name, array, binary=True):
    made = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
    return made.set_data_from_numpy(array, binary_data=binary)


def as_text(array):
    """BYTES come back as bytes in binary and as text in JSON."""
    return [value if isinstance(value, str) else value.decode() for value in array.ravel()]


class TritonClient(unittest.TestCase):
    def setUp(self):
        self.client = InferenceServerClient(URL, concurrency=16)
        self.addCleanup(self.client.close)

    def identity(self, model, array, binary_in=True, binary_out=True, **options):
        outputs = [InferRequestedOutput("y", binary_data=binary_out)]
        result = self.client.infer(model, [tensor("x", array, binary_in)], outputs=outputs, **options)
        return result.as_numpy("y")

    def same(self, answer, array):
        self.assertEqual(answer.shape, array.shape)
        if array.dtype == np.object_:
            self.assertEqual(as_text(answer), as_text(array))
        else:
            self.assertEqual(answer.dtype, array.dtype)
            self.assertEqual(answer.tobytes(), array.tobytes())

    def refused(self, status, *words):
        """A context in which the server answers `status`, with a message that has all `words`."""
        case = self

        class Refusal:
            def __enter__(self):
                return self

            def __exit__(self, kind, error, _):
                case.assertIs(kind, InferenceServerException, f"expected {status}")
                case.assertEqual(error.status(), str(status), error.message())
                for word in words:
                    case.assertIn(word, error.message())
                return True

        return Refusal()

    # What the server says of itself and of its models

    def test_the_server_is_live_and_ready(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())

    def test_server_metadata_names_the_extensions(self):
        metadata = self.client.get_server_metadata()
        self.assertEqual(metadata["name"], "onnward")
        self.assertTrue(metadata["version"])
        expected = {"binary_tensor_data", "classification", "statistics", "model_configuration", "model_repository"}
        self.assertLessEqual(expected, set(metadata["extensions"]))

    def test_readiness_of_models_and_versions(self):
        self.assertTrue(self.client.is_model_ready("iris"))
        self.assertTrue(self.client.is_model_ready("iris", "1"))
        self.assertFalse(self.client.is_model_ready("iris", "2"))
        self.assertFalse(self.client.is_model_ready("rose"))

    def test_model_metadata_is_the_signature(self):
        metadata = self.client.get_model_metadata("iris")
        self.assertEqual((metadata["name"], metadata["versions"]), ("iris", ["1"]))
        self.assertEqual(metadata["inputs"], [{"name": "features", "datatype": "FP32", "shape": [-1, 4]}])
        shapes = {output["name"]: (output["datatype"], output["shape"]) for output in metadata["outputs"]}
        self.assertEqual(shapes, {"label": ("INT64", [-1]), "probabilities": ("FP32", [-1, 3])})

    def test_model_config(self):
        config = self.client.get_model_config("iris")
        self.assertEqual(config["name"], "iris")
        self.assertEqual([field["name"] for field in config["input"]], ["features"])
        self.assertEqual([field["name"] for field in config["output"]], ["label", "probabilities"])

    def test_repository_index(self):
        index = self.client.get_model_repository_index()
        self.assertEqual({entry["state"] for entry in index}, {"READY"})
        self.assertLessEqual({"iris", "identity_pair", *ELEMENTS}, {entry["name"] for entry in index})

    def test_statistics_count_an_inference(self):
        def counts():
            (stats,) = self.client.get_inference_statistics("scalar")["model_stats"]
            return stats["inference_count"], stats["inference_stats"]["success"]["count"]

        before = counts()
        self.identity("scalar", np.array(1.5, np.float32))
        self.assertEqual(counts(), tuple(count + 1 for count in before))

    # Tensors

    def test_every_datatype_in_binary(self):
        for model, array in ELEMENTS.items():
            with self.subTest(model):
                self.same(self.identity(model, array), array)

    def test_every_datatype_in_json(self):
        for model, array in ELEMENTS.items():
            with self.subTest(model):
                self.same(self.identity(model, array, binary_in=False, binary_out=False), array)

    def test_every_datatype_in_json_and_out_binary(self):
        for model, array in ELEMENTS.items():
            with self.subTest(model):
                self.same(self.identity(model, array, binary_in=False), array)

    def test_int64_beyond_2_to_the_53_in_json(self):
        array = np.array([[2**53 + 1, -(2**53) - 1, 2**63 - 1]], np.int64)
        self.same(self.identity("identity_int64", array, binary_in=False, binary_out=False), array)

    def test_halves_to_the_bit(self):
        """Every one of the 65,536, NaNs and infinities too."""
        array = np.arange(2**16, dtype=np.uint16).view(np.float16).reshape(256, 256)
        self.same(self.identity("identity_fp16", array), array)

    def test_nonfinite_floats_in_binary(self):
        array = np.array([[np.nan, np.inf, -np.inf, -0.0]], np.float32)
        self.same(self.identity("identity_fp32", array), array)

    def test_empty_tensors(self):
        for model in ("identity_fp32", "identity_int64", "identity_bytes"):
            for binary in (True, False):
                with self.subTest(model, binary=binary):
                    array = np.empty((0, 3), ELEMENTS[model].dtype)
                    answer = self.identity(model, array, binary_in=binary, binary_out=binary)
                    self.assertEqual(answer.size, 0)

    def test_a_scalar(self):
        for binary in (True, False):
            answer = self.identity("scalar", np.array(1.5, np.float32), binary_in=binary, binary_out=binary)
            self.assertEqual((answer.shape, float(answer)), ((), 1.5))

    def test_two_inputs_one_in_json_one_in_binary(self):
        a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([2**60, 1], np.int64)
        for binary in (True, False):
            inputs = [tensor("b", b, not binary), tensor("a", a, binary)]
            outputs = [InferRequestedOutput("b_out", binary), InferRequestedOutput("a_out", not binary)]
            result = self.client.infer("identity_pair", inputs, outputs=outputs)
            self.assertEqual([output["name"] for output in result.get_response()["outputs"]], ["b_out", "a_out"])
            self.same(result.as_numpy("a_out"), a)
            self.same(result.as_numpy("b_out"), b)

    def test_a_megabyte(self):
        array = np.random.default_rng(0).random((512, 512), np.float32)
        self.same(self.identity("identity_fp32", array), array)

    # Requests

    def test_gzip_and_deflate_both_ways(self):
        array = np.zeros((64, 64), np.float32)
        for way in ("gzip", "deflate"):
            for binary in (True, False):
                options = {"request_compression_algorithm": way, "response_compression_algorithm": way}
                with self.subTest(way, binary=binary):
                    self.same(self.identity("identity_fp32", array, binary, binary, **options), array)

    def test_predictions_of_a_real_model(self):
        result = self.client.infer("iris", [tensor("features", FLOWERS)], request_id="flowers-1", model_version="1")
        response = result.get_response()
        self.assertEqual(
            (response["id"], response["model_name"], response["model_version"]), ("flowers-1", "iris", "1")
        )
        self.assertEqual(result.as_numpy("label").tolist(), [0, 2])
        np.testing.assert_allclose(result.as_numpy("probabilities").sum(axis=1), 1, atol=1e-6)

    def test_classification_names_the_labels(self):
        for binary in (True, False):
            outputs = [InferRequestedOutput("probabilities", binary_data=binary, class_count=2)]
            answer = self.client.infer("iris", [tensor("features", FLOWERS)], outputs=outputs).as_numpy("probabilities")
            self.assertEqual(answer.shape, (2, 2))
            classes = [text.split(":") for text in as_text(answer)]
            self.assertEqual(
                [(index, label) for _, index, label in classes][::2], [("0", "setosa"), ("2", "virginica")]
            )
            self.assertGreater(float(classes[0][0]), float(classes[1][0]))

    def test_concurrent_requests_get_their_own_answers(self):
        arrays = [np.full((1 + number % 3, 5), number, np.float32) for number in range(200)]
        pending = [self.client.async_infer("identity_fp32", [tensor("x", array)]) for array in arrays]
        for request, array in zip(pending, arrays, strict=True):
            self.same(request.get_result().as_numpy("y"), array)

    # Refusals

    def test_an_unknown_model_and_version(self):
        with self.refused(404, "rose"):
            self.client.infer("rose", [tensor("features", FLOWERS)])
        with self.refused(404, "iris"):
            self.client.infer("iris", [tensor("features", FLOWERS)], model_version="7")
        with self.refused(404, "rose"):
            self.client.get_model_metadata("rose")

    def test_a_wrong_shape(self):
        with self.refused(400, "features", "4", "3"):
            self.client.infer("iris", [tensor("features", FLOWERS[:, :3])])

    def test_a_wrong_datatype(self):
        with self.refused(400, "features", "FP32", "FP64"):
            self.client.infer("iris", [tensor("features", FLOWERS.astype(np.float64))])

    def test_a_wrong_name(self):
        with self.refused(400, "petals"):
            self.client.infer("iris", [tensor("petals", FLOWERS)])
        with self.refused(400, "colour"):
            outputs = [InferRequestedOutput("colour")]
            self.client.infer("iris", [tensor("features", FLOWERS)], outputs=outputs)

    def test_a_missing_input(self):
        with self.refused(400, "b"):
            self.client.infer("identity_pair", [tensor("a", np.zeros((1, 3), np.float32))])

    def test_bytes_that_are_no_text(self):
        """onnxruntime-node holds strings, so bytes that no string has are refused, not changed."""
        with self.refused(400, "x"):
            self.identity("identity_bytes", np.array([[b"\xff\xfe"]], np.object_))

    def test_loading_is_not_offered(self):
        with self.refused(400):
            self.client.load_model("iris")


if __name__ == "__main__":
    unittest.main()
