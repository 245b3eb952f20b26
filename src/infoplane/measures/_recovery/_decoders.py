"""Decoders of one size for every model: which word stands at place j of a text, read from one state E of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.estimators import one_thread
from infoplane.measures._recovery._decoder_fit import fit
from infoplane.measures._recovery._decoder_prior import log_prior
from infoplane.measures._recovery._decoder_reader import Coordinates, Family, Reader
from infoplane.measures._recovery._decoder_slots import Asked, Slots
from infoplane.measures._recovery._decoder_softmax import calibrate, parts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDTH = 512  # of the coordinates at most (choice C4)


@dataclass(frozen=True, eq=False)
class Said:
    """What a decoder said of some slots, an entry each.

    log_shares (m,): log q(t | E, j) of the right type, in nats   ranks (m,): types it held likelier than the right one
    guesses (m,): its likeliest type                               confidence (m,): q of that one
    """

    log_shares: Floats
    ranks: Ints
    guesses: Ints
    confidence: Floats


@dataclass(frozen=True, eq=False)
class Reading:
    """What is read from a state of a text: logits h(z(E)) . u_v, u (V, k)."""

    coordinates: Coordinates
    reader: Reader
    types: Tensor

    def logits(self, states: NDArray[np.floating]) -> Tensor:
        """(n, V) of `states` (n, d). Raises InputError for those of another width, and for NaN or infinity."""
        width = len(self.coordinates.centre)
        if states.ndim != 2 or states.shape[1] != width:
            do = "give the states of one layer of the model that the decoder was fitted on"
            raise InputError(one_line(f"states of shape {states.shape}", f"shape (n, {width})", do))
        return self.reader(self.coordinates(states)) @ self.types.T


@dataclass(frozen=True, eq=False)
class Decoder:
    """q(v | E, j) = softmax over types v of h(E) . u_v + g_jv; without a `reading` it knows the place j alone.

    places (J, V): the logits g. Fitted by `fit_decoders`.
    """

    places: Tensor
    reading: Reading | None = None

    def read(self, states: NDArray[np.floating] | None, asked: Asked) -> Said:
        """What is said of the slots `asked`, whose rows are those of `states` (n, d), one layer.

        Raises InputError for states of another width or not finite, and for slots that the decoder has no place or
        type for.
        """
        if (states is None) != (self.reading is None):
            came = "no states" if states is None else "states for a decoder that knows the place alone"
            raise InputError(one_line(came, "states just where the decoder was fitted on some", "leave out the other"))
        asked.checked("asked", None if states is None else len(states), *self.places.shape)
        m = len(asked.rows)
        said = Said(np.empty(m), np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m))
        with one_thread(), threadpool_limits(1), torch.inference_mode():
            for at, logits in self._logits(states, asked):
                parted = _said(logits, torch.from_numpy(np.asarray(asked.targets[at], np.int64)))
                for field, values in zip(vars(said).values(), parted, strict=True):
                    field[at] = values.numpy()
        return said

    def _logits(self, states: NDArray[np.floating] | None, asked: Asked) -> Iterator[tuple[Ints, Tensor]]:
        """Which slots, and their logits, some at a time and those of a text together."""
        order = np.argsort(asked.rows, kind="stable")
        for start, stop in parts(len(order), self.places.shape[1]):
            at = order[start:stop]
            logits = self.places[torch.from_numpy(np.asarray(asked.places[at], np.int64))]
            if states is not None and self.reading is not None:
                rows, which = np.unique(asked.rows[at], return_inverse=True)
                logits += self.reading.logits(states[rows])[torch.from_numpy(which)]
            yield at, logits


def fit_decoders(
    states: NDArray[np.floating] | None,
    train: Asked,
    tune: Asked,
    *,
    types: int,
    places: int,
    family: Family = "linear",
    width: int | None = None,
    seed: int = 0,
) -> list[Decoder]:
    """A decoder of every layer of `states` (n, L, d), which may be a memory map; one layer is held at a time.

    q(v | E, j) = softmax_v( h(z) . u_v + c_j . u_v + b log r(v | j) ), z the `width` leading whitened coordinates of E,
    min(512, d) by default, r the smoothed shares of the words of train at place j. Family `linear`: h(z) = A z through
    a bottleneck of 256; `mlp` adds a hidden layer of 1024. Coordinates are fitted on the texts of train without their
    words, the rest on its slots; where to stop, the smoothing and the temperatures of both terms come from tune. With
    `states` None: one decoder that knows the place alone, the floor. Choice C4 of the recoverability measure; shrunken
    discriminant, then descent.

    Raises InputError for states of another shape or not finite, slots that do not exist, and a width above d.
    """
    rows = None if states is None else len(states)
    slots = [Slots.of(asked.checked(name, rows, places, types)) for name, asked in (("train", train), ("tune", tune))]
    with one_thread(), threadpool_limits(1), torch.no_grad():
        prior = log_prior(slots[0], slots[1], types, places)
        if states is None:
            return [Decoder(prior)]
        size = _width(states, family, width)
        return [_decoder(states[:, layer], slots, prior, size, family, seed) for layer in range(states.shape[1])]


def _decoder(
    states: NDArray[np.floating], slots: list[Slots], prior: Tensor, width: int, family: Family, seed: int
) -> Decoder:
    """The decoder of one layer."""
    known = states[slots[0].texts]
    place = Coordinates.fit(known, width)
    seen, unseen = place(known), place(states[slots[1].texts])
    del known
    fitted = fit((seen, unseen), (slots[0], slots[1]), prior, family, seed)
    state, word = calibrate(fitted.reader(unseen), fitted.types, fitted.places, slots[1])
    return Decoder(fitted.places * word, Reading(place, fitted.reader, fitted.types.mul_(state)))


def _width(states: Any, family: str, width: int | None) -> int:
    """How many coordinates are read. Raises InputError for what cannot be read."""
    shape = np.shape(states)
    if len(shape) != 3 or 0 in shape:
        came = f"states of shape {shape}"
        raise InputError(one_line(came, "shape (texts, layers, width)", "give one layer as states[:, None]"))
    if family not in ("linear", "mlp"):
        raise InputError(one_line(f"family {family!r}", "'linear' or 'mlp'", "choose one of them"))
    if width is not None and not 1 <= width <= shape[2]:
        came = f"width {width} for states of width {shape[2]}"
        raise InputError(one_line(came, f"from 1 to {shape[2]}", "take the width of the narrowest model"))
    return width or min(_WIDTH, shape[2])


def _said(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The fields of `Said` for slots of `logits` (m, V); of equal logits the first type goes first."""
    right = logits.gather(1, targets[:, None])
    before = torch.arange(logits.shape[1]) < targets[:, None]
    ranks = ((logits > right) | ((logits == right) & before)).sum(1)
    highest = logits.amax(1, keepdim=True)
    guesses = (logits == highest).to(torch.uint8).argmax(1)
    total = (logits - highest).exp_().sum(1, dtype=torch.float64)
    return (right - highest)[:, 0].double() - total.log(), ranks, guesses, 1 / total
