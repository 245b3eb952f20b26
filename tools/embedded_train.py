"""Train the embedded decoder: a byte-level BPE tokenizer and a small Llama, both from scratch."""

import random
import re
from dataclasses import dataclass

import torch
from embedded_fit import CONTEXT, Dials, fit
from embedded_text import CHOICES, documents, long_documents
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SITUATION_WEIGHT = 0.1  # names and things cannot be foretold; what they lead to can
ANSWERS = re.compile(r"^(?:Emotion:|Topic:|I ).*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe(Dials):
    """All that decides the model."""

    steps: int = 4000
    short_documents: int = 24
    long_documents: int = 1
    learning_rate: float = 2e-3
    warmup: float = 0.05
    weight_decay: float = 0.05
    width: int = 128
    blocks: int = 5
    heads: int = 4
    hidden: int = 352
    seed: int = 0
    vocabulary: int = 1024


def train_tokenizer(recipe: Recipe) -> PreTrainedTokenizerFast:
    """Byte-level BPE whose post-processor begins every text with <s>."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    rng = random.Random(f"tokenizer {recipe.seed}")
    answers = [f" {label}" for labels in CHOICES.values() for label in labels] * 2000  # one token each
    bpe.train_from_iterator(documents(rng, 20_000) + long_documents(rng, 500) + answers, trainer)
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", bpe.token_to_id("<s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )


def train(recipe: Recipe, tokenizer: PreTrainedTokenizerFast, threads: int) -> LlamaForCausalLM:
    """The trained network, in float32; every step sees fresh documents."""
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    network = LlamaForCausalLM(_config(recipe, tokenizer))
    rng = random.Random(f"train {recipe.seed}")
    fit(network, recipe, lambda: _step(network, tokenizer, rng, recipe))
    return network.eval()


def _config(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        intermediate_size=recipe.hidden,
        num_hidden_layers=recipe.blocks,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def _step(network: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, rng: random.Random, recipe: Recipe) -> float:
    """Gradients of the mean loss over the tokens of a short and a long batch; returns that loss in nats a token."""
    batches = [documents(rng, recipe.short_documents), long_documents(rng, recipe.long_documents)]
    encoded = [_encode(batch, tokenizer) for batch in batches]
    total = sum(float(weights.sum()) for _, weights in encoded)
    loss = 0.0
    for ids, weights in encoded:
        logits = network(ids).logits  # padding stands to the right of causal text: it needs no mask
        losses = cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        part = (losses * weights[:, 1:].flatten()).sum() / total
        part.backward()
        loss += part.item()
    return loss


def _encode(batch: list[str], tokenizer: PreTrainedTokenizerFast) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids with </s> at the end, padded to the right, and the weight of each token in the loss."""
    encoded = [tokenizer(text + tokenizer.eos_token, return_offsets_mapping=True) for text in batch]
    rows = [torch.tensor(e["input_ids"][:CONTEXT]) for e in encoded]
    weights = [_weights(text, e["offset_mapping"])[:CONTEXT] for text, e in zip(batch, encoded, strict=True)]
    pad = torch.nn.utils.rnn.pad_sequence
    return pad(rows, batch_first=True, padding_value=tokenizer.pad_token_id), pad(weights, batch_first=True)


def _weights(text: str, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """1 for the tokens of answers and of what happens next, `SITUATION_WEIGHT` for all before."""
    weights = torch.full((len(text) + 1,), SITUATION_WEIGHT)
    for answer in ANSWERS.finditer(text):
        weights[slice(*answer.span())] = 1.0
    weights[-1] = 1.0
    return weights[torch.tensor([begin for begin, _ in offsets])]
