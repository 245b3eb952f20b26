import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import Estimate, TargetSlots, recovery_bounds, text_information

from .token_channels import CHANNELS, Channel, information, symmetric, zipf

BOUNDS = ("recovery_information", "fano_information", "fano_prior_information", "fano_list_information")
FANO = BOUNDS[1:]
BITS = math.log(2)
SEEDS = 100


def bounds(channel, samples, seed, **options):
    shares, ranks, guesses, asked = channel.read(samples, seed)
    return recovery_bounds(shares, ranks, guesses, asked, types=channel.types, seed=seed, **options)


def exact(channel, samples, **options):
    """Bounds of a sample that has every pair of token and state as often as expected."""
    times = np.rint(samples * channel.prior[:, None] * channel.kept).astype(int)
    tokens, states = (np.repeat(one.ravel(), times.ravel()) for one in np.indices(times.shape))
    said = channel.said(tokens, states)
    return recovery_bounds(*said, TargetSlots.of(tokens), types=channel.types, **options)


@pytest.mark.parametrize("samples", [40, 150])
@pytest.mark.parametrize("name", CHANNELS)
def test_low_is_below_the_truth_in_at_least_95_of_100_seeds(name, samples):
    channel = CHANNELS[name]
    found = [bounds(channel, samples, seed) for seed in range(SEEDS)]
    for bound in BOUNDS:
        assert sum(one[bound].low <= channel.truth for one in found) >= 95, bound
        assert all(one[bound].low <= one[bound].value <= one[bound].high for one in found)


@pytest.mark.parametrize(("documents", "length"), [(20, 5), (200, 3)])
def test_low_is_below_the_truth_where_documents_differ(documents, length):
    """Half of the documents are noisy: the slots of a document err together. The entropy counts others too."""
    channel, missed = Channel(np.full(10, 0.1), symmetric(10, 0.21)), np.zeros(len(BOUNDS))
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(documents), rng.integers(1, 2 * length, documents))
        tokens, noise = channel.tokens(len(groups), rng), rng.choice([0.02, 0.4], documents)[groups]
        states = np.where(rng.random(len(groups)) < noise, tokens + rng.integers(1, 10, len(groups)), tokens) % 10
        others = TargetSlots.of(channel.tokens(8 * len(groups), rng), groups=np.repeat(groups, 8))
        asked = TargetSlots.of(tokens, groups=groups)
        found = recovery_bounds(*channel.said(tokens, states), asked, types=10, others=others, seed=seed)
        missed += [found[bound].low > channel.truth for bound in BOUNDS]
    assert (missed <= 5).all()


def test_intervals_are_not_wider_than_they_must():
    shares, ranks, guesses, asked = CHANNELS["noisy Zipf"].read(2000, 0)
    found = recovery_bounds(shares, ranks, guesses, asked, types=200)["recovery_information"]
    normal = 1.96 * np.std(shares + asked.surprisals()) / math.sqrt(2000)
    assert found.high - found.value == pytest.approx(normal, rel=0.1)
    assert found.value - found.low == pytest.approx(1.03 * normal, rel=0.1)


@pytest.mark.parametrize(
    ("channel", "samples", "bits"),
    [
        (CHANNELS["binary"], 200, 0.50008),
        (Channel(np.full(4, 0.25), symmetric(4, 0.25)), 48, 0.79248),
        (CHANNELS["ten letters"], 300, 1.48966),
    ],
    ids=["2 types", "4 types", "10 types"],
)
def test_all_bounds_of_a_symmetric_channel_are_its_information(channel, samples, bits):
    found = exact(channel, samples)
    for bound in BOUNDS[:3]:
        assert found[bound].value / BITS == pytest.approx(bits, abs=5e-6)
        assert found[bound].value == pytest.approx(channel.truth, abs=1e-12)


