"""ONNX Runtime with nothing around it: `python bare.py MODEL_FILE SECONDS` prints the median microseconds of a run."""

import statistics
import sys
import time

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
first = session.get_inputs()[0]
shape = [size if isinstance(size, int) else 1 for size in first.shape]
feeds = {first.name: np.random.default_rng(0).random(shape, dtype=np.float32)}

times = []
before = time.perf_counter()
end = before + float(sys.argv[2])
while before < end:
    session.run(None, feeds)
    after = time.perf_counter()
    times.append((after - before) * 1e6)
    before = after
# The first half warms up.
print(statistics.median(times[len(times) // 2 :]))
