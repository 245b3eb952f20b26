"""What is usually done to read a label from a layer, each held out: probes, a discriminant, nearest neighbours."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from infoplane.estimators import ross

Array = np.ndarray[Any, Any]
# A peer is fitted on four of five folds and scored on the fifth, as often as it takes for this many scores.
SCORED = 800
# All the directions of large variance in these synthetics: whitening by all 512 loses far more.
COMPONENTS = 64
DECAYS = (0.01, 0.3)
HIDDEN = 256
STEPS = 2000
PATIENCE = 6
CHECK = 50
# Above this size nearest neighbours in all 512 dimensions take minutes; at 2000 samples they are the worst but once.
RAW_NEIGHBOURS = 5000


def peers(x: Array, y: Array, classes: int) -> dict[str, float]:
    """Information in nats by each method, from `x` (n, d) and `y` (n,)."""
    found = {name: _held_out(x, y, posterior, classes) for name, posterior in POSTERIORS.items()}
    reduced = PCA(16, svd_solver="full").fit_transform(x)
    found["PCA 16 + Ross"] = float(ross(reduced, y))
    if len(x) <= RAW_NEIGHBOURS:
        found["Ross, all dimensions"] = float(ross(x, y))
    return found


def _held_out(x: Array, y: Array, posterior: Callable[..., Array], classes: int) -> float:
    """H(Y) + mean log q(y|x) over the first of five random folds, q fitted on the other four fifths."""
    fold = np.random.default_rng(0).permutation(len(x)) % 5
    scores = []
    for one in range(-(-5 * SCORED // len(x))):
        train, test = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        log_q = posterior(x[train], y[train], x[test], classes)
        scores.append(log_q[np.arange(len(test)), y[test]])
    share = np.bincount(y, minlength=classes) / len(y)
    return float(np.concatenate(scores).mean() - (share * np.log(share)).sum())


def _discriminant(x: Array, y: Array, new: Array, _: int) -> Array:
    """Ledoit-Wolf linear discriminant of scikit-learn."""
    rule = LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=LedoitWolf()).fit(x, y)
    return np.maximum(rule.predict_log_proba(new), -30)


def _probe(x: Array, y: Array, new: Array, classes: int, *, hidden: tuple[int, ...], white: bool) -> Array:
    """AdamW with early stopping on a tenth of the training samples, the weight decay chosen there too."""
    change = PCA(COMPONENTS, whiten=True, svd_solver="full") if white else StandardScaler()
    inputs, outputs = change.fit_transform(x), change.transform(new)
    order = np.random.default_rng(1).permutation(len(x))
    check, train = order[: len(x) // 10], order[len(x) // 10 :]
    data = [torch.tensor(part, dtype=torch.float32) for part in (inputs[train], inputs[check], outputs)]
    labels = torch.tensor(y[train]), torch.tensor(y[check])
    return min((_trained(*data, *labels, classes, hidden, decay) for decay in DECAYS), key=lambda found: found[0])[1]


def _trained(
    train: torch.Tensor,
    check: torch.Tensor,
    new: torch.Tensor,
    y_train: torch.Tensor,
    y_check: torch.Tensor,
    classes: int,
    hidden: tuple[int, ...],
    decay: float,
) -> tuple[float, Array]:
    """Best loss on the checked samples, and the log-probabilities of the new ones at that step."""
    torch.manual_seed(0)
    sizes = (train.shape[1], *hidden)
    layers = [part for a, b in pairwise(sizes) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], classes))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=decay, fused=True)
    best, found, waited = np.inf, np.empty(0), 0
    for step in range(STEPS):
        rows = torch.randint(len(train), (128,))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(train[rows]), y_train[rows]).backward()
        optimizer.step()
        if (step + 1) % CHECK:
            continue
        with torch.no_grad():
            loss = float(torch.nn.functional.cross_entropy(network(check), y_check))
            waited += 1
            if loss < best:
                best, waited, found = loss, 0, torch.log_softmax(network(new).double(), 1).numpy()
        if waited == PATIENCE:
            break
    return best, found


POSTERIORS: dict[str, Callable[..., Array]] = {
    "linear probe": lambda *data: _probe(*data, hidden=(), white=False),
    "MLP probe 256": lambda *data: _probe(*data, hidden=(HIDDEN,), white=False),
    "PCA-64-whitened linear probe": lambda *data: _probe(*data, hidden=(), white=True),
    "PCA-64-whitened 2-layer MLP probe": lambda *data: _probe(*data, hidden=(HIDDEN, HIDDEN), white=True),
    "Ledoit-Wolf discriminant": _discriminant,
}
