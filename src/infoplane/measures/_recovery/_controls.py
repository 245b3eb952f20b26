"""What a reading is held against: a network with random weights, and words under random names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import TokenTarget

CONTROLS = ("untrained", "relabelled")


def check_controls(controls: Sequence[str]) -> tuple[str, ...]:
    """The controls asked for; InputError for one there is not."""
    for name in controls:
        if name not in CONTROLS:
            raise InputError(one_line(f"control {name!r}", f"some of {', '.join(CONTROLS)}", "use these, or none"))
    return tuple(dict.fromkeys(controls))


def untrained(lm: "LanguageModel", seed: int) -> "LanguageModel":
    """The same architecture and tokenizer with random weights."""
    import torch

    from infoplane.models import LanguageModel

    network: Any = type(lm.network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = network(lm.network.config).eval().requires_grad_(False)
    made = made.to(device=lm.device, dtype=torch.float32)
    return LanguageModel(made, lm.tokenizer, name=f"{lm.name}, untrained", batch_size=lm.batch_rows or "auto")


def relabelled(target: "TokenTarget", seed: int) -> NDArray[np.int64]:
    """The type (types,) that every type is renamed to, drawn by frequency: what is learnt of these names is by heart.

    Source: control tasks, Hewitt and Liang 2019.
    """
    shares = target.counts / target.counts.sum()
    return np.random.default_rng([seed, 31]).choice(target.types, target.types, p=shares)
