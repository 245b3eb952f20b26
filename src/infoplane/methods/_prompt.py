"""The bare prompt: the label the model finds likeliest as it is."""

from typing import TYPE_CHECKING

from infoplane.methods._method import Ask, Choices, Method

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:  # noqa: ARG001 - the shape of every method
    return Ask(setting.prompts(queries))


PROMPT = Method("prompt", "The bare prompt: the likeliest label.", _ask)
