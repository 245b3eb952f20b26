"""A Llama of 10 to 100 million parameters, its tokenizer, and documents packed into rows for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HEAD = 64


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides the model. `depth` is the one dial of size: 6 gives 14, 8 gives 29, 12 gives 91 million."""

    depth: int = 8  # blocks, and heads of 64 dimensions
    vocabulary: int = 8192
    context: int = 512
    epochs: int = 8
    rows: int = 32  # of `context` tokens, a step
    learning_rate: float = 1e-3
    warmup: float = 0.05
    weight_decay: float = 0.1
    labelled_tenths: int = 3
    seed: int = 0


def train_tokenizer(texts: Iterable[str], recipe: Recipe) -> PreTrainedTokenizerFast:
    """Byte-level BPE of at most `recipe.vocabulary` tokens, whose post-processor begins every text with <s>."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", bpe.token_to_id("<s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        padding_side="left",
        model_max_length=recipe.context,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )


def make_network(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A network with random weights, the same for the same seed."""
    width = HEAD * recipe.depth
    torch.manual_seed(recipe.seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=HEAD * round(8 * width / 3 / HEAD),
            num_hidden_layers=recipe.depth,
            num_attention_heads=recipe.depth,
            num_key_value_heads=recipe.depth,
            max_position_embeddings=recipe.context,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def packed(texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, context: int) -> torch.Tensor:
    """Documents <s> ... </s> one behind the other, cut into rows (n, context); what fills no row is left out.

    A document may continue in the next row, as in any packing without masks.
    """
    encoded = tokenizer.backend_tokenizer.encode_batch([text + tokenizer.eos_token for text in texts])
    stream = torch.tensor([token for document in encoded for token in document.ids])
    return stream[: len(stream) // context * context].reshape(-1, context)
