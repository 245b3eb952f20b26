import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from infoplane._errors import InputError
from infoplane.estimators import leak_check, read_labels, ross

from .known_truths import clusters, unrelated


@pytest.fixture(scope="module")
def states():
    return clusters(4, 20, 2.0, 200, seed=0)


def own_direction(x, y):
    """The published projection: each state on the direction of its own label."""
    directions = np.random.default_rng(0).normal(size=(4, 20))[y]
    return (x * directions).sum(axis=1, keepdims=True) * directions


def sound(x, y):
    """A whole recipe whose every step that uses labels is cross-fitted."""
    return read_labels(x, y).information


def discriminants(x, y, train=slice(None)):
    """Shrunken linear discriminants fitted on the rows `train`."""
    rule = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return rule.fit(x[train], y[train]).decision_function(x)


def cross_fitted(folds):
    """Discriminants of each fold from the rows of all others."""

    def recipe(x, y):
        features = np.empty((len(x), 4))
        for fold in np.unique(folds):
            features[folds == fold] = discriminants(x, y, folds != fold)[folds == fold]
        return features

    return recipe


def category_means(x, y):
    """Each row's category, five rows of it, by the shares of its labels: the row's own label among them."""
    category = np.arange(len(x)) // 5
    return np.array([np.bincount(category, weights=y == label) / 5 for label in np.unique(y)]).T[category]


def components(x, y):
    """Five principal components, which look at no label."""
    return np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[0][:, :5]


def best_columns(x, y):
    """Columns chosen with the labels of all samples, before any cross-fitting."""
    means = np.stack([x[y == label].mean(axis=0) for label in np.unique(y)])
    return x[:, np.argsort(means.var(axis=0))[-10:]]


def test_a_projection_on_the_own_label_is_found_out(states):
    found = leak_check(lambda x, y: ross(own_direction(x, y), y), *states)
    assert found.value > 1
    assert "leaky_recipe" in found.flags
    assert found.ceiling == pytest.approx(np.log(4), abs=0.02)


def test_choosing_columns_with_all_labels_is_found_out(states):
    _, labels = states
    noise = np.random.default_rng(1).normal(size=(200, 2000))
    found = leak_check(lambda x, y: read_labels(best_columns(x, y), y).information, noise, labels)
    assert "leaky_recipe" in found.flags


def test_a_sound_recipe_gives_about_zero(states):
    found = leak_check(sound, *states)
    assert found.value == pytest.approx(0, abs=0.03)
    assert found.flags == ()


def test_a_recipe_may_return_a_number_or_bits(states):
    assert leak_check(lambda *_: 0.25, *states).value == pytest.approx(0.25)
    bits = leak_check(lambda x, y: sound(x, y).to("bits"), *states, seed=3)
    nats = leak_check(sound, *states, seed=3)
    assert bits.value == pytest.approx(nats.value)


def test_one_repeat_has_no_interval(states):
    with pytest.raises(InputError, match="1 repeats"):
        leak_check(lambda *_: 0.0, *states, repeats=1)


@pytest.mark.parametrize(
    ("recipe", "least"),
    [(own_direction, 0.5), (discriminants, 0.07), (category_means, 0.15), (lambda _, y: y.astype(float), 1.3)],
)
def test_features_that_saw_the_own_label_are_found_out(recipe, least):
    found = leak_check(recipe, *unrelated(4, 20, 200, seed=2))
    assert "leaky_recipe" in found.flags
    assert least < found.value <= found.ceiling + 0.01


def test_columns_selected_with_all_labels_are_found_out():
    assert "leaky_recipe" in leak_check(best_columns, *unrelated(4, 2000, 200, seed=3)).flags


def test_a_second_moment_tells_the_label_that_the_means_do_not():
    """A projection on the own direction of states around 0: every class has mean 0, and its own line."""
    noise, labels = unrelated(4, 20, 400, seed=4)
    assert read_labels(own_direction(noise, labels), labels).information.value < 0.05
    assert leak_check(own_direction, noise, labels).value > 0.5


@pytest.mark.parametrize("samples", [60, 200])
@pytest.mark.parametrize(
    "recipe",
    [
        lambda x, _: x,
        lambda x, _: (x - x.mean(axis=0)) / x.std(axis=0),
        components,
        lambda x, _: np.ones(len(x)),
        lambda x, y: cross_fitted(np.random.default_rng(0).permutation(len(x)) % 5)(x, y),
    ],
)
def test_features_that_did_not_are_not(recipe, samples):
    found = leak_check(recipe, *clusters(4, 20, 1.0, samples, seed=5))
    assert found.flags == ()
    assert found.value < 0.04


def test_folds_that_split_groups_are_found_out():
    groups = np.repeat(np.arange(80), 3)
    x, labels = unrelated(4, 20, 80, seed=6)
    x = x[groups] + 0.1 * np.random.default_rng(7).normal(size=(240, 20))
    by_row, by_group = np.arange(240) % 5, np.random.default_rng(8).permutation(80)[groups] % 5
    assert "leaky_recipe" in leak_check(cross_fitted(by_row), x, labels[groups], groups=groups).flags
    assert leak_check(cross_fitted(by_group), x, labels[groups], groups=groups).flags == ()


def test_a_recipe_gets_whole_groups_of_permuted_labels():
    groups, seen = np.repeat(np.arange(50), 2), []
    labels = np.array(["no", "yes"])[groups % 2]
    leak_check(lambda _, y: seen.append(y) or 0.0, np.zeros(100), labels, groups=groups, repeats=3)
    assert len(seen) == 3
    for draw in seen:
        assert (draw[::2] == draw[1::2]).all()
        assert sorted(draw) == sorted(labels)
        assert (draw != labels).any()


@pytest.mark.parametrize("given", [np.zeros((50, 2)), np.full((200, 2), np.nan), "nothing"])
def test_features_must_be_numbers_a_row(states, given):
    with pytest.raises(InputError, match="expected"):
        leak_check(lambda *_: given, *states)
