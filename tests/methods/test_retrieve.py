"""Retrieval: what it finds, and what it must never find (T0.15)."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.methods import Setting
from infoplane.methods._retrieve import Retrieval
from infoplane.methods._setting import hidden
from infoplane.tasks import Split

PLANTED = (
    "sun warm beach swim sand",
    "rain cold storm wind grey",
    "code bug test merge branch",
    "cake oven sugar flour egg",
)


def planted(per_label: int, *, seed: int, first_group: int) -> Split:
    """Texts of four words that belong to one cluster each, and the cluster as the label."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(PLANTED)), per_label)
    texts = tuple(
        " ".join(rng.permutation(PLANTED[label].split())[:4]) + f" {seed}x{row}" for row, label in enumerate(labels)
    )
    return Split(texts, labels, first_group + np.arange(len(labels)), tuple(map(str, range(len(labels)))))


def with_pool(setting: Setting, pool: Split, **changes: object) -> Setting:
    """The same setting over another pool."""
    splits = dict(setting.task.splits) | {"direction": pool}
    return replace(setting, task=replace(setting.task, splits=splits), **changes)


@pytest.fixture
def pool() -> Split:
    return planted(12, seed=0, first_group=0)


@pytest.fixture
def retrieval(setting, pool) -> Retrieval:
    return with_pool(setting, pool).retrieval


def test_the_vote_of_planted_clusters_is_always_right(retrieval):
    queries = planted(6, seed=1, first_group=1000)
    for k in (1, 3, 5, 8):
        found = retrieval.nearest(queries, k)
        assert (found.labels == queries.labels[:, None]).all()
        assert (found.shares(4).argmax(1) == queries.labels).all()
        assert (found.shares(4, temperature=0.05).argmax(1) == queries.labels).all()


def test_the_nearest_comes_first_and_ties_go_to_the_earlier_row(setting):
    texts = ("one two", "three four", "one two three", "one two", "five six")
    pool = Split(texts, np.array([0, 1, 2, 1, 0]), np.arange(5), tuple("abcde"))
    query = Split(("one two three five",), np.array([0]), np.array([99]), ("q",))
    found = with_pool(setting, pool).retrieval.nearest(query, 5)
    assert found.rows[0, 0] == 2
    assert found.rows[0].tolist().index(0) + 1 == found.rows[0].tolist().index(3)
    assert (np.diff(found.similarities[0]) <= 0).all()


def test_duplicates_and_the_same_conversation_are_left_out_and_counted(retrieval, pool):
    queries = pool.take([0, 20])
    found = retrieval.nearest(queries, 11)
    assert (found.dropped == 1).all()
    assert all(row not in near for row, near in zip((0, 20), found.rows, strict=True))

    stranger = replace(queries, groups=np.array([-1, -2]))  # equal texts of other conversations
    assert (retrieval.nearest(stranger, 3).dropped == 1).all()

    family = replace(planted(1, seed=5, first_group=0), groups=np.array([3, 15, 27, 39]))  # other texts of known ones
    found = retrieval.nearest(family, 3)
    assert (found.dropped == 1).all()
    assert not any(group in pool.groups[near] for group, near in zip(family.groups, found.rows, strict=True))


def test_a_near_duplicate_is_a_duplicate(setting):
    words = [f"word{number}" for number in range(60)]
    pool = Split(
        (" ".join(words), "something else here", "yet another thing"), np.arange(3), np.arange(3), tuple("abc")
    )
    query = Split((" ".join(words).upper() + "!",), np.array([0]), np.array([9]), ("q",))
    found = with_pool(setting, pool).retrieval.nearest(query, 2)
    assert found.dropped.tolist() == [1]
    assert sorted(found.rows[0].tolist()) == [1, 2]


@pytest.mark.parametrize("retriever", ["tfidf", "task-space"])
def test_a_text_without_words_does_not_find_itself(setting, task, retriever):
    pool = replace(task.pool, texts=("!!!", *task.pool.texts[1:-1], " !!!\n"))
    query = Split(("!!! ",), np.array([0]), np.array([-1]), ("q",))
    found = with_pool(setting, pool, retriever=retriever).nearest(query, 5)
    assert found.dropped.tolist() == [2]
    assert not {0, len(pool) - 1} & set(found.rows[0].tolist())
    pairs = replace(pool, pairs=tuple(f"({row})" for row in range(len(pool))))
    found = with_pool(setting, pairs).nearest(replace(query, pairs=("?",)), 5)
    assert found.dropped.tolist() == [0]  # only one text of two is the same


