"""The sections about steering: methods compared, key steps, reading and writing, doses."""

from collections.abc import Sequence

from infoplane.report._dose import CURVES
from infoplane.report._figure import Figure
from infoplane.report._figures import (
    _dose,
    _key_bands,
    _key_steps,
    _method_accuracy,
    _method_differences,
    _pushed,
    _read_write,
    _read_write_layers,
)
from infoplane.report._key_steps import OPERATIONS
from infoplane.report._run_data import RunData
from infoplane.report._sections import _key_answers, _method_table, _steering_words
from infoplane.report._sections._section import Part, said_by
from infoplane.report._sections._table import Table


def _compared(runs: Sequence[RunData]) -> list[Figure | None]:
    return [_method_accuracy.draw(runs), _method_differences.draw(runs), _pushed.draw(runs)]


def _tables(runs: Sequence[RunData]) -> list[Table | None]:
    return [_method_table.table(run, runs) for run in runs]


def _key(runs: Sequence[RunData]) -> list[Figure | None]:
    places = [_key_bands.draw(run, operation, runs) for operation in OPERATIONS for run in runs]
    return places + [_key_steps.draw(run, operation, runs) for operation in OPERATIONS for run in runs]


METHODS = Part(
    "methods",
    "Methods compared",
    "Ways to predict the label with the same model on the same items, none of them trained.",
    _compared,
    tables=_tables,
)
STEERING = (
    Part(
        "key-steps",
        "Key steps",
        "Which states decide the answer: change them at one step and layer and see what the answers do.",
        _key,
        says=said_by(_steering_words.key_steps),
        tables=lambda runs: [_key_answers.table(run, runs) for run in runs],
    ),
    Part(
        "read-write",
        "What is read and what is written",
        "A layer can hold information about the label that the model does not use. Reading finds it, writing tests it.",
        lambda runs: [_read_write.draw(runs), _read_write_layers.draw(runs)],
        says=said_by(_steering_words.read_write),
    ),
    Part(
        "dose",
        "Dose",
        "How far the output is moved, in nats, so that one number means the same on every model.",
        lambda runs: [_dose.draw(runs, curves) for curves in CURVES],
        says=said_by(_steering_words.dose),
    ),
)
