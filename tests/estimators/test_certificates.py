import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from infoplane._errors import InputError
from infoplane.estimators import TargetSlots, certified_bounds
from infoplane.estimators._recovery._certificate import (
    bernstein_upper,
    clopper_pearson_upper,
    entropy_lower,
    entropy_step,
    mixing,
)

from .token_channels import CHANNELS, Channel, symmetric, zipf

BINARY = CHANNELS["binary"]


def certified(channel, samples, seed, **options):
    shares, ranks, _, asked = channel.read(samples, seed)
    return certified_bounds(shares, ranks, asked, types=channel.types, **options)


@pytest.fixture(scope="module")
def replications():
    """Certificates of 500 samples of 2000 tokens at confidence 0.8, so that wrong ones would be seen."""
    return [certified(BINARY, 2000, seed, confidence=0.8) for seed in range(500)]


@pytest.mark.parametrize("name", ["certified_information", "certified_fano_information"])
def test_certificates_are_below_the_truth_as_often_as_they_say(replications, name):
    values = np.array([one[name].value for one in replications])
    assert (values <= BINARY.truth).mean() >= 0.8
    assert (values > 0).all()


@pytest.mark.parametrize("name", ["certified_information", "certified_fano_information"])
def test_certificates_come_close_with_many_tokens(name):
    found = certified(BINARY, 400_000, 0)[name]
    assert BINARY.truth - 0.05 < found.value <= BINARY.truth


def test_a_certificate_is_its_own_lower_end():
    found = certified(BINARY, 500, 0)["certified_information"]
    assert (found.low, found.high, found.kind, found.confidence, found.n) == (
        found.value,
        None,
        "certificate",
        0.95,
        500,
    )


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_certified_of_states_without_tokens(seed):
    for one in certified(CHANNELS["independent"], 3000, seed).values():
        assert one.value <= 0
        assert one.flags == ("vacuous",)


def test_one_slot_of_each_document_counts():
    shares, ranks, _, asked = BINARY.read(3000, 0)
    copies = TargetSlots.of(np.repeat(asked.targets, 5), groups=np.repeat(np.arange(3000), 5))
    alone = certified_bounds(shares, ranks, asked, types=2)
    copied = certified_bounds(np.repeat(shares, 5), np.repeat(ranks, 5), copies, types=2)
    assert copied["certified_information"].n == 3000
    assert copied["certified_information"].value == pytest.approx(alone["certified_information"].value, abs=1e-12)


