"""Which private parts of a text are found, in what order, and which patterns are refused."""

import pytest

from infoplane._errors import InputError
from infoplane.measures._audit import find_spans


def found(text: str, **asked: object) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_spans([text], **asked)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to jo.doe+x@mail.example.org, please", "email", "jo.doe+x@mail.example.org"),
        ("it was on 2024-05-01 at noon", "date", "2024-05-01"),
        ("it was on 1.5.2024.", "date", "1.5.2024"),
        ("it was on 03/11/98 at noon", "date", "03/11/98"),
        ("it was on 5th of May 2024 at noon", "date", "5th of May 2024"),
        ("it was on December 24, 2023 at noon", "date", "December 24, 2023"),
        ("call +49 (0)30 123-4567 today", "phone", "+49 (0)30 123-4567"),
        ("call 555 0123 4 today", "phone", "555 0123 4"),
        ("it cost 1,250.50 in all", "number", "1,250.50"),
        ("there were 3 of us", "number", "3"),
        ("then Anna Lena Müller came", "name", "Anna Lena Müller"),
        ("yes, Tom came", "name", "Tom"),
        ("we met O’Neil-Smith there", "name", "O’Neil-Smith"),
        ("we met Ian McDonald there", "name", "Ian McDonald"),
    ],
)
def test_each_kind_is_found_whole(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "Anna came first. Tom came next! Yes? Maybe.",
        "so I went on Monday in March",
        "at mid-May NASA said v2x and a1b2 no",
        "",
    ],
)
def test_what_begins_a_sentence_or_is_no_name_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_spans_do_not_overlap_and_stand_in_order() -> None:
    text = "mail Ann at ann7@x.de or 0171 2345678 by 2024-01-31, she has 2 phones"
    assert found(text) == [
        ("name", "Ann"),
        ("email", "ann7@x.de"),
        ("phone", "0171 2345678"),
        ("date", "2024-01-31"),
        ("number", "2"),
    ]


def test_only_kinds_asked_for_are_told_but_all_are_looked_for() -> None:
    text = "at 2024-01-31 he had 7"
    assert found(text, kinds=("number",)) == [("number", "7")]


def test_values_of_ones_own_are_whole_words_in_any_case_and_longer_ones_first() -> None:
    text = "the acme (west) man of ACME met acmeist C++ people"
    listed = {"client": ["acme", "Acme (West)", "c++", " "]}
    assert found(text, kinds=(), patterns=listed) == [("client", "acme (west)"), ("client", "ACME"), ("client", "C++")]


def test_a_pattern_of_ones_own_comes_first() -> None:
    text = "ticket #4711 of Ann"
    assert found(text, patterns={"ticket": r"#\d+"}) == [("ticket", "#4711"), ("name", "Ann")]
    assert found(text, kinds=(), patterns={"ticket": r"#\d+"}) == [("ticket", "#4711")]


def test_kinds_may_name_patterns() -> None:
    found = find_spans(["order #12 of 2024-05-06 for 7"], kinds=("order",), patterns={"order": "#[0-9]+"})
    assert [span.kind for span in found] == ["order"]


def test_rows_say_which_text() -> None:
    assert [span.row for span in find_spans(["no", "so 1 and 2", "and 3"])] == [1, 1, 2]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kinds": ("phones",)}, "kind of span 'phones'"),
        ({"patterns": {"a": "("}}, "pattern a='\\('"),
        ({"patterns": {"a": "x*"}}, "does not match nothing"),
        ({"patterns": {"email": "x"}}, "another name"),
        ({"patterns": {"a": [" "]}}, "without one"),
        ({"patterns": {"a": "zz"}}, "found in none of 1 texts"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_one_line(asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        find_spans(["some text"], **asked)
    assert "\n" not in str(error.value)
