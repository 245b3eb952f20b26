"""From a name, a folder or a file to a task."""

from dataclasses import replace
from pathlib import Path

from infoplane.tasks._build import build
from infoplane.tasks._find import find
from infoplane.tasks._generic import Columns
from infoplane.tasks._listed import Listed
from infoplane.tasks._task import Task
from infoplane.tasks._template import default_template, read_template


def load_task(
    name_or_path: str | Path,
    *,
    text: str | None = None,
    label: str | None = None,
    text_pair: str | None = None,
    group: str | None = None,
    aspect: str | None = None,
    prompt: str | Path | None = None,
    turns: bool = False,
    exclude: str | Path | None = None,
    seed: int = 0,
) -> Task:
    """A task by its name, or from a file or folder; the same arguments always give the same splits.

    name_or_path: "embedded", "embedded/topic", "empathetic_dialogues", "glue/mrpc" and its siblings, "paws", "sick",
        another data set of the hub as owner/name or owner/name/config, a CSV, TSV, JSONL or Parquet file, or a folder
        with such files called train, dev (or valid) and test. What lies on the disk goes before the hub.
    text, label, text_pair, group: columns, of data without a known format; "text" and "label" if not given. Without
        `group`, equal texts (first texts of pairs) are a group
    aspect: the word the prompt asks for, "label" if neither given nor known
    prompt: a text file with {text} (and {pair}) whose last line begins the answer
    turns: of EmpatheticDialogues, what was said instead of the situation
    exclude: a JSON list, or a text with one a line, of ids (of EmpatheticDialogues: conv_id) or groups that the model
        has seen with their labels; they and what shares their group are in no split
    seed: which groups go to which split

    An official test with labels is the test split, or else an official dev; the rest is direction 40 %, measure 40 %,
    tune 20 %. A single file is direction 30 %, measure 40 %, tune 15 %, test 15 %. The split of a group depends on
    nothing but the seed and the group. Left out and counted: what `exclude` lists, texts and labels that are missing, a
    text that occurs again (test goes before tune, measure, direction), groups that an official test has too, labels too
    rare to measure.
    Raises TaskError or InputError, in one line, for anything that cannot be read or leaves nothing to measure.
    """
    listed = None if exclude is None else Listed.read(exclude)
    source = find(str(name_or_path), Columns(text, label, text_pair, group), turns, seed)
    source = replace(source, aspect=aspect or source.aspect)
    if prompt is None:
        template = default_template(source.aspect, noun=source.noun, pairs=source.pairs)
    else:
        template = read_template(prompt, noun=source.noun, pairs=source.pairs)
    return build(source, template, seed, listed)
