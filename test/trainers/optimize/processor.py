"""`processor.py MACHINE TARGET`, with /proc/cpuinfo on standard input: prints whether weights get seven bits, and why."""

import json
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "trainers" / "optimize"))

import processors  # noqa: E402

machine, target = sys.argv[1:]
with tempfile.NamedTemporaryFile("w") as file:
    file.write(sys.stdin.read())
    file.flush()
    platform.machine = lambda: machine
    print(json.dumps(processors.seven_bits(target, Path(file.name))))