def test_a_reader_that_never_errs_knows_the_entropy():
    found = exact(Channel(np.full(8, 0.125), np.eye(8)), 800)
    for bound in BOUNDS[:3]:
        assert found[bound].value == pytest.approx(math.log(8), abs=1e-12)
        assert found[bound].low > math.log(8) - 0.1
    assert found["recovery_accuracy"].value == 1


def test_a_reader_that_guesses_knows_nothing():
    found = exact(Channel(np.full(8, 0.125), np.full((8, 8), 0.125)), 640)
    for bound in BOUNDS[:3]:
        assert found[bound].value == pytest.approx(0, abs=1e-12)


def test_the_posterior_of_an_asymmetric_channel_says_more_than_its_guesses():
    channel = CHANNELS["asymmetric"]
    found = exact(channel, 2000)
    assert found["recovery_information"].value == pytest.approx(channel.truth, abs=1e-12)
    assert found["fano_information"].value < channel.truth - 4e-4
    assert "dominated" in found["fano_information"].flags
    assert "dominated" not in found["recovery_information"].flags


def test_a_reader_of_one_confidence_is_fanos():
    rng = np.random.default_rng(0)
    tokens, guesses = rng.integers(30, size=500), rng.integers(30, size=500)
    guesses[:200] = tokens[:200]
    right = guesses == tokens
    error = 1 - right.mean()
    shares = np.where(right, np.log1p(-error), np.log(error / 29))
    found = recovery_bounds(shares, np.where(right, 0, 1), guesses, TargetSlots.of(tokens), types=30)
    assert found["fano_information"].value == pytest.approx(found["recovery_information"].value, abs=1e-12)
    assert "dominated" not in found["fano_information"].flags


def test_the_type_prior_comes_from_the_training_texts():
    channel = CHANNELS["noisy Zipf"]
    counts = np.bincount(channel.tokens(20_000, np.random.default_rng(1)), minlength=200)
    assert bounds(channel, 500, 0)["fano_prior_information"].value == pytest.approx(
        bounds(channel, 500, 0)["fano_information"].value, abs=1e-12
    )
    informed = bounds(channel, 500, 0, prior=counts)
    assert informed["fano_prior_information"].value > informed["fano_information"].value + 0.1


def test_a_list_of_ten_counts_what_it_holds():
    tokens = np.arange(600) % 20
    ranks = np.arange(600) // 20 % 10  # always among the first ten
    guesses = np.where(ranks == 0, tokens, (tokens + 1) % 20)
    found = recovery_bounds(np.full(600, -math.log(10)), ranks, guesses, TargetSlots.of(tokens), types=20)
    assert found["fano_list_information"].value == pytest.approx(math.log(2))
    assert found["fano_list_information"].estimator == "fano_list(k=10)"


@pytest.mark.parametrize("seed", range(5))
def test_states_without_tokens_tell_nothing(seed):
    found = bounds(CHANNELS["independent"], 2000, seed)
    one = found["recovery_information"]
    assert one.value <= 2 * (one.high - one.low) / 4
    for bound in BOUNDS:
        assert found[bound].low <= 0
    assert "vacuous" in found["fano_information"].flags
    assert found["fano_information"].value < 0  # the raw number, not clipped


def test_what_the_position_tells_is_not_information_of_the_state():
    """Two positions with types of their own: a reader that sees the position alone reads nothing beyond it."""
    rng = np.random.default_rng(0)
    places = rng.integers(2, size=2000)
    tokens = 2 * places + rng.integers(2, size=2000)
    said = (np.full(2000, -math.log(2)), np.where(tokens % 2 == 0, 0, 1), 2 * places)
    given = recovery_bounds(*said, TargetSlots.of(tokens, places), types=4)["recovery_information"]
    free = recovery_bounds(*said, TargetSlots.of(tokens), types=4)["recovery_information"]
    assert given.value == pytest.approx(0, abs=0.01)
    assert free.value == pytest.approx(math.log(2), abs=0.01)


