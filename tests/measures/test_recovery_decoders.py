"""Decoders of words from states: what is there to be read is read, what is not there is not."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from infoplane._errors import InputError
from infoplane.measures._recovery._decoder_slots import Slots
from infoplane.measures._recovery._decoder_softmax import calibrate, cross_entropy, gradients
from infoplane.measures._recovery._decoders import Asked, Decoder, Said, fit_decoders

Floats = NDArray[np.floating]


def texts(count: int, words: int, types: int, seed: int = 0) -> NDArray[np.int64]:
    """Texts (count, words) of random words of Zipf shares."""
    share = 1 / np.arange(1, types + 1)
    return np.random.default_rng(seed).choice(types, (count, words), p=share / share.sum())


def slots(codes: NDArray[np.int64], first: int, last: int) -> Asked:
    """Every slot of the texts first:last."""
    words = codes.shape[1]
    return Asked(
        np.repeat(np.arange(first, last), words),
        np.tile(np.arange(words), last - first),
        codes[first:last].ravel(),
    )


def three(codes: NDArray[np.int64]) -> tuple[Asked, Asked, Asked]:
    """The slots of train, tune and test: 70, 15 and 15 % of the texts."""
    edges = (np.array([0, 0.7, 0.85, 1]) * len(codes)).astype(int)
    return slots(codes, *edges[:2]), slots(codes, *edges[1:3]), slots(codes, *edges[2:])


def held_out(states: Floats | None, codes: NDArray[np.int64], types: int, **options: object) -> Said:
    """What the decoder of one layer says of test; `states` (n, d)."""
    train, tune, test = three(codes)
    layers = None if states is None else states[:, None]
    (decoder,) = fit_decoders(layers, train, tune, types=types, places=codes.shape[1], **options)
    return decoder.read(states, test)


def accuracy(said: Said) -> float:
    """Share of slots whose likeliest type is right."""
    return float((said.ranks == 0).mean())


def nats(said: Said) -> float:
    """Cross-entropy."""
    return float(-said.log_shares.mean())


def apart(count: int, words: int, each: int) -> NDArray[np.int64]:
    """Texts whose place j holds one of `each` types of its own, so that the set of words tells their order."""
    return np.random.default_rng(3).integers(0, each, (count, words)) + each * np.arange(words)


def bag(codes: NDArray[np.int64], types: int, width: int, noise: float = 0.0) -> Floats:
    """Sums of random codes of the words, one code a type, in states of `width`."""
    rng = np.random.default_rng(7)
    made = rng.normal(size=(types, width))[codes].sum(1) / np.sqrt(width)
    return (made + noise * rng.normal(size=made.shape)).astype(np.float32)


def same(first: Said, second: Said) -> bool:
    """To the last bit."""
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in vars(first))


def test_a_wide_sum_of_codes_gives_every_word_back() -> None:
    codes = apart(600, 4, 10)
    said = held_out(bag(codes, 40, 128), codes, 40)
    assert accuracy(said) == 1
    assert nats(said) < 0.02


def test_fewer_dimensions_than_types_give_fewer_words_back() -> None:
    codes = apart(600, 4, 10)
    shares = [accuracy(held_out(bag(codes, 40, width), codes, 40)) for width in (128, 16, 4)]
    assert shares[0] > shares[1] + 0.1 > shares[2] + 0.2 > 0.3


def test_noise_raises_the_error_step_by_step() -> None:
    codes = apart(600, 4, 10)
    losses = [nats(held_out(bag(codes, 40, 64, noise), codes, 40)) for noise in (0.0, 0.2, 0.5, 2.0)]
    assert np.diff(losses).min() > 0.05
    assert losses[0] < 0.05


def test_states_apart_from_the_text_gain_nothing() -> None:
    codes = texts(800, 6, 200)
    noise = np.random.default_rng(1).normal(size=(800, 32)).astype(np.float32)
    floor = held_out(None, codes, 200)
    for family in ("linear", "mlp"):
        gain = held_out(noise, codes, 200, family=family).log_shares - floor.log_shares
        assert abs(gain.mean()) < 0.01


def test_a_product_of_two_signs_is_there_for_the_hidden_layer_alone() -> None:
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (4000, 2))
    codes = (signs.prod(1) > 0).astype(np.int64)[:, None]
    assert nats(held_out(signs, codes, 2)) == pytest.approx(np.log(2), abs=0.01)
    assert nats(held_out(signs, codes, 2, family="mlp")) < 0.02


def test_the_place_alone_says_the_shares_of_its_words() -> None:
    codes = apart(2000, 3, 4)
    said = held_out(None, codes, 12)
    assert nats(said) == pytest.approx(np.log(4), abs=0.01)
    assert accuracy(said) == pytest.approx(1 / 4, abs=0.05)


def test_shares_are_those_of_a_distribution() -> None:
    codes = texts(600, 5, 30)
    train, tune, _ = three(codes)
    states = bag(codes, 30, 16)
    (decoder,) = fit_decoders(states[:, None], train, tune, types=30, places=5)
    every = Asked(np.full(30, 599), np.full(30, 2), np.arange(30))
    said = decoder.read(states, every)
    assert np.exp(said.log_shares).sum() == pytest.approx(1, abs=1e-6)
    assert sorted(said.ranks) == list(range(30))
    assert set(said.guesses) == {int(said.ranks.argmin())}
    assert said.confidence == pytest.approx(np.exp(said.log_shares.max()))
    assert (np.diff(said.log_shares[np.argsort(said.ranks)]) <= 0).all()


@pytest.mark.parametrize("family", ["linear", "mlp"])
def test_a_layer_is_read_alike_alone_and_beside_others(family: str) -> None:
    codes = texts(200, 4, 50)
    train, tune, test = three(codes)
    layers = np.stack([bag(codes, 50, 24, noise) for noise in (0.5, 0.1, 0.0)], 1)
    together = fit_decoders(layers, train, tune, types=50, places=4, family=family)
    for layer, decoder in enumerate(together):
        (alone,) = fit_decoders(layers[:, [layer]], train, tune, types=50, places=4, family=family)
        assert same(decoder.read(layers[:, layer], test), alone.read(layers[:, layer], test))


def test_only_the_order_of_the_batches_hangs_on_the_seed() -> None:
    codes = texts(200, 4, 50)
    states = bag(codes, 50, 24)
    first = held_out(states, codes, 50, seed=1)
    assert same(first, held_out(states, codes, 50, seed=1))
    other = held_out(states, codes, 50, seed=2)
    assert not same(first, other)
    assert nats(first) == pytest.approx(nats(other), abs=0.05)


def test_the_order_of_the_slots_is_that_of_what_is_said() -> None:
    codes = texts(200, 4, 50)
    states = bag(codes, 50, 24)
    train, tune, test = three(codes)
    (decoder,) = fit_decoders(states[:, None], train, tune, types=50, places=4)
    turn = np.random.default_rng(0).permutation(len(test.rows))
    turned = decoder.read(states, Asked(test.rows[turn], test.places[turn], test.targets[turn]))
    assert turned.log_shares == pytest.approx(decoder.read(states, test).log_shares[turn], abs=1e-5)


def test_states_of_half_precision_on_disk_are_read_like_those_in_memory(tmp_path) -> None:
    codes = texts(150, 4, 40)
    train, tune, test = three(codes)
    states = np.stack([bag(codes, 40, 16), bag(codes, 40, 16, 1.0)], 1).astype(np.float16)
    np.save(tmp_path / "states.npy", states)
    kept = np.load(tmp_path / "states.npy", mmap_mode="r")
    for layer, decoder in enumerate(fit_decoders(kept, train, tune, types=40, places=4)):
        (memory,) = fit_decoders(states[:, [layer]].astype(np.float32), train, tune, types=40, places=4)
        assert same(decoder.read(kept[:, layer], test), memory.read(states[:, layer], test))


def size(decoder: Decoder) -> list[tuple[int, ...]]:
    """Shapes of all that a decoder reads its coordinates with."""
    assert decoder.reading is not None
    reader = decoder.reading.reader
    return [tuple(tensor.shape) for tensor in (decoder.places, decoder.reading.types, reader.axes, *reader.learnt)]


@pytest.mark.parametrize("family", ["linear", "mlp"])
def test_models_of_any_width_are_read_by_decoders_of_one_size(family: str) -> None:
    codes = texts(150, 4, 40)
    train, tune, _ = three(codes)
    constant = np.zeros((150, 20), np.float32)
    sizes = [
        size(fit_decoders(states[:, None], train, tune, types=40, places=4, family=family, width=12)[0])
        for states in (bag(codes, 40, 12), bag(codes, 40, 48), constant)
    ]
    assert sizes[0] == sizes[1] == sizes[2]


def test_a_wide_state_passes_the_bottleneck() -> None:
    codes = apart(500, 4, 10)
    train, tune, test = three(codes)
    states = bag(codes, 40, 300)
    (decoder,) = fit_decoders(states[:, None], train, tune, types=40, places=4)
    assert size(decoder) == [(4, 40), (40, 257), (300, 256)]
    assert accuracy(decoder.read(states, test)) > 0.99


def test_a_type_that_train_never_showed_has_a_share() -> None:
    codes = texts(400, 4, 20)
    train, tune, test = three(codes)
    unseen = Asked(test.rows, test.places, np.full(len(test.rows), 24))
    for states in (None, bag(codes, 20, 16)[:, None]):
        (decoder,) = fit_decoders(states, train, tune, types=25, places=6)
        said = decoder.read(None if states is None else states[:, 0], unseen)
        assert np.isfinite(said.log_shares).all()
        assert (said.log_shares < np.log(0.02)).all()


@pytest.mark.parametrize("types", [1, 3])
def test_a_single_type_is_known_without_loss(types: int) -> None:
    codes = np.zeros((100, 4), np.int64)
    said = held_out(np.random.default_rng(0).normal(size=(100, 5)), codes, types)
    assert nats(said) < 1e-4
    assert accuracy(said) == 1


def broken() -> dict[str, tuple[Callable[[Floats, Asked, Asked], object], str]]:
    """Calls that cannot be answered, and what is said of them."""

    def fit(states: Floats | None, train: Asked, tune: Asked, **options: object) -> object:
        return fit_decoders(states, train, tune, **{"types": 20, "places": 4, **options})

    def spoilt(states: Floats) -> Floats:
        states = states.copy()
        states[5, 0, 3] = np.nan
        return states

    def none(asked: Asked) -> Asked:
        return Asked(asked.rows[:0], asked.places[:0], asked.targets[:0])

    return {
        "nan": (lambda states, *asked: fit(spoilt(states), *asked), "NaN"),
        "matrix": (lambda states, *asked: fit(states[:, 0], *asked), r"shape \(texts, layers, width\)"),
        "rows": (lambda states, *asked: fit(states[:50], *asked), "train.rows .* 0 to 49"),
        "types": (lambda states, *asked: fit(states, *asked, types=10), "train.targets .* 0 to 9"),
        "places": (lambda states, *asked: fit(states, *asked, places=3), "train.places .* 0 to 2"),
        "none": (lambda states, train, tune: fit(states, train, none(tune)), "tune with 0 rows"),
        "width": (lambda states, *asked: fit(states, *asked, width=17), "from 1 to 16"),
        "family": (lambda states, *asked: fit(states, *asked, family="deep"), "'linear' or 'mlp'"),
        "other width": (lambda states, *asked: fit(states, *asked)[0].read(states[:, 0, :8], asked[1]), r"\(n, 16\)"),
        "no states": (lambda states, *asked: fit(states, *asked)[0].read(None, asked[1]), "no states"),
        "states": (lambda states, *asked: fit(None, *asked)[0].read(states[:, 0], asked[1]), "place alone"),
    }


@pytest.mark.parametrize("name", sorted(broken()))
def test_what_cannot_be_fitted_is_said_in_one_line(name: str) -> None:
    codes = texts(100, 4, 20)
    codes[0, 0] = 19
    call, told = broken()[name]
    with pytest.raises(InputError, match=told) as caught:
        call(bag(codes, 20, 16)[:, None], *three(codes)[:2])
    assert "\n" not in str(caught.value)


def test_gradients_and_temperatures_are_those_of_the_logits_of_every_slot() -> None:
    random = torch.Generator().manual_seed(0)
    hidden, weights, places = (torch.randn(*shape, generator=random) for shape in ((6, 3), (9, 3), (4, 9)))
    rng = np.random.default_rng(0)
    slots = Slots.of(Asked(np.arange(60) % 6, rng.integers(0, 4, 60), rng.integers(0, 9, 60)))
    row = slots.part(0, 6)[0]
    given = [tensor.clone().requires_grad_() for tensor in (hidden, weights, places)]
    logits = (given[0] @ given[1].T)[row], given[2][slots.places]
    loss = functional.cross_entropy(logits[0] + logits[1], slots.targets)
    loss.backward()
    assert cross_entropy(hidden, weights, places, slots) == pytest.approx(loss.item(), abs=1e-6)
    for made, tensor in zip(vars(gradients(hidden, weights, places, slots)).values(), given, strict=True):
        torch.testing.assert_close(made, tensor.grad)
    powers = torch.tensor(calibrate(hidden, weights, places, slots), requires_grad=True)
    functional.cross_entropy(powers[0] * logits[0].detach() + powers[1] * logits[1].detach(), slots.targets).backward()
    torch.testing.assert_close(powers.grad, torch.zeros(2), atol=3e-3, rtol=0)
