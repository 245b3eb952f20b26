"""From a `Prompt` to token ids, and from characters of its text to positions among these tokens.

A tokenizer with a chat template gets the text as the user's turn, the generation prompt and then the prefix, and no
further special tokens; another one gets the text, a line break and the prefix, with the special tokens it adds itself.
A prompt longer than the context loses the beginning of its content, so that the template and its end always stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, ModelError, one_line
from infoplane._prompt import Prompt
from infoplane.models._select import Select

# No tokenizer packs this many characters into every token of a text: what stands before can be cut unread.
_CHARACTERS_PER_TOKEN = 64
_PROBE = "infoplane"

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A rendered prompt. `spans` (tokens, 2): characters of `text` each token stands for; empty for special tokens."""

    text: str
    ids: list[int]
    spans: Positions
    content: Positions
    cut: bool

    def tokens(self, select: Select) -> Positions:
        """Positions of the tokens meant by `select`. Raises InputError where there is none."""
        if select.tokens == "last":
            return np.array([len(self.ids) - 1])
        if select.tokens == "all":
            chosen = np.arange(len(self.ids))
        elif select.tokens == "content":
            chosen = self.content
        elif select.span is not None:
            chosen = self._overlapping(self.text.find(select.span), len(select.span))
        else:
            chosen = np.array(select.resolve_positions(len(self.ids)), np.int64)
        if not len(chosen):
            raise InputError(
                f"{select}: no such token in {self.text[:60]!r}; leave this text out or choose other tokens."
            )
        return chosen[-1:] if select.reduce == "last" else chosen

    def _overlapping(self, start: int, length: int) -> Positions:
        return _inside(self.spans, start, start + length) if start >= 0 else np.empty(0, np.int64)


@dataclass(frozen=True)
class Renderer:
    """Writes prompts the way one model reads them. `context`: most tokens of a prompt."""

    tokenizer: Any
    context: int
    decoder: bool

    def encode(self, prompts: Sequence[Prompt | str], *, room: int = 0) -> list[Encoded]:
        """Token ids of every prompt, with `room` tokens of the context left free behind them.

        Raises InputError where nothing can be encoded, ModelError for a tokenizer that cannot say where tokens stand.
        """
        if isinstance(prompts, str | Prompt) or not len(prompts):
            raise InputError(one_line(f"prompts {prompts!r:.40}", "a list of at least one prompt", "pass a list"))
        limit = self.context - room
        short = [self._shorten(prompt, limit) for prompt in prompts]
        texts, starts = zip(*(self._render(prompt) for prompt, _ in short), strict=True)
        ids, spans = self.tokenize(texts)
        encoded = []
        for row, (prompt, cut) in enumerate(short):
            start, stop = prompt.content or (0, len(prompt.text))
            content = _inside(spans[row], starts[row] + start, starts[row] + stop)
            encoded.append(_fit(Encoded(texts[row], ids[row], spans[row], content, cut), limit))
        return encoded

    def tokenize(self, texts: Sequence[str]) -> tuple[list[list[int]], list[Positions]]:
        """Ids and character spans of rendered texts; special tokens have empty spans."""
        if not self.tokenizer.is_fast:
            raise ModelError(one_line("a slow tokenizer", "one with tokenizer.json", "save its fast version beside it"))
        read = self.tokenizer(
            list(texts),
            add_special_tokens=not self.chat,
            return_offsets_mapping=True,
            return_attention_mask=False,
            verbose=False,
        )
        ids, special = read["input_ids"], set(self.tokenizer.all_special_ids)
        spans = []
        for row, offsets in zip(ids, read["offset_mapping"], strict=True):
            if self.decoder and len(row) > 1 and row[-1] == self.tokenizer.eos_token_id and offsets[-1] == (0, 0):
                row.pop()
            if not row:
                raise InputError(one_line("a prompt without a token", "some text", "leave it out"))
            places = np.array(offsets[: len(row)], np.int64).reshape(-1, 2)
            places[[token in special for token in row]] = 0
            spans.append(places)
        return ids, spans

    @property
    def chat(self) -> bool:
        """Whether prompts are written as a conversation."""
        return bool(getattr(self.tokenizer, "chat_template", None))

    def render(self, prompt: Prompt | str) -> str:
        """The text the model reads for `prompt`."""
        return self._render(_as_prompt(prompt))[0]

    def _shorten(self, prompt: Prompt | str, limit: int) -> tuple[Prompt, bool]:
        """Drop the far beginning of a content so long that it can never be read, before it costs time."""
        prompt = _as_prompt(prompt)
        start, stop = prompt.content or (0, len(prompt.text))
        excess = stop - start - _CHARACTERS_PER_TOKEN * max(limit, 1)
        if excess <= 0:
            return prompt, False
        text = prompt.text[:start] + prompt.text[start + excess :]
        return Prompt(text, prompt.prefix, (start, stop - excess)), True

    def _render(self, prompt: Prompt) -> tuple[str, int]:
        """The rendered text and where `prompt.text` begins in it (less white space that a template strips)."""
        if not self.chat:
            return prompt.text + (f"\n{prompt.prefix}" if prompt.prefix else ""), 0
        text = self._conversation(prompt.text)
        start = self._conversation(_PROBE).index(_PROBE)
        if not text.startswith(prompt.text, start):
            start -= len(prompt.text) - len(prompt.text.lstrip())
        return text + prompt.prefix, start

    def _conversation(self, text: str) -> str:
        turn = [{"role": "user", "content": text}]
        return str(self.tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))


def _as_prompt(prompt: Prompt | str) -> Prompt:
    return Prompt(prompt) if isinstance(prompt, str) else prompt


def _inside(spans: Positions, start: int, stop: int) -> Positions:
    """Tokens that stand for at least one character of [start, stop)."""
    return np.flatnonzero((spans[:, 1] > spans[:, 0]) & (spans[:, 1] > start) & (spans[:, 0] < stop))


def _fit(encoded: Encoded, limit: int) -> Encoded:
    """Cut tokens from the start of the content until `limit` tokens are left."""
    excess = len(encoded.ids) - limit
    if excess <= 0:
        return encoded
    if excess >= len(encoded.content):
        raise InputError(
            one_line(
                f"a prompt of {len(encoded.ids)} tokens of which {len(encoded.content)} are content",
                f"at most {limit} once the content is shortened",
                "shorten the template, or use fewer examples",
            )
        )
    kept = np.ones(len(encoded.ids), bool)
    kept[encoded.content[:excess]] = False
    place = np.cumsum(kept) - 1
    ids = [token for token, keep in zip(encoded.ids, kept, strict=True) if keep]
    return Encoded(encoded.text, ids, encoded.spans[kept], place[encoded.content[excess:]], True)
