"""`beside.py GRAPH FOLDER MOST`: writes a graph as the trainer does, with MOST bytes of weights as what one file may hold."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "trainers" / "optimize"))

import graphs  # noqa: E402

graph, folder, most = sys.argv[1:]
graphs.write(graphs.read(Path(graph)), Path(folder), int(most))
