"""The network that is trained: a copy of a language model's, in float32, with the head that answers."""

import copy
from typing import TYPE_CHECKING, Any, Literal

import torch

from infoplane._errors import InputError, one_line
from infoplane.methods._training._recipe import Head
from infoplane.models import quiet

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task


def head_of(lm: "LanguageModel", head: Head) -> Literal["class", "labels"]:
    """What `head` means for `lm`; InputError for labels of a model that says nothing."""
    if head == "labels" and not lm.answers:
        raise InputError(one_line(f"head labels with {lm.name}", "a causal model", "use head class"))
    return head if head != "auto" else ("labels" if lm.answers else "class")


def saying_network(lm: "LanguageModel") -> Any:
    """The causal network of `lm` again, to be trained to say labels."""
    network = copy.deepcopy(lm.network).float()
    for parameter in network.parameters():
        parameter.data = parameter.data.contiguous()
    return network.requires_grad_(True).train()


def class_network(lm: "LanguageModel", task: "Task", seed: int) -> Any:
    """The network of `lm` with a linear map to the classes of `task`, whose first weights are drawn from `seed`.

    Where `lm` was loaded from files that hold more than it uses, a pooler or a head for as many classes, that is taken.
    """
    from transformers import AutoModelForSequenceClassification as Auto

    names = dict(enumerate(task.labels))
    config = copy.deepcopy(lm.network.config)
    config.update({"id2label": names, "label2id": {name: index for index, name in names.items()}})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Auto.from_config(config) if lm.source is None else _loaded(Auto, lm.source, config)
    backbone = getattr(network, network.base_model_prefix)
    backbone.load_state_dict(lm.anatomy.backbone.state_dict(), strict=False)
    return network.float().to(lm.device).requires_grad_(True).train()


def _loaded(auto: Any, source: tuple[str, str | None], config: Any) -> Any:
    with quiet():
        return auto.from_pretrained(
            source[0],
            revision=source[1],
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
        )
