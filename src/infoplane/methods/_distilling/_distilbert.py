"""BERT's weights under DistilBERT's names."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from infoplane._errors import ModelError, one_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAMES = (
    (r"^bert\.", "distilbert."),
    (r"encoder\.layer\.", "transformer.layer."),
    (r"attention\.self\.query\.", "attention.q_lin."),
    (r"attention\.self\.key\.", "attention.k_lin."),
    (r"attention\.self\.value\.", "attention.v_lin."),
    (r"attention\.output\.dense\.", "attention.out_lin."),
    (r"attention\.output\.LayerNorm\.", "sa_layer_norm."),
    (r"intermediate\.dense\.", "ffn.lin1."),
    (r"\.output\.dense\.", ".ffn.lin2."),  # after those of the attention
    (r"\.output\.LayerNorm\.", ".output_layer_norm."),
    (r"^cls\.predictions\.transform\.dense\.", "vocab_transform."),
    (r"^cls\.predictions\.transform\.LayerNorm\.", "vocab_layer_norm."),
    (r"^cls\.predictions\.decoder\.", "vocab_projector."),
)
_HEADS = {
    "BertModel": "DistilBertModel",
    "BertForMaskedLM": "DistilBertForMaskedLM",
    "BertForSequenceClassification": "DistilBertForSequenceClassification",
}
_CONFIG = {
    "n_heads": "num_attention_heads",
    "dim": "hidden_size",
    "hidden_dim": "intermediate_size",
    "dropout": "hidden_dropout_prob",
    "attention_dropout": "attention_probs_dropout_prob",
    "activation": "hidden_act",
    **{name: name for name in ("vocab_size", "max_position_embeddings", "initializer_range", "pad_token_id")},
    **{name: name for name in ("id2label", "label2id", "problem_type")},
}
_TYPES = "embeddings.token_type_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_NEW = ("pre_classifier.", "classifier.")


def as_distilbert(teacher: "PreTrainedModel", config: Any) -> tuple["type[PreTrainedModel]", Any]:
    """DistilBERT's network and configuration for BERT's `config`, with the head of `teacher`; ModelError for others."""
    import transformers

    name = type(teacher).__name__
    if name not in _HEADS:
        raise ModelError(one_line(f"distilbert from a {name}", f"one of {', '.join(_HEADS)}", "copy the same"))
    settings = {ours: getattr(config, theirs) for ours, theirs in _CONFIG.items()}
    found = transformers.DistilBertConfig(n_layers=config.num_hidden_layers, **settings)
    return getattr(transformers, _HEADS[name]), found


def distilbert_weights(weights: Mapping[str, Tensor], *, pooler: bool) -> dict[str, Tensor]:
    """BERT's `weights` under DistilBERT's names.

    No classifier, and the pooler only where asked for and before a classifier. DistilBERT has no token types: the
    embedding of type 0 is added to that of every position.
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if ".pooler." in f".{name}":
            if pooler and "classifier.weight" in weights:
                renamed["pre_classifier." + name.rpartition(".")[2]] = tensor
        elif name.endswith(_POSITIONS):
            renamed[_renamed(name)] = tensor + weights[name.replace(_POSITIONS, _TYPES)][0]
        elif not name.endswith(_TYPES) and not name.startswith("classifier.") and name != "cls.predictions.bias":
            renamed[_renamed(name)] = tensor
    return renamed


def is_new(name: str) -> bool:
    """Whether DistilBERT's weight `name` may begin at random, as BERT has none that does the same."""
    return name.startswith(_NEW)


def _renamed(name: str) -> str:
    for theirs, ours in _NAMES:
        name = re.sub(theirs, ours, name)
    return name
