"""The model card of the embedded encoder: what it is, how it was made, what was measured."""

from collections.abc import Mapping
from dataclasses import asdict

from embedded_card import table
from embedded_encoder_train import MASKED, MASKED_ANSWER, SITUATION_WEIGHT, EncoderRecipe
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
masked words of text that infoplane generates from its own grammar. It exists so that fine-tuning an encoder and
handing it down to a smaller one can be tried in minutes without a download. It is an illustration, not evidence about
any other model. No text or data of others is in it.

## What it was trained on

The documents of the embedded decoder, whose card says what they are: situations that tell one of {emotions} emotions
and one of {topics} topics, followed by what their teller does next or by a label of a hasty annotator, {long} few-shot
document for every {short} short ones, all made afresh at every step. {masked:.0%} of a situation's words are masked and
{answers:.0%} of those in answers and in what happens next. Every word of the grammar is one token, and so is every
label; other words are spelt in letters that no training document needed.

There is no sentence-pair loss, so nothing ever asked anything of the first token, and the pooler that a classifier
reads begins untrained: take the mean of the states, or fine-tune.

## Recipe

{recipe}. Loss: cross-entropy of the masked words, weighted {weight} inside situations and 1 in what follows them.
8 in 10 of the drawn words become [MASK], one another word, one stays. AdamW, cosine schedule, float32, no dropout (text
is never repeated; the configuration's 0.1 is for fine-tuning), {seconds:.0f} s of processor time for training on
{threads} threads; stored in float16. The same seed, machine and versions give the same weights.
`python tools/make_embedded_encoder.py --out DIR` makes this folder.

## Measured

On the {tests} situations of the split `test`, about pairs of people and things that occur in no training document.
Chance is {chance:.3f} for emotion and {chance_topic:.3f} for topic. Intervals: 95 %, bootstrap over pairs. The label is
filled in for the [MASK] of `Dialogue: ...` and `Emotion: [MASK]`, by the likeliest label; most is what the hasty
annotator would say. The probe is a shrunken linear discriminant on the mean state of the situation alone, its layer
chosen on `tune`. Information is H(label) minus the test cross-entropy. The bag of words is the best of three logistic
regressions on word counts.

| aspect | quantity | value | low | high |
| --- | --- | --- | --- | --- |
{rows}

## Limits

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
        long=recipe.long_documents,
        short=recipe.short_documents,
        masked=MASKED,
        answers=MASKED_ANSWER,
        recipe=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in asdict(recipe).items()),
        weight=SITUATION_WEIGHT,
        seconds=seconds,
        threads=threads,
        tests=SPLITS["test"],
        chance=1 / len(LABELS),
        chance_topic=1 / len(TOPICS),
        rows=table(measured),
    )
