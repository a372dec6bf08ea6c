"""Prints what event files of TensorBoard below a folder say: `{"training/epoch_loss": [[1, 0.5], …], …}`."""

import json
import sys
from pathlib import Path

import tensorflow as tf

found: dict[str, list] = {}
for path in sorted(Path(sys.argv[1]).rglob("events.*")):
    for record in tf.data.TFRecordDataset(str(path)):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars", value
            name = f"{path.parent.name}/{value.tag}"
            found.setdefault(name, []).append([event.step, float(tf.make_ndarray(value.tensor))])
print(json.dumps(found))
