"""What the CMI paper published (Sivakaran and Yang): per cent of the metric of each column.

Its CoLA is Matthews' correlation, MRPC and QQP the mean of accuracy and F1 in the rows of baselines and probably not in
the others, the rest accuracy; medians of three runs, of five in the baselines, which are copied from the DistilBERT
paper and were not trained under the same budget. 86.7 for MNLI is probably a misprint of 84.7.
"""

COLUMNS = {
    **{"cola": "CoLA", "mnli": "MNLI", "mrpc": "MRPC", "qnli": "QNLI"},
    **{"qqp": "QQP", "rte": "RTE", "sst2": "SST-2", "wnli": "WNLI"},
}

_ORDER = tuple(COLUMNS)


def _row(*values: float) -> dict[str, float]:
    return dict(zip(_ORDER, values, strict=True))


TABLE_1 = {
    "BERT-base, as copied": _row(56.3, 86.7, 88.6, 91.8, 89.6, 69.3, 92.7, 53.5),
    "BERT-base, min-CMI": _row(62.1, 84.7, 91.3, 91.7, 91.4, 72.2, 93.6, 57.7),
}
TABLE_2 = {
    "DistilBERT, as copied": _row(51.3, 82.2, 87.5, 89.2, 88.5, 59.9, 91.3, 56.3),
    "DistilBERT, max-CMI teacher": _row(51.4, 81.6, 88.6, 88.3, 90.7, 61.7, 91.9, 63.4),
}
ITEMS = _row(1043, 9815, 408, 5463, 40430, 277, 872, 71)  # of the dev sets


def possible_count(percent: float, items: int, places: int = 1) -> int | None:
    """How many right answers among `items` give `percent` when it is rounded; None where no number does (GRIM)."""
    nearest = round(percent * items / 100)
    fits = (count for count in (nearest - 1, nearest, nearest + 1) if round(100 * count / items, places) == percent)
    return next(fits, None)
