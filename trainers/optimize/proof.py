"""Whether a variant answers, and answers what the model that it was made of would be asked."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import rows
from contract import RefusalError
from graphs import first_line
from rows import Row
from variants import LeftOut

# A simplified graph computes the same, but for the order of its sums.
ABSOLUTE, RELATIVE = 1e-4, 1e-3


# What breaks on one row mostly breaks on the first.
MOST_ROWS = 8


@dataclass(frozen=True)
class Asked:
    """The model that variants are made of, rows, and what it answers to each."""

    session: onnxruntime.InferenceSession
    rows: list[Row]
    answers: list[list]


def session_of(path: Path) -> onnxruntime.InferenceSession:
    """One thread, so that sums are made in one order."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def ask(path: Path, calibration: list[Row]) -> Asked:
    """Raises RefusalError: of a model that does not answer there are no variants."""
    try:
        session = session_of(path)
    except Exception as error:
        raise RefusalError(f"{path.name} cannot be loaded by onnxruntime: {first_line(error)}") from error
    questions = calibration[:MOST_ROWS] or [rows.made_up(session.get_inputs())]
    try:
        return Asked(session, questions, [session.run(None, row) for row in questions])
    except Exception as error:
        which = (
            f"rows of {rows.FILE}"
            if calibration
            else f"a row that is made up (give it some, in channel calibration as {rows.FILE})"
        )
        raise RefusalError(f"{path.name} does not answer {which}: {first_line(error)}") from error


def prove(path: Path, original: Asked, exact: bool = False):
    """Raises LeftOut for a variant that cannot stand in for the original."""
    try:
        session = session_of(path)
        answers = [session.run(None, row) for row in original.rows]
    except Exception as error:
        raise LeftOut(f"onnxruntime refuses it: {first_line(error)}") from error
    same_signature(session.get_inputs(), original.session.get_inputs())
    same_signature(session.get_outputs(), original.session.get_outputs())
    names = [output.name for output in session.get_outputs()]
    for ours, theirs in zip(answers, original.answers):
        for name, our, their in zip(names, ours, theirs):
            compare(name, our, their, exact)


def same_signature(ours, theirs):
    if signature(ours) != signature(theirs):
        raise LeftOut(f"It takes or gives {signature(ours)}, not {signature(theirs)}.")


def signature(tensors) -> list[str]:
    """Free dimensions have the same size with and without a name."""
    shapes = ([side if isinstance(side, int) else -1 for side in each.shape] for each in tensors)
    return [f"{each.name} {each.type} {shape}" for each, shape in zip(tensors, shapes)]


def compare(name: str, ours, theirs, exact: bool):
    """Sequences and maps are not compared: nobody can fetch them."""
    if not isinstance(theirs, np.ndarray):
        return
    if ours.shape != theirs.shape:
        raise LeftOut(f"Output {name} is of shape {list(ours.shape)}, not {list(theirs.shape)}.")
    if theirs.dtype.kind != "f":
        return
    if not np.isfinite(ours[np.isfinite(theirs)]).all():
        raise LeftOut(f"Output {name} holds NaN or infinity where the original has numbers.")
    if exact and not np.allclose(ours, theirs, RELATIVE, ABSOLUTE, equal_nan=True):
        raise LeftOut(f"Output {name} is off by {np.nanmax(np.abs(ours - theirs)):.3g}.")
