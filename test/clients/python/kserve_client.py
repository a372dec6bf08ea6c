"""KServe's own asynchronous REST client."""

import os
import unittest

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

URL = os.environ["ONNWARD_URL"]
FLOWERS = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]], np.float32)


def request(model, name, array, datatype, binary, **options):
    made = InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return InferRequest(model, [made], parameters={"binary_data_output": binary}, **options)


class KServeClient(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = InferenceRESTClient(RESTConfig(protocol="v2"))
        self.addAsyncCleanup(self.client.close)

    async def test_health(self):
        self.assertIs(await self.client.is_server_live(URL), True)
        self.assertIs(await self.client.is_server_ready(URL), True)
        self.assertIs(await self.client.is_model_ready(URL, "iris"), True)
        self.assertIs(await self.client.is_model_ready(URL, "rose"), False)

    async def test_predictions(self):
        for binary in (True, False):
            with self.subTest(binary=binary):
                sent = request("iris", "features", FLOWERS, "FP32", binary, request_id="flowers-1")
                answer = await self.client.infer(URL, sent, model_name="iris")
                self.assertEqual((answer.id, answer.model_name), ("flowers-1", "iris"))
                label, probabilities = answer.outputs
                self.assertEqual(label.as_numpy().tolist(), [0, 2])
                np.testing.assert_allclose(probabilities.as_numpy().sum(axis=1), 1, atol=1e-6)

    async def test_int64_beyond_2_to_the_53(self):
        array = np.array([[2**53 + 1, -(2**63)]], np.int64)
        for binary in (True, False):
            with self.subTest(binary=binary):
                sent = request("identity_int64", "x", array, "INT64", binary)
                answer = await self.client.infer(URL, sent, model_name="identity_int64")
                self.assertEqual(answer.outputs[0].as_numpy().tolist(), array.tolist())

    async def test_text(self):
        texts = ["", "Grüße, 世界 🚀"]
        array = np.array([[text.encode() for text in texts]], np.object_)
        for binary in (True, False):
            with self.subTest(binary=binary):
                sent = request("identity_bytes", "x", array, "BYTES", binary)
                answer = await self.client.infer(URL, sent, model_name="identity_bytes")
                received = answer.outputs[0].as_numpy().ravel()
                self.assertEqual([x if isinstance(x, str) else x.decode() for x in received], texts)

    async def test_a_refusal_carries_our_message(self):
        with self.assertRaisesRegex(httpx.HTTPStatusError, "features.*'400 Bad Request'"):
            await self.client.infer(URL, request("iris", "features", FLOWERS[:, :3], "FP32", True), model_name="iris")
        with self.assertRaisesRegex(httpx.HTTPStatusError, "rose.*'404 Not Found'"):
            await self.client.infer(URL, request("rose", "features", FLOWERS, "FP32", True), model_name="rose")


if __name__ == "__main__":
    unittest.main()
