"""The model and the task or texts a command is about: their options, declared once and loaded alike everywhere."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

from infoplane._cli import _options as options
from infoplane._cli._output import Result

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task, Texts


@dataclass(frozen=True)
class AboutModel:
    """What was typed of the model; the fields are the options."""

    model: options.Model = None
    device: options.Device = "auto"
    dtype: options.Dtype = "auto"
    batch_size: options.Batch = "auto"
    revision: options.Revision = None
    seed: options.Seed = 0

    def load_model(self, name: str) -> "LanguageModel":
        """The model called `name`, where and how the options say."""
        from infoplane.models import load_model

        size = options.batch_size(self.batch_size)
        return load_model(name, device=self.device, dtype=self.dtype, revision=self.revision, batch_size=size)


@dataclass(frozen=True)
class About(AboutModel):
    """What was typed of the model and the task."""

    task: options.Task = None
    text: options.Text = None
    label: options.Label = None
    text_pair: options.TextPair = None
    group: options.Group = None
    aspect: options.Aspect = None
    prompt: options.Prompt = None
    turns: options.Turns = False
    exclude: options.Exclude = None

    def load(self) -> tuple["LanguageModel", "Task"]:
        """Both; InputError for what is missing or cannot be loaded."""
        name = options.needed(self.model, "--model")
        options.needed(self.task, "--task")
        options.batch_size(self.batch_size)
        task = self.load_task()
        return self.load_model(name), task

    def load_task(self, name: str | None = None) -> "Task":
        """The task, or the one called `name`, as the options say."""
        from infoplane.tasks import load_task

        return load_task(
            options.needed(name or self.task, "--task"),
            text=self.text,
            label=self.label,
            text_pair=self.text_pair,
            group=self.group,
            aspect=self.aspect,
            prompt=self.prompt,
            turns=self.turns,
            exclude=self.exclude,
            seed=self.seed,
        )


@dataclass(frozen=True)
class AboutTexts(AboutModel):
    """What was typed of the model and of plain texts, which have no labels."""

    texts: options.Texts = None
    text: options.TextsText = None
    group: options.TextsGroup = None

    def load(self, max_texts: int) -> tuple["LanguageModel", "Texts"]:
        """The model and at most so many texts, all for 0; InputError for what is missing or cannot be loaded."""
        name, source = options.needed(self.model, "--model"), options.needed(self.texts, "--texts")
        options.batch_size(self.batch_size)
        from infoplane.tasks import load_texts

        texts = load_texts(source, text=self.text, group=self.group, max_texts=max_texts or None, seed=self.seed)
        return self.load_model(name), texts


def with_about(command: Callable[..., Result]) -> Callable[..., Result]:
    """`command` with the options its parameter `about` is annotated with; what it declares itself stays its own."""
    own = inspect.signature(command).parameters
    kind: Any = own["about"].annotation
    shared = {field.name: field for field in fields(kind) if field.name not in own}

    @wraps(command)
    def run(**typed: object) -> Result:
        about = kind(**{name: typed.pop(name) for name in shared})
        return command(about=about, **typed)

    def parameter(name: str, default: object, annotation: object) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    listed = []
    for name, one in own.items():
        added = [parameter(at, field.default, field.type) for at, field in shared.items()]
        listed += added if name == "about" else [parameter(name, one.default, one.annotation)]
    run.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    return run
