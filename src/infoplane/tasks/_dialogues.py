"""EmpatheticDialogues (Rashkin et al. 2019): conversations about a situation, told to show one of 32 emotions."""

from typing import TYPE_CHECKING

from infoplane.tasks._source import as_label, as_text, cells, normalised

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("conv_id", "utterance_idx", "context", "prompt", "speaker_idx", "utterance")
HUB_ID = "facebook/empathetic_dialogues"


def conversations(rows: "pd.DataFrame", turns: bool) -> "pd.DataFrame":
    """One example a conversation, from one row an utterance: its situation or, with `turns`, what was said.

    The label is the emotion. Conversations about the same situation are a group. Turns read "Speaker: ... Listener:
    ...", and may name the emotion. The commas that were written _comma_ are commas again.
    """
    import pandas as pd

    rows = rows.assign(utterance_idx=pd.to_numeric(rows["utterance_idx"], errors="coerce"))
    by_conversation = rows.sort_values("utterance_idx", kind="stable").groupby("conv_id", sort=False)
    firsts = by_conversation[["context", "prompt", "speaker_idx"]].first()
    firsts = firsts.loc[rows["conv_id"].unique()]
    situations = cells(firsts["prompt"])
    texts = _joined(rows, firsts) if turns else situations
    return pd.DataFrame(
        {
            "id": firsts.index,
            "text": [_restored(text) for text in texts],
            "label": [as_label(emotion) for emotion in cells(firsts["context"])],
            "group": [normalised(_restored(situation)) for situation in situations],
        },
        dtype=object,
    )


def _joined(rows: "pd.DataFrame", firsts: "pd.DataFrame") -> list[str]:
    """The turns of every conversation, in order; whoever speaks first is the speaker."""
    opener = rows["conv_id"].map(firsts["speaker_idx"])
    who = (rows["speaker_idx"] == opener).map({True: "Speaker: ", False: "Listener: "})
    said = rows.assign(turn=who + [as_text(said) for said in cells(rows["utterance"])]).sort_values(
        "utterance_idx", kind="stable"
    )
    joined = said.groupby("conv_id", sort=False)["turn"].agg(" ".join)
    return joined.loc[firsts.index].tolist()


def _restored(text: str | None) -> str:
    return as_text(text).replace("_comma_", ",")
