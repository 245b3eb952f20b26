"""A small network that gives back its input through few coordinates. Imports torch: import it where it is used."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from infoplane.estimators._arrays import Floats
from infoplane.estimators._compression._components import Components
from infoplane.estimators._one_thread import one_thread

_WIDTH = 128
_BATCH = 128
_STEPS = 1000
_RATE = 4e-3
# Standard deviation of the noise on codes of unit variance: neighbouring codes must mean neighbouring inputs.
_NOISE = 0.1
# Components that hold this share of the variance are what the network sees; the rest is far below the noise.
_SEEN = 0.999


class _Encoder(nn.Module):
    """Leading components plus what a network adds to them, as codes of unit variance.

    From random weights alone, two starts in six folded the surface of `gaussian_plots` and stayed there.
    """

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.leading = nn.Linear(width, count, bias=False)
        nn.init.eye_(self.leading.weight)
        self.bent = _layers(width, count)
        self.scaled = nn.BatchNorm1d(count, affine=False)

    def forward(self, rows: Tensor) -> Tensor:
        codes: Tensor = self.scaled(self.leading(rows) + self.bent(rows))
        return codes


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """Trained `encoder` and `decoder` between components, in units of `scale`, and codes of unit variance."""

    components: Components
    scale: float
    encoder: nn.Module
    decoder: nn.Module

    def encode(self, x: Floats) -> Floats:
        """Codes (n, k) of `x` (n, d)."""
        return _applied(self.encoder, self.components.encode(x) / self.scale)

    def decode(self, codes: Floats) -> Floats:
        """Rows (n, d) that `codes` (n, k) stand for."""
        return self.components.decode(_applied(self.decoder, codes) * self.scale)


def fit_autoencoder(seen: Floats, unseen: Floats, count: int, components: Components, *, seed: int) -> Autoencoder:
    """Trained on `seen` (n, d) by absolute error; keeps the weights that give `unseen` (m, d) back best.

    Adam with a rate that falls to zero, noise on the codes while training (Butakov et al. 2024); one thread, so that
    the same seed gives the same codes. `components`: of the rows `seen`.
    """
    components = components.holding(_SEEN, least=count)
    scale = float(np.sqrt(components.variances[0]))
    rows, others = (torch.from_numpy(components.encode(part) / scale).float() for part in (seen, unseen))
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder, decoder = _Encoder(rows.shape[1], count), _layers(count, rows.shape[1])
        _train(encoder, decoder, rows, others)
    return Autoencoder(components, scale, encoder, decoder)


def _layers(first: int, last: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(first, _WIDTH), nn.GELU(), nn.Linear(_WIDTH, _WIDTH), nn.GELU(), nn.Linear(_WIDTH, last)
    )


def _train(encoder: nn.Module, decoder: nn.Module, rows: Tensor, others: Tensor) -> None:
    """Fits both networks to `rows` (n, r) and leaves them at the weights that suit `others` (m, r) best."""
    both = nn.ModuleList([encoder, decoder])
    optimiser = torch.optim.Adam(both.parameters(), lr=_RATE)
    epochs = max(1, _STEPS * _BATCH // len(rows))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    best, weights = np.inf, both.state_dict()
    for _ in range(epochs):
        both.train()
        for batch in torch.split(torch.randperm(len(rows)), _BATCH):
            if len(batch) > 1:  # a single row has no variance to normalise by
                codes = encoder(rows[batch])
                loss = (decoder(codes + _NOISE * torch.randn_like(codes)) - rows[batch]).abs().mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        schedule.step()
        both.eval()
        with torch.no_grad():
            error = float((decoder(encoder(others)) - others).abs().mean())
        if error < best:
            best, weights = error, {name: value.clone() for name, value in both.state_dict().items()}
    both.load_state_dict(weights)
    both.eval()


def _applied(network: nn.Module, values: Floats) -> Floats:
    with torch.no_grad(), one_thread():
        return np.asarray(network(torch.from_numpy(values).float()).numpy(), dtype=np.float64)
