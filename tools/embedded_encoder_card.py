"""The model card of the embedded encoder: what it is, how it was made, what was measured."""

from collections.abc import Mapping
from dataclasses import asdict

from embedded_card import table
from embedded_encoder_train import MASKED, EncoderRecipe
from embedded_probes import Measured
from transformers import BertForMaskedLM

from infoplane.embedded import LABELS, SPLITS, TOPICS

_CARD = """\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: fill-mask
tags: [infoplane, synthetic, interpretability]
---

# infoplane embedded encoder

A BERT of {parameters:,} parameters with a cased WordPiece vocabulary of {vocabulary}, trained from scratch to fill in
masked words and labels of text that infoplane generates from its own grammar. It exists so that fine-tuning an encoder
and handing it down to a smaller one can be tried in minutes without a download. It is an illustration, not evidence
about any other model. No text or data of others is in it.

## What it was trained on

Situations as the embedded decoder's card describes them, which tell one of {emotions} emotions and one of {topics}
topics, and behind each its `Topic: music`, its `Emotion: proud`, or both: labels of a careful annotator. All is made
afresh at every step. Every word of the grammar is one token, and so is every label; other words are spelt in letters
that no training document needed.

For the first ninth of the steps a document is about a part of a situation only: the sentence with the thing, and its
topic; or who cares, or who acts and how it ends, and an emotion that fits. Such documents then grow rarer; the last two
thirds of the steps have none. Over whole situations from the start, training stays where every label is as likely as it
is common: a query that attends to all words alike hears one of fifty. Every label is masked, and up to {masked:.0%} of
the words of situations, the more of them the more situations are whole.

There is no sentence-pair loss, so the pooler that a classifier reads begins untrained.

## Recipe

{recipe}. Loss:
cross-entropy of the masked words, labels among them. Of a situation's drawn words 8 in 10 become [MASK], one another
word, one stays. Weights begin with a variance of 1 / width, and the first block's heads with looking one and two words
back and ahead: which word stands beside which tells the emotion, of which 600 steps from random heads found little more
than the tense. AdamW, cosine schedule, float32, no dropout (text is never repeated; 0.1 in the configuration is for
fine-tuning), {seconds:.0f} s of processor time for training on {threads} threads; stored in float16. The same seed,
machine and versions give the same weights. `python tools/make_embedded_encoder.py --out DIR` makes this folder.

## Measured

On the {tests} situations of the split `test`, about pairs of people and things that occur in no training document.
Chance is {chance:.3f} for emotion and {chance_topic:.3f} for topic. Intervals: 95 %, bootstrap over pairs. The label is
filled in for the [MASK] of `Dialogue: ...` and `Emotion: [MASK]`, by the likeliest label. The probe is a shrunken
linear discriminant on the mean state of the situation alone, its layer chosen on `tune`. Information is H(label) minus
the test cross-entropy. The bag of words is the best of three logistic regressions on word counts. Of words, one of a
kind is masked in each situation, and the likeliest of the whole vocabulary is filled in.

| aspect | quantity | value | low | high |
| --- | --- | --- | --- | --- |
{rows}

## Limits

A masked name is filled in with a name, but in four cases of five not with the one that stands elsewhere in the
situation, and a [MASK] at the end of a text is taken for a label. Ordinary words cost the mean state some of what it
tells: the probe found 0.991 of emotions after 600 steps in which such words hardly counted, and no name was filled in.
It knows its grammar's few hundred words of English; on any other text it is lost. Emotions here are a table of four
answers, a caricature of appraisal theory. Do not use it to judge people's feelings.
"""


def card(
    recipe: EncoderRecipe,
    measured: Mapping[str, Mapping[str, Measured]],
    network: BertForMaskedLM,
    seconds: float,
    threads: int,
) -> str:
    """The card as Markdown with its front matter; every figure of `measured` is a row of its table."""
    return _CARD.format(
        parameters=network.num_parameters(),
        vocabulary=network.config.vocab_size,
        emotions=len(LABELS),
        topics=len(TOPICS),
        masked=MASKED,
        recipe=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in asdict(recipe).items()),
        seconds=seconds,
        threads=threads,
        tests=SPLITS["test"],
        chance=1 / len(LABELS),
        chance_topic=1 / len(TOPICS),
        rows=table(measured),
    )
