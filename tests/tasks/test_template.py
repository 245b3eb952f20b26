from pathlib import Path

import pytest

from infoplane._errors import InputError
from infoplane._prompt import Prompt
from infoplane.tasks._template import Template, default_template, read_template


def content(prompt: Prompt) -> str:
    assert prompt.content is not None
    start, end = prompt.content
    return prompt.text[start:end]


def test_zero_shot_prompt_is_the_one_the_embedded_model_knows() -> None:
    assert default_template("emotion").prompt("I won.") == Prompt("Dialogue: I won.", "Emotion:", (10, 16))


def test_contrast_prompt_states_the_perspective_first() -> None:
    prompt = default_template("emotion").contrast("emotion", "joyful", "I won.")
    assert prompt.text == 'Infer the dialogue from the perspective of the emotion "joyful".\nDialogue: I won.'
    assert prompt.prefix == "Emotion:"
    assert content(prompt) == "I won."


def test_few_shot_prompt_is_answered_blocks_before_an_open_one() -> None:
    prompt = default_template("emotion").few_shot([("I lost.", "sad"), ("Hm.", "bored")], "I won.")
    assert prompt.text == "Dialogue: I lost.\nEmotion: sad\n\nDialogue: Hm.\nEmotion: bored\n\nDialogue: I won."
    assert content(prompt) == "I won."
    assert default_template("emotion").few_shot([], "I won.") == default_template("emotion").prompt("I won.")


def test_pairs_are_two_numbered_sentences() -> None:
    template = default_template("entailment", pairs=True)
    prompt = template.few_shot([("A.", "B.", "yes")], "C.", "D.")
    assert prompt.text == "Sentence 1: A.\nSentence 2: B.\nEntailment: yes\n\nSentence 1: C.\nSentence 2: D."
    assert content(prompt) == "C.\nSentence 2: D."


def test_braces_in_texts_are_text() -> None:
    wild = "{pair} {text} {0} {label!r} \\1 %s"
    prompt = default_template("emotion", pairs=True).prompt(wild, wild)
    assert prompt.text == f"Sentence 1: {wild}\nSentence 2: {wild}"


def test_a_pair_that_is_not_given_is_an_error() -> None:
    with pytest.raises(InputError, match="an example of one text: expected a pair"):
        default_template("entailment", pairs=True).prompt("alone")


def test_read_template_takes_the_last_line_as_the_beginning_of_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text("\ufeffRead {this}:\n\n{text}\n\nMood:\n\n", encoding="utf-8")
    template = read_template(file, pairs=False)
    assert template == Template("Read {this}:\n\n{text}", "Mood:")
    assert template.prompt("{}") == Prompt("Read {this}:\n\n{}", "Mood:", (14, 16))


def test_read_template_lets_the_second_text_come_first(tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text("{pair} answers {text}\nTrue:", encoding="utf-8")
    prompt = read_template(file, pairs=True).prompt("Q?", "A.")
    assert prompt.text == "A. answers Q?"
    assert content(prompt) == "A. answers Q?"


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("", False),
        ("{text}", False),
        ("no place\nMood:", False),
        ("{text} {text}\nMood:", False),
        ("{text} {pair}\nMood:", False),
        ("{text}\nMood:", True),
        ("Read\n{text}", False),
        ("{text}\n  ", False),
    ],
)
def test_read_template_refuses_wrong_placeholders(tmp_path: Path, written: str, pairs: bool) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(InputError, match=r"prompt file .* expected \{text\}"):
        read_template(file, pairs=pairs)


def test_read_template_needs_a_text_file(tmp_path: Path) -> None:
    binary = tmp_path / "prompt.txt"
    binary.write_bytes(b"\xff\xfe{text}\nMood:")
    for path in (tmp_path / "nothing.txt", tmp_path, binary):
        with pytest.raises(InputError, match="expected a UTF-8 text file"):
            read_template(path, pairs=False)
