"""The bare prompt, as it is and calibrated: its log-probabilities less those of a prompt that says nothing."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from infoplane.methods._method import Ask, Choices, Method

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# What Zhao et al. (2021) put in place of a text.
_CONTENT_FREE = ("N/A", "[MASK]", "")


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:  # noqa: ARG001 - the shape of every method
    return Ask(setting.prompts(queries))


def _prior(setting: "Setting") -> Choices:
    """Log of the mean p(label | content-free text) over three of them, normed over the labels."""
    pair = setting.pool.pairs is not None
    prompts = [setting.task.prompt(text, text if pair else None) for text in _CONTENT_FREE]
    scores = setting.lm.score(prompts, setting.task.answers)
    shares = scores - logsumexp(scores, axis=1, keepdims=True)
    return {"log_prior": (logsumexp(shares, axis=0) - np.log(len(shares))).tolist()}


def _ask_calibrated(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    return Ask(setting.prompts(queries), offset=-np.array([choices["log_prior"]], np.float64))


PROMPT = Method("prompt", "The bare prompt: the likeliest label.", _ask, rivals=())
CALIBRATED = Method(
    "prompt-calibrated",
    "The bare prompt, less what it says of a text without content (Zhao et al. 2021).",
    _ask_calibrated,
    choose=_prior,
    rivals=("prompt",),
)
