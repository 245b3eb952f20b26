"""The numbers of conditional mutual information: of whole splits and of classes, before and after training."""

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, BEFORE, AFTER = "cmi", "before", "after"
LIKE_PERMUTED = "like_permuted"
QUANTITIES = {
    "cmi": "I(X;Z|Y)",
    "cmi_corrected": "less its bias",
    "cmi_left_out": "own group left out",
    "cmi_share": "of log d",
    "separation": "separation \u0393",
    "ncmi": "I(X;Z|Y) / \u0393",
    "largest_share": "largest share",
    "dimensions_share": "in 5 dimensions",
}
_SPLITS = ("test", "tune", "measure")


def places(run: RunData) -> list[tuple[str, str | None]]:
    """The splits and roles (before or after training, None otherwise) that have a number, in their order."""
    found = {(str(row.get("split")), row.get("role")) for row in run.rows if row.get("measure") == MEASURE}
    order = {split: at for at, split in enumerate(_SPLITS)}
    return sorted(found, key=lambda place: (order.get(place[0], len(order)), place[0], place[1] != BEFORE))


def shown_split(run: RunData) -> str:
    """The split whose classes are drawn: test where it has them; empty without any."""
    splits = [str(point.row.get("split")) for point in run.find(MEASURE, "class_cmi")]
    return next((split for split in (*_SPLITS, *splits) if split in splits), "")


def by_label(run: RunData, split: str, role: str | None) -> dict[str, Point]:
    """I(X;Z|Y=y) by label."""
    found = run.find(MEASURE, "class_cmi", split=split, role=role)
    return {str(point.row.get("label")): point for point in found if point.value is not None}
