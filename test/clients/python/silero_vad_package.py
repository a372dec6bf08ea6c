"""silero-vad (MIT): the package's own wrapper with its own session, and with its model served by Onnward, chunk by chunk."""

import os
import shutil
import subprocess
import unittest
import wave
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory

import numpy as np
import numpy_torch
from remote_session import RemoteSession

numpy_torch.install()
from silero_vad import load_silero_vad  # noqa: E402

RATE = 16_000
CHUNK = 512


def spoken(text: str) -> np.ndarray:
    """By espeak-ng, resampled to 16 kHz; without it a buzz that glides like a voice, which the model need not take for one."""
    if not shutil.which("espeak-ng"):
        time = np.arange(2 * RATE) / RATE
        return 0.3 * np.sign(np.sin(2 * np.pi * (120 + 20 * np.sin(3 * time)) * time)) * np.sin(np.pi * time / 2)
    with TemporaryDirectory() as folder:
        subprocess.run(["espeak-ng", "-w", f"{folder}/speech.wav", text], check=True)
        with wave.open(f"{folder}/speech.wav") as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    return np.interp(np.arange(0, len(samples), rate / RATE), np.arange(len(samples)), samples)


def chunks(audio: np.ndarray) -> list[np.ndarray]:
    whole = audio[: len(audio) // CHUNK * CHUNK].astype(np.float32)
    return list(whole.reshape(-1, CHUNK))


def stream(wrapper, audio) -> tuple[np.ndarray, np.ndarray]:
    """The probability of speech in each chunk, and the state at the end; the wrapper carries the state between."""
    wrapper.reset_states()
    probabilities = [float(wrapper(numpy_torch.from_numpy(chunk), RATE)[0, 0]) for chunk in chunks(audio)]
    return np.array(probabilities), np.asarray(wrapper._state)


def served_wrapper():
    wrapper = load_silero_vad(onnx=True)
    wrapper.session = RemoteSession(os.environ["ONNWARD_URL"], "silero-vad")
    return wrapper


class SileroVadPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        silence = np.random.default_rng(0).normal(scale=1e-4, size=RATE)
        cls.speech = np.concatenate([silence, spoken("Serverless inference, from a file to production."), silence])
        cls.other = np.concatenate([spoken("A second voice, at the same time."), silence])

    def test_each_chunk_answers_as_the_package_does(self):
        served, served_state = stream(served_wrapper(), self.speech)
        local, local_state = stream(load_silero_vad(onnx=True), self.speech)
        self.assertGreater(len(served), 60)
        np.testing.assert_allclose(served, local, atol=1e-5)
        np.testing.assert_allclose(served_state, local_state, atol=1e-4)

    def test_streams_at_the_same_time_do_not_mix(self):
        with ThreadPoolExecutor() as pool:
            both = list(pool.map(lambda audio: stream(served_wrapper(), audio)[0], [self.speech, self.other] * 2))
        for served, audio in zip(both, [self.speech, self.other] * 2, strict=True):
            np.testing.assert_allclose(served, stream(load_silero_vad(onnx=True), audio)[0], atol=1e-5)

    def test_the_served_model_tells_speech_from_silence(self):
        probabilities, _ = stream(served_wrapper(), self.speech)
        second = RATE // CHUNK
        self.assertLess(probabilities[5 : second - 5].max(), 0.2)
        if shutil.which("espeak-ng"):
            self.assertGreater(np.median(probabilities[second + 5 : -second - 5]), 0.9)


if __name__ == "__main__":
    unittest.main()
