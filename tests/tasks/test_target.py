import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from infoplane._errors import InputError
from infoplane.tasks import TokenTarget

TEXTS = ["The cat saw the dog.", "A dog, the Ünal's cat: naïve!", "the the"]


@pytest.fixture
def target() -> TokenTarget:
    """Three words and OTHER."""
    return TokenTarget.fit(TEXTS, size=4)


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    """Letters as tokens, the white space before a word one of them."""
    vocabulary = {token: code for code, token in enumerate(["<u>", "Ġ", *"catdog"[:4], "o", "g"])}
    letters = Tokenizer(models.BPE(vocabulary | {"d": 8}, [], unk_token="<u>"))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return PreTrainedTokenizerFast(tokenizer_object=letters, unk_token="<u>")


def test_the_most_frequent_words_have_codes_and_the_rest_is_counted(target: TokenTarget) -> None:
    assert target.words == ("OTHER", "the", "cat", "dog")  # cat and dog are equally frequent
    assert target.counts.tolist() == [10, 5, 2, 2]
    assert target.types == 4


def test_words_that_occur_once_are_others(target: TokenTarget) -> None:
    whole = TokenTarget.fit(TEXTS)
    assert (whole.words, whole.counts.tolist()) == (target.words, target.counts.tolist())
    assert TokenTarget.fit(TEXTS * 2).types == 14
    assert TokenTarget.fit(TEXTS * 2).counts[0] == 0


def test_slots_are_words_and_punctuation_with_their_characters(target: TokenTarget) -> None:
    slots = target.slots(TEXTS)
    assert len(slots) == 19
    assert slots.rows.tolist() == [0] * 6 + [1] * 11 + [2] * 2
    assert slots.places.tolist() == [*range(6), *range(11), 0, 1]
    said = [TEXTS[row][start:end] for row, (start, end) in zip(slots.rows, slots.spans, strict=True)]
    assert " ".join(said) == "The cat saw the dog . A dog , the Ünal ' s cat : naïve ! the the"
    assert [target.words[code] for code in slots.targets[:6]] == ["the", "cat", "OTHER", "the", "dog", "OTHER"]


def test_new_texts_meet_words_that_were_never_seen(target: TokenTarget) -> None:
    assert target.slots(["OTHER zebra THE", ""]).targets.tolist() == [0, 0, 1]
    none = target.slots([""])
    assert len(none) == 0
    assert none.spans.shape == (0, 2)
    assert len(none.ask(3)) == 0


def test_a_models_own_tokens_can_be_the_target(tokenizer: PreTrainedTokenizerFast) -> None:
    target = TokenTarget.fit(["dog cat", "dog", "a"], size=5, tokenizer=tokenizer)
    assert target.words == ("OTHER", "a", "d", "g", "o")
    assert target.counts.tolist() == [3, 2, 2, 2, 2]
    slots = target.slots(["a dog"])
    assert [target.words[code] for code in slots.targets] == ["a", "OTHER", "d", "o", "g"]
    assert slots.spans.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]
    assert slots.places.tolist() == [0, 1, 2, 3, 4]


def test_what_has_no_words_or_no_offsets_is_refused() -> None:
    with pytest.raises(InputError, match="0 texts in which no word is twice"):
        TokenTarget.fit([])
    with pytest.raises(InputError, match="2 texts in which no word is twice"):
        TokenTarget.fit(["", "So it goes."])
    with pytest.raises(InputError, match="target of 1 types"):
        TokenTarget.fit(TEXTS, size=1)
    with pytest.raises(InputError, match="tokenizer object: expected a fast one"):
        TokenTarget.fit(TEXTS, tokenizer=object())


def test_asking_takes_every_place_of_every_text_alike() -> None:
    texts = [f"one two three four five {word}" for word in ("six", "seven", "eight and nine")] + ["one"]
    slots = TokenTarget.fit(texts * 2).slots(texts)
    asked = slots.ask(4, seed=3)
    assert np.bincount(asked.rows).tolist() == [4, 4, 4, 1]
    pairs = list(zip(asked.rows.tolist(), asked.places.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert slots.ask(None) is slots
    assert slots.ask(4, seed=3).places.tolist() == asked.places.tolist()
    times = np.zeros(6)
    for seed in range(600):
        own = slots.ask(2, seed=seed)
        times += np.bincount(own.places[own.rows == 0], minlength=6)
    assert np.abs(times - 200).max() < 4 * np.sqrt(600 * (1 / 3) * (2 / 3))  # four standard errors
    with pytest.raises(InputError, match="0 slots of every text"):
        slots.ask(0)


def test_one_slot_of_every_document() -> None:
    texts = ["one two three", "four five", "six seven eight", "nine"]
    slots = TokenTarget.fit(texts * 2).slots(texts)
    documents = np.array([7, 7, 2, 5])
    drawn = {seed: slots.one_per_document(documents, seed) for seed in range(40)}
    for one in drawn.values():
        assert sorted(documents[one.rows].tolist()) == [2, 5, 7]
    assert {tuple(one.rows.tolist()) for one in drawn.values()} == {(0, 2, 3), (1, 2, 3)}


def test_take_by_number_and_by_mask(target: TokenTarget) -> None:
    slots = target.slots(TEXTS)
    assert slots.take([18, 0]).rows.tolist() == [2, 0]
    assert slots.take(slots.targets == 1).spans.tolist() == slots.spans[slots.targets == 1].tolist()