def test_the_entropy_is_the_plug_in_of_all_slots_given_the_bin():
    rng = np.random.default_rng(0)
    tokens, places = rng.integers(30, size=900), rng.integers(3, size=900)
    shares, ranks = np.full(100, -3.0), np.ones(100, dtype=int)
    asked, others = TargetSlots.of(tokens[:100], places[:100]), TargetSlots.of(tokens[100:], places[100:])
    found = recovery_bounds(shares, ranks, (tokens[:100] + 1) % 30, asked, types=30, others=others)
    joint = np.array([np.bincount(tokens[places == place], minlength=30) for place in range(3)])
    plug_in = (joint.sum(axis=1) / 900) @ [stats.entropy(row) for row in joint]
    one = found["text_entropy"]
    assert one.value == pytest.approx(plug_in, abs=1e-12)
    assert one.low <= one.value < math.log(30) < one.high
    assert one.flags == ()
    assert found["recovery_information"].value == pytest.approx(plug_in - 3, abs=1e-12)
    assert found["recovery_information"].ceiling == pytest.approx(plug_in)


def test_texts_that_chose_the_types_are_not_counted():
    """The types are the words of 2000 tokens by Zipf's law, the rest is OTHER: these very tokens hold none of it."""
    share, rng = zipf(5000), np.random.default_rng(0)
    train = rng.choice(5000, 2000, p=share)
    codes = np.zeros(5000, dtype=int)
    codes[np.unique(train)] = np.arange(1, len(np.unique(train)) + 1)
    truth = stats.entropy(np.bincount(codes, weights=share))
    fresh = [TargetSlots.of(codes[rng.choice(5000, 2000, p=share)]) for _ in range(2)]
    assert fresh[0].and_more(TargetSlots.of(codes[train])).surprisals().mean() > truth + 0.2
    tokens, types = fresh[0].targets, codes.max() + 1
    said = (np.full(2000, -1.0), np.zeros(2000, dtype=int), tokens)
    found = recovery_bounds(*said, fresh[0], types=types, others=fresh[1])["text_entropy"]
    assert found.low < found.value < truth


def test_types_seen_once_flag_the_entropy():
    tokens = np.arange(100)
    found = recovery_bounds(np.full(100, -1.0), np.zeros(100, int), tokens, TargetSlots.of(tokens), types=100)
    assert found["text_entropy"].flags == ("undersampled",)


def test_bytes_are_those_of_all_slots():
    sizes = np.arange(300) % 7 + 1
    found = bounds(CHANNELS["ten letters"], 300, 0, sizes=sizes)
    token, byte = found["recovery_information"], found["recovery_information_per_byte"]
    assert byte.value == pytest.approx(token.value / sizes.mean())
    assert byte.low < byte.value < byte.high
    assert "recovery_information_per_byte" not in bounds(CHANNELS["ten letters"], 300, 0)


def test_usable_information_is_the_gain_over_the_reader_without_the_state():
    channel = CHANNELS["ten letters"]
    shares, ranks, guesses, asked = channel.read(300, 0)
    alone = np.full(300, -math.log(10))
    one = recovery_bounds(shares, ranks, guesses, asked, types=10, baseline=alone)["usable_information"]
    assert one.value == pytest.approx((shares - alone).mean())
    assert (one.kind, one.n) == ("estimate", 300)
    assert one.low < one.value < one.high
    assert "usable_information" not in bounds(channel, 300, 0)