def test_slots_of_a_document_are_drawn_alike():
    slots = TargetSlots.of(np.arange(4000) % 4, groups=np.arange(4000) // 4)
    drawn = slots.take(slots.one_each(seed=0))
    assert sorted(drawn.groups) == list(range(1000))
    assert stats.chisquare(np.bincount(drawn.targets)).pvalue > 0.01
    assert (slots.one_each(seed=0) == slots.one_each(seed=0)).all()
    assert (slots.one_each(seed=0) != slots.one_each(seed=1)).any()


def test_tokens_of_other_texts_sharpen_the_entropy_and_not_the_loss():
    channel = Channel(zipf(50), symmetric(50, 0.1))
    others = TargetSlots.of(channel.tokens(20_000, np.random.default_rng(9)))
    alone, more = certified(channel, 2000, 0), certified(channel, 2000, 0, others=others)
    for name in alone:
        assert alone[name].value + 0.1 < more[name].value <= channel.truth


def test_a_family_of_certificates_pays_for_its_size():
    one, many = certified(BINARY, 2000, 0), certified(BINARY, 2000, 0, family=24)
    strict = certified(BINARY, 2000, 0, confidence=1 - 0.05 / 24)
    for name in one:
        assert many[name].value < one[name].value
        assert many[name].value == pytest.approx(strict[name].value, abs=1e-12)
        assert many[name].confidence == 0.95


def test_a_decoder_sure_of_what_is_wrong_has_a_bounded_loss():
    shares, ranks = np.zeros(500), np.zeros(500, dtype=int)
    shares[0], ranks[0] = -1e6, 1
    found = certified_bounds(shares, ranks, TargetSlots.of(np.arange(500) % 2), types=2)["certified_information"]
    assert found.value > -1


def test_an_error_above_chance_certifies_nothing():
    """Guesses that are always wrong tell a bit, but a bound from an error of at most 1 must allow for chance."""
    slots = TargetSlots.of(np.arange(1000) % 2)
    found = certified_bounds(np.full(1000, -5.0), np.ones(1000, dtype=int), slots, types=2)
    assert found["certified_fano_information"].value <= 0


@pytest.mark.parametrize("samples", [10, 60])
@pytest.mark.parametrize("chance", [0.02, 0.3, 0.5])
def test_bernsteins_bound_is_wrong_at_most_as_often_as_it_says(samples, chance):
    upper = np.array([bernstein_upper(2.0 * (np.arange(samples) < k), 2.0, 0.1) for k in range(samples + 1)])
    assert stats.binom.pmf(np.arange(samples + 1), samples, chance)[upper < 2 * chance].sum() <= 0.1


def test_bernsteins_bound_by_hand():
    losses = np.array([0.0, 1.0, 2.0, 1.0])
    spread = math.sqrt(2 * (2 / 3) * math.log(40) / 4)
    assert bernstein_upper(losses, 3.0, 0.05) == pytest.approx(1 + spread + 7 * 3 * math.log(40) / (3 * 3))


@pytest.mark.parametrize("losses", [[0.5], [0.5, -0.1], [0.5, 3.1]])
def test_bernsteins_losses_are_in_their_range(losses):
    with pytest.raises(InputError, match="at least two from 0 to 3"):
        bernstein_upper(np.array(losses), 3.0, 0.05)


@pytest.mark.parametrize(("errors", "samples"), [(0, 20), (3, 20), (19, 20), (20, 20)])
def test_clopper_and_pearsons_bound_is_scipys(errors, samples):
    exact = stats.binomtest(errors, samples, alternative="less").proportion_ci(0.95, method="exact").high
    assert clopper_pearson_upper(errors, samples, 0.05) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(("errors", "samples"), [(-1, 20), (21, 20)])
def test_there_are_no_more_errors_than_samples(errors, samples):
    with pytest.raises(InputError, match="no more errors than samples"):
        clopper_pearson_upper(errors, samples, 0.05)


def plug_in(cells):
    """n H(T|bin) of counts (bins, types)."""
    return -special.rel_entr(cells, cells.sum(axis=1, keepdims=True)).sum()


@pytest.mark.parametrize(("samples", "shape"), [(2, (1, 2)), (5, (1, 4)), (8, (1, 3)), (4, (2, 2)), (4, (3, 2))])
def test_no_replaced_sample_moves_the_entropy_further_and_one_moves_it_as_far(samples, shape):
    cells, largest = math.prod(shape), 0.0
    for drawn in itertools.combinations_with_replacement(range(cells), samples):
        before = np.bincount(drawn, minlength=cells)
        for gone, come in itertools.permutations(range(cells), 2):
            if before[gone]:
                after = before + np.eye(cells, dtype=int)[come] - np.eye(cells, dtype=int)[gone]
                largest = max(largest, abs(plug_in(after.reshape(shape)) - plug_in(before.reshape(shape))))
    assert largest == pytest.approx(samples * entropy_step(samples), abs=1e-12)


@pytest.mark.parametrize("samples", [2, 50, 10**6])
def test_the_step_is_below_its_plain_form(samples):
    assert 0 < entropy_step(samples) <= (math.log(samples) + 1) / samples


@pytest.mark.parametrize("bins", [1, 4])
def test_the_entropy_is_above_its_bound_as_often_as_it_says(bins):
    share, rng = zipf(30), np.random.default_rng(0)
    truth = stats.entropy(share)
    slots = [TargetSlots.of(rng.choice(30, 300, p=share), rng.integers(bins, size=300)) for _ in range(500)]
    assert np.mean([entropy_lower(one, 0.5) <= truth for one in slots]) >= 0.5
    assert np.mean([one.surprisals().mean() for one in slots]) < truth
    assert entropy_lower(slots[0], 0.01) < entropy_lower(slots[0], 0.5) < slots[0].surprisals().mean()


def test_the_mixing_is_the_best_for_its_two_costs():
    shares = np.linspace(1e-4, 0.2, 20_000)
    cost = shares - 7 * math.log(40) / (3 * 999) * np.log(shares)
    assert mixing(1000, 0.05) == pytest.approx(shares[cost.argmin()], abs=1e-4)
    assert mixing(3, 0.05) == 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"family": 0}, "family 0"),
        ({"family": 1.5}, "family 1.5"),
        ({"confidence": 1.0}, "confidence 1.0"),
        ({"types": 1}, "at least two types"),
    ],
)
def test_settings_are_checked(options, said):
    shares, ranks, _, asked = BINARY.read(20, 0)
    with pytest.raises(InputError, match=said):
        certified_bounds(shares, ranks, asked, **{"types": 2} | options)


def test_one_document_certifies_nothing():
    slots = TargetSlots.of([0, 1, 1], groups=[7, 7, 7])
    with pytest.raises(InputError, match="at least two"):
        certified_bounds([-0.1] * 3, [0] * 3, slots, types=2)
