"""What a network is trained for on texts alone: recoverability, and the baselines it is to beat. One class a goal.

A goal is a module, since it may learn something along, that gives the loss of a batch of `Texts` read by a `Reader`.
"""

from dataclasses import replace
from typing import Any

import torch
from recoverability_reader import Reader, Texts
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy

from infoplane.objectives import Batch, Facts, Recoverability

_DROPOUT = 0.1
_WARM = 50  # steps in which the decoder of recoverability learns alone


class Goal(nn.Module):
    """A loss of a batch; made for `reader` before training."""

    def __init__(self, reader: Reader, seed: int) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, reader: Reader, texts: Texts) -> Tensor:
        """The loss of `texts`, in nats."""
        raise NotImplementedError


class Recovery(Goal):
    """The tokens are to be read from the mean state, which stays near what it was."""

    share = 0.0  # beta, of a language model's own loss

    def __init__(self, reader: Reader, seed: int) -> None:
        super().__init__(reader, seed)
        weight = 1 / self.share if self.share else 1.0
        self.objective = Recoverability(weight, warm=_WARM, supervised=self.share > 0)
        known = {"width": reader.width, "blocks": reader.blocks, "vocabulary": reader.vocabulary}
        self.objective.prepare(Facts(features=reader.width, class_counts=(1,), seed=seed, **known))

    def forward(self, reader: Reader, texts: Texts) -> Tensor:
        """`Recoverability`, of a language model with its own loss."""
        states, output = reader.read(texts, said=self.share > 0)
        batch = Batch(
            states.new_zeros(len(texts), 1),
            torch.zeros_like(texts.lengths),
            states=states[:, None, None],
            reference=texts.before[:, None, None],
            tokens=texts.ids,
            content=texts.content,
        )
        if self.share:
            owner, place = texts.mask[:, 1:].nonzero(as_tuple=True)
            batch = replace(batch, logits=output.logits[owner, place], targets=texts.ids[owner, place + 1], owner=owner)
        loss: Tensor = self.objective(batch)
        self.objective.step()
        return loss


class RecoveryBeside(Recovery):
    """Recovery with beta = 0.5 of the loss of the language model."""

    share = 0.5


class SentenceContrast(Goal):
    """-log exp(cos(z_i, z'_i) / T) / sum_j exp(cos(z_i, z'_j) / T), z and z' under different dropout, T = 0.05.

    Source: SimCSE without labels, Gao et al. 2021, equation 4; on the mean state. A decoder trained without dropout is
    given 0.1 in its attention here: its two passes would be one.
    """

    def __init__(self, reader: Reader, seed: int) -> None:
        super().__init__(reader, seed)
        for module in reader.network.modules():
            if getattr(module, "attention_dropout", None) == 0:
                module.attention_dropout = _DROPOUT

    def forward(self, reader: Reader, texts: Texts) -> Tensor:
        """The contrast of the batch."""
        one, other = (reader.read(texts)[0] for _ in range(2))
        near = cosine_similarity(one[:, None], other[None], dim=-1)
        return cross_entropy(near / 0.05, torch.arange(len(texts), device=near.device))


class Denoising(Goal):
    """A decoder of one block says the text from the mean state of what is left of it after 60 % of the tokens.

    Source: TSDAE, Wang et al. 2021, with a decoder of its own in place of one tied to the encoder.
    """

    def __init__(self, reader: Reader, seed: int) -> None:
        super().__init__(reader, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.block = nn.TransformerDecoderLayer(
                reader.width, reader.heads, 4 * reader.width, _DROPOUT, batch_first=True, norm_first=True
            )
            self.places = nn.Embedding(reader.longest, reader.width)

    def forward(self, reader: Reader, texts: Texts) -> Tensor:
        """The mean cross-entropy of the tokens of the whole texts."""
        words, asked = reader.network.get_input_embeddings(), texts.mask[:, 1:]
        told = words(texts.ids[:, :-1]) + self.places.weight[: asked.shape[1]]
        ahead = nn.Transformer.generate_square_subsequent_mask(asked.shape[1], device=told.device)
        memory = reader.read(_thinned(texts, 0.6))[0][:, None]
        read = self.block(told, memory, tgt_mask=ahead, tgt_is_causal=True)
        return cross_entropy(read[asked] @ words.weight.T, texts.ids[:, 1:][asked])


class Language(Goal):
    """Pretraining goes on: a decoder says the next token, an encoder 15 % of the tokens behind a mask."""

    def forward(self, reader: Reader, texts: Texts) -> Tensor:
        """The mean cross-entropy of what is said."""
        if reader.decoder:
            asked, at = texts.mask[:, 1:], slice(None, -1)
            given, targets = texts, texts.ids[:, 1:]
        else:
            asked, at = texts.content & (torch.rand(texts.ids.shape, device=texts.ids.device) < 0.15), slice(None)
            given, targets = replace(texts, ids=texts.ids.masked_fill(asked, reader.mask_token)), texts.ids
        logits = reader.read(given, said=True)[1].logits[:, at]
        return cross_entropy(logits[asked], targets[asked], reduction="sum") / asked.sum().clamp(min=1)


def _thinned(texts: Texts, share: float) -> Texts:
    """`texts` without `share` of their content, at random."""
    gone = texts.content & (torch.rand(texts.ids.shape, device=texts.ids.device) < share)
    kept = texts.mask & ~gone
    order = (~kept).int().argsort(dim=1, stable=True)
    lengths, content = kept.sum(1), texts.content & kept
    return replace(texts, ids=texts.ids.gather(1, order), content=content.gather(1, order), lengths=lengths)


def goals(*, decoder: bool) -> dict[str, Any]:
    """The goals by name."""
    own: dict[str, Any] = {"recoverability": Recovery}
    if decoder:
        own = {"recoverability, LM beside": RecoveryBeside, "recoverability alone": Recovery}
    rest = {"contrast (SimCSE)": SentenceContrast, "denoising (TSDAE)": Denoising}
    return own | rest | {"LM goes on" if decoder else "MLM goes on": Language}
