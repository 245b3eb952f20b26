"""The task shipped inside the package, in its two aspects."""

from infoplane.tasks._source import Source

EMBEDDED = {"embedded": "emotion", "embedded/topic": "topic"}


def embedded_source(name: str, seed: int) -> Source:
    """The situations of the embedded task labelled by emotion or by topic; the seed draws others."""
    import pandas as pd

    from infoplane.embedded import SPLITS, examples

    aspect = EMBEDDED[name]
    rows = [
        (split, f"{split}:{row}", example.text, getattr(example, aspect), str(example.group))
        for split in SPLITS
        for row, example in enumerate(examples(split, seed=seed))
    ]
    frame = pd.DataFrame(rows, columns=["part", "id", "text", "label", "group"], dtype=object)
    return Source(name, frame, aspect)