def test_the_labels_of_queries_and_of_other_splits_are_never_seen(setting, task):
    queries = task.splits["test"]
    found = setting.nearest(queries)
    blind = setting.nearest(hidden(queries))
    assert (found.rows == blind.rows).all()
    assert (hidden(queries).labels == -1).all()
    shuffled = {name: replace(split, labels=split.labels[::-1].copy()) for name, split in task.splits.items()}
    other = replace(setting, task=replace(task, splits=shuffled | {"direction": task.pool}))
    assert (other.nearest(queries).rows == found.rows).all()
    assert found.rows.max() < len(task.pool)
    assert not set(task.pool.groups[found.rows].ravel()) & set(queries.groups)


def test_queries_are_found_alone_as_together(setting, task):
    queries = task.splits["test"]
    together = setting.nearest(queries, 4)
    for row in (0, 7, len(queries) - 1):
        alone = setting.nearest(queries.take([row]), 4)
        assert (alone.rows[0] == together.rows[row]).all()
        assert (alone.similarities[0] == together.similarities[row]).all()


@pytest.mark.parametrize("k", [0, 49])
def test_more_examples_than_there_are(retrieval, k):
    with pytest.raises(InputError, match=f"{k} examples of a pool of 48"):
        retrieval.nearest(planted(1, seed=1, first_group=100), k)


def test_a_query_whose_conversation_leaves_too_few(retrieval, pool):
    with pytest.raises(InputError, match="47 examples left for a query"):
        retrieval.nearest(pool.take([3]), 48)


def test_a_pool_without_words(setting):
    pool = Split(("...", "!!", "?"), np.arange(3), np.arange(3), tuple("abc"))
    with pytest.raises(InputError, match="without a word"):
        _ = with_pool(setting, pool).retrieval


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory):
    """A BERT of random weights with its tokenizer."""
    from tiny_models import make_network, make_tokenizer

    folder = tmp_path_factory.mktemp("encoder")
    make_network("bert").save_pretrained(folder)
    make_tokenizer(decoder=False).save_pretrained(folder)
    return folder


def test_any_encoder_of_the_hub(setting, task, encoder_folder):
    encoded = replace(setting, retriever=str(encoder_folder))
    queries = task.splits["test"].take(range(9))
    found = encoded.nearest(queries)
    assert (np.diff(found.similarities) <= 0).all()
    assert np.abs(found.similarities).max() <= 1
    assert (found.rows == encoded.nearest(queries.take([4, 2])).rows[0]).all(1)[4]
    assert (found.rows != setting.nearest(queries).rows).any()


def test_similarity_in_the_task_space(setting, task):
    found = replace(setting, retriever="task-space").nearest(task.splits["test"])
    assert found.rows.shape == (len(task.splits["test"]), 3)
    assert (found.similarities <= 1).all()


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="the package is there")
def test_sentence_transformers_that_are_not_installed(setting):
    with pytest.raises(InputError, match="pip install sentence-transformers"):
        _ = replace(setting, retriever="sentence-transformers/all-MiniLM-L6-v2").retrieval


def test_shares_break_ties_by_the_nearer_example_and_weigh_by_similarity(setting):
    from infoplane.methods import Neighbours

    labels = np.array([[1, 0, 0, 1], [2, 0, 0, 1]])
    near = Neighbours(np.zeros((2, 4), np.int64), labels, np.array([[0.9, 0.5, 0.5, 0.1]] * 2), np.zeros(2, np.int64))
    assert near.shares(3).argmax(1).tolist() == [1, 0]
    assert near.shares(3).sum(1) == pytest.approx([1, 1])
    assert near.shares(3, temperature=0.05).argmax(1).tolist() == [1, 2]
    assert near.first(1).shares(3).tolist() == [[0, 1, 0], [0, 0, 1]]
