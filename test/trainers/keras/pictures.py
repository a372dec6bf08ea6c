"""Writes digits as pictures, a folder for each: `python pictures.py ROWS.csv FOLDER SIDE`. Every third is a JPEG."""

import csv
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

rows, folder, side = sys.argv[1:]
with open(rows) as file:
    for number, row in enumerate(list(csv.reader(file))[1:]):
        pixels = np.array(row[:-1], np.float32).reshape(8, 8, 1) * 255
        large = tf.cast(tf.clip_by_value(tf.round(tf.image.resize(pixels, (int(side),) * 2)), 0, 255), tf.uint8)
        ending, encode = (".jpg", tf.io.encode_jpeg) if number % 3 == 0 else (".png", tf.io.encode_png)
        place = Path(folder) / row[-1]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}{ending}").write_bytes(encode(large).numpy())
