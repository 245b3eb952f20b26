"""Train the embedded encoder: a WordPiece vocabulary and a small BERT that fills in masked words, both from scratch."""

import random
import string
from collections import Counter
from dataclasses import dataclass

import torch
from embedded_encoder_text import ANSWER, encoder_documents
from embedded_fit import Dials, fit
from embedded_text import documents
from tokenizers import pre_tokenizers
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONTEXT = 128
BESIDE = (-2, -1, 1, 2)  # where the heads of the first block look at first
MASKED = 0.15  # of the words of situations once all are whole; labels always are


@dataclass(frozen=True, slots=True)
class EncoderRecipe(Dials):
    """All that decides the model."""

    steps: int = 1400
    short_documents: int = 40
    learning_rate: float = 1e-3
    warmup: float = 0.04
    weight_decay: float = 0.01
    width: int = 128
    blocks: int = 3
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
    _look_beside(network)
    rng = random.Random(f"train {recipe.seed}")
    parts = iter(torch.linspace(1.5, -3, recipe.steps).clamp(0, 1).tolist())

    def step() -> float:
        share = next(parts)
        batch = encoder_documents(rng, recipe.short_documents, share)
        return _step(network, tokenizer, batch, MASKED * (1 - share))

    fit(network, recipe, step)
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
        initializer_range=recipe.width**-0.5,  # so that a map keeps the length of what it maps
    )


@torch.no_grad()
def _look_beside(network: BertForMaskedLM) -> None:
    """Begin with places in the first dimensions only, and with heads of the first block that look `BESIDE` a word.

    Places are sinusoids (Vaswani et al. 2017) whose product is small but of a place with itself; `step` places on is a
    rotation, which a head's keys undo.
    """
    attention, embeddings = network.bert.encoder.layer[0].attention.self, network.bert.embeddings
    size = attention.attention_head_size
    frequencies = torch.pi * (torch.arange(0, size, 2) + 1) / size
    angles = torch.arange(CONTEXT)[:, None] * frequencies
    waves = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)
    for table in (embeddings.word_embeddings, embeddings.token_type_embeddings, embeddings.position_embeddings):
        table.weight[:, :size] = 0
    embeddings.position_embeddings.weight.zero_()[:, :size] = waves * (2 / network.config.hidden_size) ** 0.5
    attention.query.weight.zero_()
    attention.key.weight.zero_()
    for head, step in enumerate(BESIDE[: attention.num_attention_heads]):
        rows = slice(head * size, (head + 1) * size)
        turns = [torch.tensor([[w.cos(), -w.sin()], [w.sin(), w.cos()]]) for w in step * frequencies]
        attention.query.weight[rows, :size] = torch.eye(size)
        attention.key.weight[rows, :size] = torch.block_diag(*turns)


def _step(network: BertForMaskedLM, tokenizer: BertTokenizer, batch: list[str], share: float) -> float:
    """Gradients of the mean loss over the masked words of `batch`; returns that loss."""
    ordered = sorted(batch, key=len)
    half = len(ordered) // 2
    masked = [mask_words(alike, tokenizer, share) for alike in (ordered[:half], ordered[half:])]
    total = sum(int(drawn.sum()) for *_, drawn in masked)
    loss = 0.0
    for ids, attention, labels, drawn in masked:
        states = network.bert(ids, attention_mask=attention).last_hidden_state[drawn]
        part = cross_entropy(network.cls(states), labels[drawn], reduction="sum") / total
        part.backward()
        loss += part.item()
    return loss


def mask_words(
    batch: list[str], tokenizer: BertTokenizer, share: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids with words masked, attention mask, the ids before, and which of these are to be told.

    Every label becomes [MASK]. A `share` of a situation's words is drawn: 8 in 10 of these become [MASK], 1 another
    word, and 1 stays as it is (Devlin et al. 2019).
    """
    encoded = tokenizer(batch, padding=True, truncation=True, return_offsets_mapping=True, return_tensors="pt")
    labels, attention = encoded["input_ids"], encoded["attention_mask"]
    answers = _answers(batch, encoded["offset_mapping"])
    words = labels >= len(SPECIAL)
    drawn = words & (answers | (torch.rand(labels.shape) < share))
    fate = torch.where(answers, 0.0, torch.rand(labels.shape))
    ids = torch.where(drawn & (fate < 0.8), tokenizer.mask_token_id, labels)
    other = torch.randint(len(SPECIAL), len(tokenizer), labels.shape)
    ids = torch.where(drawn & (fate > 0.9), other, ids)
    return ids, attention, labels, drawn


def _answers(batch: list[str], offsets: torch.Tensor) -> torch.Tensor:
    """Which tokens are a label that is asked for."""
    begins = offsets[..., 0]
    inside = torch.zeros(begins.shape, dtype=torch.bool)
    for row, text in enumerate(batch):
        for answer in ANSWER.finditer(text):
            inside[row] |= (begins[row] >= answer.start(1)) & (begins[row] < answer.end(1))
    return inside
