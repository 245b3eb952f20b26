"""Texts as unit rows whose products are similarities: words, states of a network, or coordinates in a task space."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# n examples as a dense array or a sparse matrix (n, d), every row of length 1, or 0 where nothing is known of it.
Encoder = Callable[["Split"], Any]

TFIDF, TASK_SPACE = "tfidf", "task-space"
_TUNED = 256


def encoder_of(name: str, setting: "Setting") -> Encoder:
    """`tfidf`, `task-space`, a sentence-transformers model, or the mean content state of any other model of the hub.

    Raises InputError where a package is missing, ModelError where a model cannot be loaded.
    """
    if name == TFIDF:
        return words(setting.pool)
    if name == TASK_SPACE:
        return _task_space(setting)
    if name.startswith("sentence-transformers/") or (Path(name).expanduser() / "modules.json").is_file():
        return _sentences(name, setting)
    return _states(name, setting)


def words(pool: "Split") -> Encoder:
    """Words and pairs of words, weighted by how rare they are in `pool` (TF-IDF with sublinear counts)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True)
    try:
        vectorizer.fit(_texts(pool))
    except ValueError:  # an empty vocabulary
        do = "choose another retriever"
        raise InputError(one_line("a pool of examples without a word", "texts with letters", do)) from None
    return lambda examples: vectorizer.transform(_texts(examples))


def _states(name: str, setting: "Setting") -> Encoder:
    """The mean last-layer state of the text's tokens, less the pool's mean, which all states share."""
    from infoplane.models import load_model

    lm = load_model(name, device=str(setting.lm.device))
    select = Select(layers=lm.layers, tokens="content", reduce="mean")
    mean = lm.read(_texts(setting.pool), select).layer(lm.layers).mean(axis=0, dtype=np.float64)
    return lambda examples: _unit(lm.read(_texts(examples), select).layer(lm.layers) - mean)


def _sentences(name: str, setting: "Setting") -> Encoder:
    if find_spec("sentence_transformers") is None:
        do = "pip install sentence-transformers, or choose another retriever"
        raise InputError(one_line(f"retriever {name}", "the package sentence-transformers", do))
    model = import_module("sentence_transformers").SentenceTransformer(name, device=str(setting.lm.device))
    return lambda examples: _unit(model.encode(_texts(examples), convert_to_numpy=True, show_progress_bar=False))


def _task_space(setting: "Setting") -> Encoder:
    """Coordinates of the last prompt token in the task space, at the layer that finds labels best on the tune split.

    Best: the nearest example of the pool most often has the label of the query.
    """
    space, tune = setting.space, setting.tune.stratified(_TUNED, setting.seed)
    pool = _projected(setting, setting.pool, space.layers)
    some = _projected(setting, tune, space.layers)
    hits = [
        (setting.pool.labels[(some[layer] @ pool[layer].T).argmax(1)] == tune.labels).mean() for layer in space.layers
    ]
    best = space.layers[int(np.argmax(hits))]
    return lambda examples: _projected(setting, examples, (best,))[best]


def _projected(setting: "Setting", examples: "Split", layers: tuple[int, ...]) -> dict[int, NDArray[np.float64]]:
    states = setting.lm.read(setting.prompts(examples), Select(layers=layers, tokens="last"))
    return {layer: _unit(setting.space.project(layer, states.layer(layer))) for layer in layers}


def _texts(examples: "Split") -> list[str]:
    """Every example as one text, both of a pair."""
    if examples.pairs is None:
        return list(examples.texts)
    return [f"{text} {pair}" for text, pair in zip(examples.texts, examples.pairs, strict=True)]


def _unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    wide = np.asarray(rows, np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.maximum(length, np.finfo(float).tiny))
