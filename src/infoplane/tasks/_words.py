"""The words and punctuation marks of a text, the same for every model."""

from functools import cache
from typing import Any

Piece = tuple[str, tuple[int, int]]


def words_of(text: str) -> list[Piece]:
    """Every word and every punctuation mark in lower case, with its characters (start, end) in `text`.

    Split at white space and around each punctuation mark, as BERT begins to (Devlin et al. 2019): "don't" is three.
    What is written without white space is one word.
    """
    return [(word.lower(), span) for word, span in _splitter().pre_tokenize_str(text)]


@cache
def _splitter() -> Any:
    from tokenizers.pre_tokenizers import BertPreTokenizer

    return BertPreTokenizer()
