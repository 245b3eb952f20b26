"""How an example is put to a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt

_PLACES = re.compile(r"(\{text\}|\{pair\})")


@dataclass(frozen=True, slots=True)
class Template:
    """Words around an example: `text` holds {text} and, for pairs, {pair}; `prefix` begins the answer.

    `noun` is what the example is called when the model is asked to take a perspective on it.
    """

    text: str
    prefix: str
    noun: str = "dialogue"

    def prompt(self, text: str, pair: str | None = None) -> Prompt:
        """The prompt of one example; its content spans from the first text to the last. Braces in texts are safe.

        Raises InputError when a second text is asked for and there is none.
        """
        filled, starts, ends = "", [], []
        for piece in _PLACES.split(self.text):
            value = {"{text}": text, "{pair}": pair}.get(piece, piece)
            if value is None:
                raise InputError(one_line("an example of one text", "a pair of texts", "pass pair="))
            if _PLACES.fullmatch(piece):
                starts.append(len(filled))
                ends.append(len(filled) + len(value))
            filled += value
        return Prompt(filled, self.prefix, (min(starts), max(ends)))

    def contrast(self, aspect: str, label: str, text: str, pair: str | None = None) -> Prompt:
        """The prompt of an example seen from the perspective of a label, its own or another."""
        opening = f'Infer the {self.noun} from the perspective of the {aspect} "{label}".\n'
        return _after(opening, self.prompt(text, pair))

    def few_shot(self, examples: Sequence[tuple[str, ...]], text: str, pair: str | None = None) -> Prompt:
        """Answered examples, (text, label) or (text, pair, label), before the open one; blank lines between them."""
        opening = "".join(self._answered(*example[:-1], label=example[-1]) + "\n\n" for example in examples)
        return _after(opening, self.prompt(text, pair))

    def _answered(self, *texts: str, label: str) -> str:
        prompt = self.prompt(*texts)
        return f"{prompt.text}\n{prompt.prefix} {label}"


def default_template(aspect: str, *, noun: str = "dialogue", pairs: bool = False) -> Template:
    """Aspect "emotion" gives "Dialogue: {text}" and "Emotion:"; pairs are two numbered sentences."""
    prefix = f"{_capitalised(aspect)}:"
    if pairs:
        return Template("Sentence 1: {text}\nSentence 2: {pair}", prefix, "sentences")
    return Template(f"{_capitalised(noun)}: {{text}}", prefix, noun)


def read_template(path: str | Path, *, pairs: bool, noun: str = "dialogue") -> Template:
    """The template in a text file: its last line is the beginning of the answer, the lines before hold {text}.

    A task of pairs needs {pair} too. Raises InputError for a file that cannot be read or has other placeholders.
    """
    wanted = ["{pair}", "{text}"] if pairs else ["{text}"]
    shape = f"{' and '.join(reversed(wanted))} once each before a last line that begins the answer, like 'Emotion:'"
    try:
        *lines, prefix = Path(path).read_text(encoding="utf-8-sig").strip("\n").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(one_line(f"prompt file {path}", "a UTF-8 text file", f"check it ({error})")) from None
    except ValueError:  # an empty file has no last line
        raise InputError(one_line(f"prompt file {path} is empty", shape, "write both")) from None
    text = "\n".join(lines).rstrip()
    if sorted(_PLACES.findall(text)) != wanted or _PLACES.search(prefix) or not prefix.strip():
        raise InputError(one_line(f"prompt file {path}", shape, "correct it"))
    return Template(text, prefix.rstrip(), noun)


def _after(opening: str, prompt: Prompt) -> Prompt:
    """`prompt` behind `opening`, its content moved along."""
    start, end = prompt.content or (0, len(prompt.text))
    return Prompt(opening + prompt.text, prompt.prefix, (start + len(opening), end + len(opening)))


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]