def test_states_of_other_texts_are_the_null():
    channel, rng = CHANNELS["ten letters"], np.random.default_rng(0)
    tokens = channel.tokens(300, rng)
    states = channel.states(tokens, rng)
    others = np.stack([channel.said(tokens, rng.permutation(states))[0] for _ in range(40)])
    options = {"types": 10, "exchanged": others, "baseline": np.full(300, -math.log(10)), "sizes": np.full(300, 4.0)}
    found = recovery_bounds(*channel.said(tokens, states), TargetSlots.of(tokens), **options)
    token = found["recovery_information"]
    assert token.null_mean == pytest.approx(found["text_entropy"].value + others.mean())
    assert token.null_mean < token.null_high < 0 < token.value
    assert token.p_value == pytest.approx(1 / 41)
    assert found["recovery_information_per_byte"].null_high == pytest.approx(token.null_high / 4)
    assert found["usable_information"].null_mean == pytest.approx(math.log(10) + others.mean())
    assert "no_null" in found["fano_information"].flags
    assert all("no_null" not in found[name].flags for name in ("recovery_information", "usable_information"))


def test_all_numbers_say_what_they_are():
    found = bounds(CHANNELS["ten letters"], 300, 0, sizes=np.ones(300), baseline=np.full(300, -2.0), confidence=0.9)
    assert set(found) == {*BOUNDS, "recovery_information_per_byte", "usable_information"} | {
        "recovery_accuracy",
        "text_entropy",
    }
    assert {one.n for one in found.values()} == {300}
    assert {one.confidence for one in found.values()} == {0.9}
    assert {found[bound].kind for bound in BOUNDS} == {"lower_bound"}


def test_the_same_seed_gives_the_same_numbers():
    assert bounds(CHANNELS["binary"], 100, 3) == bounds(CHANNELS["binary"], 100, 3)


def test_a_narrow_tail_is_resolved():
    wide = [bounds(CHANNELS["binary"], 200, 0, confidence=level)["recovery_information"] for level in (0.95, 0.999)]
    assert wide[1].low < wide[0].low - 0.03


