"""What a report draws of a task space."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace


def summary(space: "TaskSpace", layer: int) -> dict[str, Any]:
    """Similarity maps and three principal coordinates of the labels at `layer`."""
    rows = space.vectors(layer)
    centred = rows - rows.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates = np.zeros((len(rows), 3))
    kept = min(3, len(scale))
    coordinates[:, :kept] = (left * scale)[:, :kept]
    return {
        "labels": list(space.labels),
        "layers": list(space.layers),
        "layer": layer,
        "similarity": space.similarity(layer).tolist(),
        "similarity_raw": space.similarity(layer, centred=False).tolist(),
        "coordinates": coordinates.tolist(),
        "explained": (scale[:3] ** 2 / max(float((scale**2).sum()), np.finfo(float).tiny)).tolist(),
        "about": space.about,
    }
