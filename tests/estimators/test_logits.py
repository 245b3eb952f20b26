import numpy as np
import pytest
from scipy.optimize import minimize

from infoplane.estimators._labels._logits import at_labels, log_probabilities, pooling_weights


def problem(features, seed, samples=200, classes=4, scale=3.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=(1, samples))
    scores = scale * rng.normal(size=(features, 1, samples, classes))
    scores += 0.5 * scale * np.eye(classes)[labels]
    return scores, np.log(rng.dirichlet(np.ones(classes), size=(1, samples))), labels


def loss(weights, scores, offset, labels):
    return -at_labels(log_probabilities(scores, offset, np.reshape(weights, (-1, 1))), labels).mean()


@pytest.mark.parametrize("scale", [0.1, 3.0, 300.0])
@pytest.mark.parametrize("features", [1, 2])
def test_weights_minimise_the_held_out_loss(features, scale):
    scores, offset, labels = problem(features, seed=1, scale=scale)
    found = pooling_weights(scores, offset, labels)
    box = [(0, 5), (-5, 5)][:features]
    best = min(
        (minimize(loss, np.full(features, start), (scores, offset, labels), bounds=box) for start in (0.01, 0.3, 1.0)),
        key=lambda result: result.fun,
    )
    assert loss(found, scores, offset, labels) <= best.fun + 1e-4


def test_scores_that_do_harm_get_weight_zero():
    _, offset, labels = problem(1, seed=2)
    against = -np.eye(4)[labels][None]
    assert pooling_weights(against, offset, labels) == pytest.approx(0)
    both = pooling_weights(np.concatenate([against, offset[None]]), np.zeros_like(offset), labels)
    assert both[0, 0] == 0
    assert both[1:] == pytest.approx(pooling_weights(offset[None], np.zeros_like(offset), labels), abs=1e-3)


def test_scores_that_separate_the_classes_get_the_largest_weight():
    _, offset, labels = problem(1, seed=3)
    assert pooling_weights(40 * np.eye(4)[labels][None], offset, labels) == pytest.approx(1, abs=4)


def test_many_problems_are_solved_as_one_by_one():
    problems = [problem(2, seed) for seed in range(5)]
    scores, offsets, labels = (
        np.concatenate(parts, axis=-3 if parts[0].ndim > 2 else 0) for parts in zip(*problems, strict=True)
    )
    together = pooling_weights(scores, offsets, labels)
    for row, one in enumerate(problems):
        assert pooling_weights(*one)[:, 0] == pytest.approx(together[:, row], abs=1e-3)


def test_probabilities_sum_to_one_even_for_huge_scores():
    scores, offset, _ = problem(1, seed=4, scale=1e4)
    assert np.exp(log_probabilities(scores, offset, np.ones((1, 1)))).sum(axis=2) == pytest.approx(1)
