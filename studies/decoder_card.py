"""The model card of a pretrained decoder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from decoder_model import Recipe

_CARD = """\
---
license: cc-by-nc-4.0
language: en
library_name: transformers
pipeline_tag: text-generation
---

# Decoder pretrained on EmpatheticDialogues

A Llama of {parameters:,} parameters with its own byte-level BPE, trained from scratch on the training conversations of
EmpatheticDialogues (Rashkin et al. 2019, CC BY-NC 4.0). For study only.

## Text

Every conversation as `Situation: ...` with `Speaker:` and `Listener:` lines. For {tenths} tenths of them, by the MD5 of
their name, the situation with its label too, alone or two to six in a row separated by an empty line:

    Dialogue: <situation>
    Emotion: <label>

Those are in `labelled_conversations.json`. Leave them out of whatever is measured, retrieved from or tuned on:
`--exclude labelled_conversations.json`. Documents are `<s> ... </s>`, packed into rows of {context} tokens.

## Recipe

{recipe}. AdamW, cosine schedule, {tokens:,} tokens an epoch, {seconds:.0f} s on {device}. The weights are those of
epoch {best}, which has the lowest loss on the conversations of the validation part.

| epoch | loss on unseen conversations, nats a token | low | high |
|---|---|---|---|
{rows}
"""

_LOSS = "| {epoch} | {value:.3f} | {low:.3f} | {high:.3f} |"


def card(recipe: Recipe, facts: Mapping[str, Any], losses: Sequence[Mapping[str, Any]], tokens: int) -> str:
    """The card as Markdown with its front matter; `losses` are the rows of the ledger, one an epoch."""
    return _CARD.format(
        parameters=facts["parameters"],
        tenths=recipe.labelled_tenths,
        context=recipe.context,
        recipe=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in asdict(recipe).items()),
        tokens=tokens,
        seconds=facts["seconds"],
        device=facts["device"],
        best=min(losses, key=lambda row: row["value"])["epoch"],
        rows="\n".join(_LOSS.format(**row) for row in losses),
    )
