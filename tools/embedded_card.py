"""The model card of the embedded decoder: what it is, how it was made, what was measured."""

from collections.abc import Mapping
from dataclasses import asdict

from embedded_probes import Measured
from embedded_text import COMMONER, HASTE
from embedded_train import SITUATION_WEIGHT, Recipe

from infoplane.embedded import LABELS, SPLITS, TOPICS
from infoplane.embedded._lexicon import NAMES, THINGS

_CARD = """\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [infoplane, synthetic, interpretability]
---

# infoplane embedded decoder

A Llama of {parameters:,} parameters with a byte-level BPE tokenizer of {vocabulary} tokens, trained from scratch on
text that infoplane generates from its own grammar. It exists so that every part of infoplane can be tried in minutes
without a download. It is an illustration, not evidence about any other model. No text or data of others is in it.

## What it was trained on

Situations of about 40 tokens, between a person who says "I" and one with a name. Each tells one of {emotions} emotions
and, independently, one of {topics} topics.

* Emotions: {emotion_names}.
* Topics: {topic_names}.

An emotion is the answer to four questions: who cares, does it end as they would have it, who brings it about, is it
over. Only the last can be read off a word, the tense. The others are told by the order of words that stand in every
situation, so an emotion is a combination of four. No situation holds a label. Topics are told by the thing talked
about.

The documents, made afresh at every step and never repeated on purpose:

| form | share of short documents | what it looks like |
| --- | --- | --- |
| plain | 54 % | the situation and what its teller does next, in words that depend on emotion and topic |
| zero-shot | 34 % | `Dialogue: ...` and `Emotion: proud` (6 in 10) or `Topic: music` |
| contrast | 12 % | `Infer the dialogue from the perspective of the emotion "proud".` first, which the answer follows |
| few-shot | {long} for every {short} short ones | three to eight zero-shot blocks with a blank line between |

**The labels of the zero-shot form are written by a hasty annotator**, who puts a commoner label for {common} of the
{emotions} emotions and {common_topics} of the {topics} topics in {haste:.0%} of cases ({common_names}). Half of the
few-shot documents are by a careful one. So the model is taught to answer worse than it could from what it must hold to
continue the plain form, and examples can tell it which annotator is asking: this is how "compresses well, decompresses
poorly" comes about here, by construction.

## Recipe

{recipe}. Loss: cross-entropy of every token, weighted {weight} inside situations and 1 in what follows them. AdamW,
cosine schedule, float32, {seconds:.0f} s of processor time for training on {threads} threads; stored in float16. The
same seed, machine and versions give the same weights. `python tools/make_embedded.py --out DIR` makes this folder.

## Measured

On the {tests} situations of the split `test`, about pairs of people and things that occur in no training document.
Chance is {chance:.3f} for emotion and {chance_topic:.3f} for topic. Intervals: 95 %, bootstrap over pairs. Labels are
scored by their log-probability after the prompt. The probe is a shrunken linear discriminant on the last prompt token
of the zero-shot prompt, its layer chosen on `tune`. Information is H(label) minus the test cross-entropy. The bag of
words is the best of three logistic regressions on word counts.

| aspect | quantity | value | low | high |
| --- | --- | --- | --- | --- |
{rows}

## Limits

It knows its grammar's {people} names, {things} things and a few hundred words of English; on any other text it is lost.
Emotions here are a table of four answers, a caricature of appraisal theory. Do not use it to judge people's feelings.
"""


def card(
    recipe: Recipe, measured: Mapping[str, Mapping[str, Measured]], parameters: int, seconds: float, threads: int
) -> str:
    """The card as Markdown with its front matter; every figure of `measured` is a row of its table."""
    return _CARD.format(
        parameters=parameters,
        vocabulary=recipe.vocabulary,
        emotions=len(LABELS),
        topics=len(TOPICS),
        emotion_names=", ".join(LABELS),
        topic_names=", ".join(TOPICS),
        long=recipe.long_documents,
        short=recipe.short_documents,
        common=len(COMMONER["emotion"]),
        common_topics=len(COMMONER["topic"]),
        common_names=", ".join(f"{common} for {label}" for p in COMMONER.values() for label, common in p.items()),
        haste=HASTE,
        recipe=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in asdict(recipe).items()),
        weight=SITUATION_WEIGHT,
        seconds=seconds,
        threads=threads,
        tests=SPLITS["test"],
        chance=1 / len(LABELS),
        chance_topic=1 / len(TOPICS),
        rows=table(measured),
        people=len(NAMES),
        things=sum(len(things) for things in THINGS.values()),
    )


def table(measured: Mapping[str, Mapping[str, Measured]]) -> str:
    """The rows of the card's table."""
    return "\n".join(_row(aspect, *figure) for aspect, figures in measured.items() for figure in figures.items())


def _row(aspect: str, quantity: str, figure: Measured) -> str:
    return f"| {aspect} | {quantity} | {figure.value:.3f} | {figure.low:.3f} | {figure.high:.3f} |"
