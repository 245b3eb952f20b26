"""Train the embedded encoder: a WordPiece vocabulary and a small BERT that fills in masked words, both from scratch."""

import random
import string
from collections import Counter
from dataclasses import dataclass

import torch
from embedded_fit import CONTEXT, Dials, fit
from embedded_text import documents, long_documents
from embedded_train import ANSWERS
from tokenizers import pre_tokenizers
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MASKED = 0.15  # of the words of a situation
MASKED_ANSWER = 0.5  # of the words of answers and of what happens next: they need the situation
SITUATION_WEIGHT = 0.2  # of a masked word there, as names and things cannot be foretold


@dataclass(frozen=True, slots=True)
class EncoderRecipe(Dials):
    """All that decides the model."""

    steps: int = 3300
    short_documents: int = 32
    long_documents: int = 1
    learning_rate: float = 2e-3
    warmup: float = 0.05
    weight_decay: float = 0.05
    width: int = 128
    blocks: int = 6
    heads: int = 4
    hidden: int = 512
    seed: int = 0


def make_tokenizer(recipe: EncoderRecipe) -> BertTokenizer:
    """Cased WordPiece with every word of the grammar whole; any other word is spelt in letters."""
    rng = random.Random(f"tokenizer {recipe.seed}")
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    words = Counter(word for text in documents(rng, 20_000) for word, _ in split(text))
    letters = string.digits + string.ascii_letters + string.punctuation
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    pieces += [word for word in sorted(words, key=lambda word: (-words[word], word)) if len(word) > 1]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=True, model_max_length=CONTEXT)


def train(recipe: EncoderRecipe, tokenizer: BertTokenizer, threads: int) -> BertForMaskedLM:
    """The trained network, in float32; every step sees fresh documents under fresh masks."""
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    network = BertForMaskedLM(_config(recipe, tokenizer)).eval()  # text is never repeated: dropout has no use
    rng = random.Random(f"train {recipe.seed}")
    fit(network, recipe, lambda: _step(network, tokenizer, rng, recipe))
    return network


def _config(recipe: EncoderRecipe, tokenizer: BertTokenizer) -> BertConfig:
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        intermediate_size=recipe.hidden,
        num_hidden_layers=recipe.blocks,
        num_attention_heads=recipe.heads,
        max_position_embeddings=CONTEXT,
        pad_token_id=tokenizer.pad_token_id,
    )


def _step(network: BertForMaskedLM, tokenizer: BertTokenizer, rng: random.Random, recipe: EncoderRecipe) -> float:
    """Gradients of the weighted mean loss over the masked words of short and long documents; returns that loss."""
    short = sorted(documents(rng, recipe.short_documents), key=len)
    half = len(short) // 2
    batches = [short[:half], short[half:], long_documents(rng, recipe.long_documents)]
    masked = [mask_words(batch, tokenizer) for batch in batches if batch]
    total = sum(float(weights.sum()) for *_, weights in masked)
    loss = 0.0
    for ids, attention, labels, weights in masked:
        states = network.bert(ids, attention_mask=attention).last_hidden_state[weights > 0]
        losses = cross_entropy(network.cls(states), labels[weights > 0], reduction="none")
        part = (losses * weights[weights > 0]).sum() / total
        part.backward()
        loss += part.item()
    return loss


def mask_words(
    batch: list[str], tokenizer: BertTokenizer
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids with words masked, attention mask, the ids before, and each token's weight in the loss: 0 where not masked.

    Of the words drawn, 8 in 10 become [MASK], 1 another word, and 1 stays as it is (Devlin et al. 2019).
    """
    encoded = tokenizer(batch, padding=True, truncation=True, return_offsets_mapping=True, return_tensors="pt")
    labels, attention = encoded["input_ids"], encoded["attention_mask"]
    answers = _in_answers(batch, encoded["offset_mapping"])
    words = labels >= len(SPECIAL)
    drawn = words & (torch.rand(labels.shape) < torch.where(answers, MASKED_ANSWER, MASKED))
    fate = torch.rand(labels.shape)
    ids = torch.where(drawn & (fate < 0.8), tokenizer.mask_token_id, labels)
    other = torch.randint(len(SPECIAL), len(tokenizer), labels.shape)
    ids = torch.where(drawn & (fate > 0.9), other, ids)
    return ids, attention, labels, torch.where(answers, 1.0, SITUATION_WEIGHT) * drawn


def _in_answers(batch: list[str], offsets: torch.Tensor) -> torch.Tensor:
    """Which tokens stand in an answer or in what happens next."""
    begins = offsets[..., 0]
    inside = torch.zeros(begins.shape, dtype=torch.bool)
    for row, text in enumerate(batch):
        for answer in ANSWERS.finditer(text):
            inside[row] |= (begins[row] >= answer.start()) & (begins[row] < answer.end())
    return inside
