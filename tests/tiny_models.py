"""Tiny random networks of every family, with a byte-level tokenizer, and a store that is only a dictionary."""

import logging
from functools import cache

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers import models as tokenizer_models
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast

from infoplane.models import LanguageModel

logging.getLogger("transformers").setLevel(logging.ERROR)
torch.set_num_threads(1)

VOCABULARY, WIDTH, BLOCKS = 400, 32, 4
SHAPE = {"num_hidden_layers": BLOCKS, "hidden_size": WIDTH, "intermediate_size": 48, "num_attention_heads": 4}
GROUPED = {**SHAPE, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 128}

DECODERS = {
    "llama": ("LlamaForCausalLM", "LlamaConfig", GROUPED),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", {"n_layer": BLOCKS, "n_embd": WIDTH, "n_head": 4, "n_positions": 128}),
    "gpt_neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", {**SHAPE, "max_position_embeddings": 128}),
    "qwen": ("Qwen3ForCausalLM", "Qwen3Config", GROUPED),
    "gemma": (
        "Gemma2ForCausalLM",
        "Gemma2Config",
        {**GROUPED, "sliding_window": 16, "final_logit_softcapping": 3.0, "query_pre_attn_scalar": 8},
    ),
    "mistral": ("MistralForCausalLM", "MistralConfig", {**GROUPED, "sliding_window": 16}),
}
ENCODERS = {
    "bert": ("BertForMaskedLM", "BertConfig", {**SHAPE, "max_position_embeddings": 64}),
    "roberta": ("RobertaForMaskedLM", "RobertaConfig", {**SHAPE, "max_position_embeddings": 66, "pad_token_id": 1}),
    "distilbert": (
        "DistilBertForMaskedLM",
        "DistilBertConfig",
        {"n_layers": BLOCKS, "dim": WIDTH, "hidden_dim": 48, "n_heads": 4, "max_position_embeddings": 64},
    ),
}
FAMILIES = {**DECODERS, **ENCODERS}

TEXTS = [
    "I lost my keys and then my phone.",
    "My daughter won the first prize at school today!",
    "Nothing.",
    "The storm took the roof off the barn and we stood there in the rain for an hour",
    "He lied to me again, and I believed him again.",
    "We are going to the sea in the morning, all of us, with the dog.",
]


class DictStore:
    """The store's protocol over dictionaries; counts what is written."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, np.ndarray]] = {}
        self.writes: list[tuple[str, int]] = []

    def write(self, name, rows, array):
        assert len(rows) == len(array)
        self.writes.append((name, len(rows)))
        self.rows.setdefault(name, {}).update(zip(rows.tolist(), array.copy(), strict=True))

    def done(self, name):
        return np.array(sorted(self.rows.get(name, {})), np.int64)

    def load(self, name, layer_index=None):
        array = np.stack([self.rows[name][row] for row in sorted(self.rows[name])])
        return array if layer_index is None else array[:, layer_index]


def make_tokenizer(*, decoder: bool = True, chat_template: str | None = None) -> PreTrainedTokenizerFast:
    """A byte-level BPE trained on the texts above; a decoder's adds BOS, an encoder's [CLS] and [SEP]."""
    first, last = ("<s>", "</s>") if decoder else ("[CLS]", "[SEP]")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_trained(first, last, f"{first} $A" if decoder else f"{first} $A {last}")),
        bos_token=first,
        eos_token=last,
        pad_token="<pad>",
        unk_token="<unk>",
    )
    tokenizer.chat_template = chat_template
    return tokenizer


@cache
def _trained(first: str, last: str, single: str) -> str:
    core = Tokenizer(tokenizer_models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<unk>", "<pad>", first, last],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    core.train_from_iterator([*TEXTS, "Emotion: joyful Emotion: angry Dialogue:"] * 4, trainer)
    specials = [(token, core.token_to_id(token)) for token in (first, last)]
    core.post_processor = processors.TemplateProcessing(single=single, special_tokens=specials)
    return core.to_str()


def make_network(family: str, *, seed: int = 0, **changes):
    """A random network of `family` whose weights are large enough for its states to differ."""
    network_name, config_name, shape = FAMILIES[family]
    config = getattr(transformers, config_name)(
        **{"vocab_size": VOCABULARY, "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 3, **shape, **changes}
    )
    torch.manual_seed(seed)
    network = getattr(transformers, network_name)(config).eval().requires_grad_(False)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.15)
    return network


def make_model(family: str, *, batch_size="auto", chat_template: str | None = None, **changes) -> LanguageModel:
    """A tiny random language model of `family`."""
    tokenizer = make_tokenizer(decoder=family in DECODERS, chat_template=chat_template)
    return LanguageModel(make_network(family, **changes), tokenizer, name=family, batch_size=batch_size)


def hook_count(network) -> int:
    """Hooks of any kind that stand on the modules of `network`."""
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in network.modules())
