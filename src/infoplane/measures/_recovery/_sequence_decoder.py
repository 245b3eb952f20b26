"""Writes a sequence symbol by symbol from a state: a small recurrent decoder of one size for all models."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from infoplane.estimators import fit_whitening, one_thread
from infoplane.measures._recovery._sequences import PADDING, Floats, Ints, Sequences
from infoplane.objectives import linear_cross_entropy

_SYMBOL, _HIDDEN, _COMPONENTS = 64, 128, 512  # widths; a state has at most so many components
_RATE, _DECAY, _CLIP, _BATCH, _DROPPED = 3e-3, 1e-2, 1.0, 64, 0.1
# Training is at most so many steps, is judged on the tune split every so often and ends after so many judgements
# without a gain of so many nats a symbol.
_MOST_STEPS, _PAUSE, _PATIENCE, _GAIN = 2000, 25, 6, 2e-3
_PART = 512  # sequences read at once


class SequenceDecoder(nn.Module):
    """q(s_i | E, k, s_<i) = softmax over symbols of U [h_i + (A h_i) * (B E)], h_i a GRU of k, s_<i begun at tanh(C E).

    The product lets what is written so far choose what of the state is read next. B and C start at 0: a state that
    tells nothing is not listened to.

    width    of the state E, 0 for none      symbols  a sequence is made of      kinds  k of sequences, told first
    """

    def __init__(self, width: int, symbols: int, kinds: int, seed: int = 0) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.width = width
        self.kinds = nn.Parameter(torch.randn(kinds, _SYMBOL, generator=random))
        self.given = nn.Parameter(torch.randn(symbols, _SYMBOL, generator=random))
        self.said = nn.Parameter(_scaled(symbols, _HIDDEN, random))
        self.recurrence = nn.GRU(_SYMBOL, _HIDDEN, batch_first=True, device="meta").to_empty(device="cpu")
        for parameter in self.recurrence.parameters():
            nn.init.uniform_(parameter, -1 / math.sqrt(_HIDDEN), 1 / math.sqrt(_HIDDEN), generator=random)
        if width:
            self.begin = nn.Parameter(torch.zeros(_HIDDEN, width))
            self.reading = nn.Parameter(torch.zeros(_HIDDEN, width))
            self.choosing = nn.Parameter(_scaled(_HIDDEN, _HIDDEN, random))

    def start(self, states: Tensor) -> Tensor:
        """What the recurrence begins with, (1, m, hidden)."""
        return torch.tanh(states @ self.begin.T)[None] if self.width else states.new_zeros(1, len(states), _HIDDEN)

    def forward(self, inputs: Tensor, states: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs (m, t, hidden), to be multiplied by `said`, and the recurrence after them; inputs (m, t, symbol)."""
        hidden, after = self.recurrence(inputs, before)
        if self.width:
            hidden = hidden + (hidden @ self.choosing.T) * (states @ self.reading.T)[:, None]
        return hidden, after

    def taught(self, states: Tensor, kinds: Tensor, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs for every symbol that counts (c, hidden), each told those before it, and these symbols (c,)."""
        told = torch.cat([self.kinds[kinds][:, None], self.given[symbols[:, :-1].clamp(min=0)]], 1)
        hidden, _ = self(told, states, self.start(states))
        counts = symbols != PADDING
        return hidden[counts], symbols[counts]


@dataclass(frozen=True)
class SequenceReader:
    """A trained decoder and what it is shown of every state, (n, components); none for one that reads no states."""

    decoder: SequenceDecoder
    seen: Tensor

    def log_shares(self, asked: Sequences) -> Floats:
        """Log q of every symbol of `asked` given those before it, in nats (m, longest), 0 behind the end."""
        found = np.zeros(asked.symbols.shape)
        with one_thread(), torch.inference_mode():
            for part in _parts(len(asked)):
                some = asked.take(part)
                outputs, targets = self.decoder.taught(*self.tensors(some))
                shares = log_softmax(outputs @ self.decoder.said.T, 1).gather(1, targets[:, None])[:, 0]
                found[part][some.symbols != PADDING] = shares.double().numpy()
        return found

    def write(self, rows: Ints, kinds: Ints, *, end: int, longest: int) -> Ints:
        """The sequences (m, longest) written greedily of the states `rows`, PADDING from the symbol `end` on."""
        with one_thread(), torch.inference_mode():
            states, chosen = self.seen[torch.from_numpy(rows)], torch.from_numpy(kinds)
            told, before, said = self.decoder.kinds[chosen], self.decoder.start(states), []
            for _ in range(longest):
                outputs, before = self.decoder(told[:, None], states, before)
                said.append((outputs[:, 0] @ self.decoder.said.T).argmax(1))
                told = self.decoder.given[said[-1]]
            written = torch.stack(said, 1).numpy()
        return np.where(np.logical_or.accumulate(written == end, axis=1), PADDING, written)

    def tensors(self, asked: Sequences) -> tuple[Tensor, Tensor, Tensor]:
        """States, kinds and symbols of `asked`, as many as the longest has."""
        symbols = asked.symbols[:, : (asked.symbols != PADDING).any(axis=0).sum()]
        return self.seen[torch.from_numpy(asked.rows)], torch.from_numpy(asked.kinds), torch.from_numpy(symbols)


def fit_sequence_reader(
    states: NDArray[np.floating], train: Sequences, tune: Sequences, *, symbols: int, kinds: int = 1, seed: int = 0
) -> SequenceReader:
    """A decoder of `train` from `states` (n, d), kept as it was when it read `tune` best; d = 0: without a state.

    Both are trained alike: cross-entropy by AdamW. Of a state, the leading components of equal variance in train are
    shown, less a random tenth of them at every step.
    """
    with one_thread():
        seen = torch.zeros(states.shape)
        if states.shape[1]:
            whitening = fit_whitening(np.asarray(states[np.unique(train.rows)], np.float64), _COMPONENTS)
            seen = torch.from_numpy(whitening(np.asarray(states, np.float64))).float()
        reader = SequenceReader(SequenceDecoder(seen.shape[1], symbols, kinds, seed), seen)
        _train(reader, train, tune, seed)
    return reader


def _train(reader: SequenceReader, train: Sequences, tune: Sequences, seed: int) -> None:
    decoder, random = reader.decoder, torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=_RATE, weight_decay=_DECAY, fused=True)
    best, kept, vain, symbols = -math.inf, decoder.state_dict(), 0, (tune.symbols != PADDING).sum()
    for step, rows in enumerate(_batches(len(train), seed), start=1):
        states, kinds, asked = reader.tensors(train.take(rows))
        shown = torch.rand(states.shape, generator=random) >= _DROPPED
        outputs, targets = decoder.taught(states * shown / (1 - _DROPPED), kinds, asked)
        optimizer.zero_grad()
        linear_cross_entropy(outputs, decoder.said, targets).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(decoder.parameters(), _CLIP)
        optimizer.step()
        if step % _PAUSE:
            continue
        judged, vain = reader.log_shares(tune).sum() / symbols, vain + 1
        if judged > best + _GAIN:
            best, vain = judged, 0
            kept = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
        if vain == _PATIENCE:
            break
    decoder.load_state_dict(kept)


def _batches(count: int, seed: int) -> Iterator[Ints]:
    """Numbers of each step's sequences, every one once before any comes again."""
    rng = np.random.default_rng([seed, 21])
    order: Ints = np.empty(0, np.int64)
    for _ in range(_MOST_STEPS):
        if len(order) < min(_BATCH, count):
            order = rng.permutation(count)
        yield order[:_BATCH]
        order = order[_BATCH:]


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _PART) for start in range(0, count, _PART))


def _scaled(rows: int, columns: int, random: torch.Generator) -> Tensor:
    """Normal, of unit gain."""
    return torch.randn(rows, columns, generator=random) / math.sqrt(columns)
