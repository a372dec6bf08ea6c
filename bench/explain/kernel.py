"""Explains rows by shap's KernelExplainer. A line of standard input is a question, a line of standard output the answer."""

import json
import sys
import time

import numpy as np
import onnxruntime
import shap


def explain(question):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(question["model"], options, providers=["CPUExecutionProvider"])
    name, place = session.get_outputs()[-1].name, question["place"]

    def ask(rows):
        (found,) = session.run([name], {"X": np.asarray(rows, dtype=np.float32)})
        return found.reshape(len(rows), -1)[:, place]

    background = np.asarray(question["background"], dtype=np.float32)
    row = np.asarray(question["row"], dtype=np.float32)
    ask(background)
    started = time.process_time()
    explainer = shap.KernelExplainer(ask, background)
    values = explainer.shap_values(row, nsamples=question["samples"], l1_reg=0, silent=True)
    return {"seconds": time.process_time() - started, "values": values.tolist()}


for line in sys.stdin:
    print(json.dumps(explain(json.loads(line))), flush=True)