@pytest.fixture
def read():
    shares, ranks, guesses, asked = CHANNELS["ten letters"].read(50, 0)
    return {"log_shares": shares, "ranks": ranks, "guesses": guesses, "asked": asked, "types": 10}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"log_shares": np.full(50, -np.inf)}, "mix the decoder"),
        ({"log_shares": np.full(50, 0.5)}, "above 0"),
        ({"log_shares": np.full(49, -1.0)}, "49 of log_shares"),
        ({"ranks": np.full(50, 0.5)}, "ranks of type float64"),
        ({"ranks": np.full(50, 10)}, "rank 10 of 10 types"),
        ({"guesses": np.full(50, 3)}, "disagree with their ranks"),
        ({"guesses": np.full(50, -1)}, "counted from 0"),
        ({"types": 5}, "types 5 and targets up to 9"),
        ({"baseline": np.full(7, -1.0)}, "7 of baseline"),
        ({"exchanged": np.full(50, -1.0)}, "exchanged of shape"),
        ({"exchanged": np.full((3, 49), -1.0)}, "49 of exchanged"),
        ({"prior": np.ones(9)}, "prior of 9 counts"),
        ({"prior": np.full(10, -1.0)}, "counts from -1"),
        ({"sizes": np.full(50, -1.0)}, "bytes of each slot"),
        ({"confidence": 0}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(read, given, said):
    with pytest.raises(InputError, match=said):
        recovery_bounds(**read | given)


def test_one_document_has_no_interval(read):
    asked = TargetSlots.of(read["asked"].targets, groups=np.zeros(50, dtype=int))
    with pytest.raises(InputError, match="slots of one document"):
        recovery_bounds(**read | {"asked": asked})


def test_some_of_the_slots_are_slots_of_their_own(read):
    rows, groups = np.arange(12, 30), np.arange(50) // 3
    said = (read["log_shares"][rows], read["ranks"][rows], read["guesses"][rows])
    some = TargetSlots.of(read["asked"].targets, np.arange(50) % 2, groups).take(rows)
    fresh = TargetSlots.of(read["asked"].targets[rows], rows % 2, groups[rows])
    assert recovery_bounds(*said, some, types=10) == recovery_bounds(*said, fresh, types=10)


@pytest.mark.parametrize("targets", [[], [0.5, 1.0], [[0, 1]], [-1, 2], ["a", "b"]])
def test_targets_are_codes(targets):
    with pytest.raises(InputError, match=r"codes counted from 0|numbers, booleans or strings"):
        TargetSlots.of(targets)


def token(value, low, **fields):
    return Estimate(value=value, low=low, high=value + 0.1, n=100, estimator="given", kind="lower_bound", **fields)


def entropy(table):
    return stats.entropy(table.ravel())


def sentence(kept, tokens):
    """I(X;E), the I(T_i;E) and TC(X) in nats of a table p(t_1, ..., t_m, e)."""
    places = range(tokens)
    single = [kept.sum(axis=tuple(other for other in places if other != one)) for one in places]
    correlation = sum(entropy(one.sum(axis=1)) for one in single) - entropy(kept.sum(axis=-1))
    return information(kept.reshape(-1, kept.shape[-1])), [information(one) for one in single], correlation


def known(values):
    return [token(one, one, confidence=1.0) for one in values]


def test_bits_that_only_their_sum_keeps_are_read_from_no_token():
    kept = np.zeros((2, 2, 2))
    for one, two in itertools.product(range(2), repeat=2):
        kept[one, two, one ^ two] = 0.25
    text, tokens, correlation = sentence(kept, 2)
    assert (text, *tokens, correlation) == pytest.approx((BITS, 0, 0, 0), abs=1e-12)
    assert text_information(known(tokens), correlation).value == pytest.approx(0, abs=1e-12)


def test_a_copied_token_counts_once():
    kept = np.zeros((2, 2, 2))
    kept[0, 0, 0] = kept[1, 1, 1] = 0.5
    text, tokens, correlation = sentence(kept, 2)
    assert (text, *tokens, correlation) == pytest.approx((BITS,) * 4)
    assert text_information(known(tokens), correlation).value == pytest.approx(text)
    assert sum(tokens) - correlation == pytest.approx(text)


@pytest.mark.parametrize("seed", range(10))
def test_random_tables_keep_the_identity_and_the_bound(seed):
    kept = np.random.default_rng(seed).dirichlet(np.full(24, 0.5)).reshape(2, 3, 4)
    text, tokens, correlation = sentence(kept, 2)
    given = entropy(kept.sum(axis=1)) + entropy(kept.sum(axis=0)) - entropy(kept) - entropy(kept.sum(axis=(0, 1)))
    assert sum(tokens) - text == pytest.approx(correlation - given, abs=1e-12)
    found = text_information(known(tokens), correlation)
    assert found.value == pytest.approx(max(*tokens, sum(tokens) - correlation), abs=1e-12)
    assert found.value <= text + 1e-12


def test_independent_tokens_add_up():
    found = text_information([token(1.0, 0.8, confidence=0.99), token(0.5, 0.4, confidence=0.98)], 0.0)
    assert (found.value, found.low) == pytest.approx((1.5, 1.2))
    assert found.confidence == pytest.approx(0.97)
    assert found.estimator == "sum_less_total_correlation(places=2)"


def test_the_place_is_chosen_by_its_low():
    found = text_information([token(1.0, 0.1), token(0.7, 0.6)])
    assert (found.value, found.low, found.kind) == (0.7, 0.6, "lower_bound")
    assert found.estimator == "largest(places=2)"
    assert "vacuous" not in found.flags
    assert "vacuous" in text_information([token(-0.1, -0.2)]).flags


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ([], "0 places"),
        ([token(1.0, 0.9)] * 20, "20 places"),
        ([replace(token(1.0, 0.9), low=None)], "with an interval"),
        ([token(1.0, 0.9, units="bits")], "in bits"),
        ([Estimate(value=1.0, low=0.9, n=5, estimator="given")], "estimate in nats"),
    ],
)
def test_only_joint_lower_bounds_make_one_of_the_text(tokens, said):
    with pytest.raises(InputError, match=said):
        text_information(tokens)
