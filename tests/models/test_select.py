"""The selection language: one object for text and keywords, and errors that show what was written."""

import dataclasses
import subprocess
import sys

import pytest

from infoplane._errors import InputError
from infoplane.models import Select


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("", {}),
        (
            "layers=4-8 site=mlp tokens=content reduce=mean",
            {"layers": "4-8", "site": "mlp", "tokens": "content", "reduce": "mean"},
        ),
        ("layers=4-6", {"layers": [4, 5, 6]}),
        ("layers=4-6", {"layers": range(4, 7)}),
        ("layers=3", {"layers": 3}),
        ("layers=0,-1,final", {"layers": (0, -1, "final")}),
        ("tokens=-3--1", {"tokens": [-3, -2, -1]}),
        ('tokens="span:in love" reduce=last', {"tokens": "span:in love", "reduce": "last"}),
        ("steps=0-2", {"steps": (0, 1, 2)}),
    ],
)
def test_text_and_keywords_are_the_same_clause(text, keywords):
    assert Select.parse(text) == Select(**keywords)
    assert hash(Select.parse(text)) == hash(Select(**keywords))
    assert Select.parse(str(Select(**keywords))) == Select(**keywords)


def test_a_select_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Select().layers = "1"


@pytest.mark.parametrize(
    ("clauses", "blocks", "layers"),
    [
        ({}, 3, (0, 1, 2, 3)),
        ({"site": "mlp"}, 3, (1, 2, 3)),
        ({"layers": -1}, 8, (8,)),
        ({"layers": "-3--1"}, 8, (6, 7, 8)),
        ({"layers": "5--1"}, 8, (5, 6, 7, 8)),
        ({"layers": "final,0,0,2-3"}, 8, ("final", 0, 2, 3)),
        ({"layers": 1, "site": "head"}, 1, (1,)),
    ],
)
def test_layers_are_resolved_against_the_blocks(clauses, blocks, layers):
    assert Select(**clauses).resolve_layers(blocks) == layers


@pytest.mark.parametrize(
    ("clauses", "has"),
    [
        ({"layers": 12}, "0-8"),
        ({"layers": -10}, "0-8"),
        ({"layers": "6-9"}, "0-8"),
        ({"layers": 0, "site": "mlp"}, "1-8"),
        ({"layers": "final", "site": "attention"}, "1-8"),
    ],
)
def test_a_layer_the_model_lacks_is_shown_with_what_was_written(clauses, has):
    with pytest.raises(InputError, match=f"layers={clauses['layers']}.*layers {has}"):
        Select(**clauses).resolve_layers(8)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("layer=3", "layers, site, steps, tokens, reduce"),
        ("layers", "clause=value"),
        ("layers=three", "'three' is no layer"),
        ("layers=8-4", "write 4-8"),
        ("layers=1 layers=2", "given twice"),
        ("site=mpl", "residual, attention, mlp, head"),
        ("reduce=max", "none, mean, sum, last"),
        ("tokens=first", "'first' is no token"),
        ("tokens=span:", "span is empty"),
        ("steps=final", "'final' is no step"),
        ('tokens="span:open', "No closing quotation"),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_was_written(text, says):
    with pytest.raises(InputError, match=says) as error:
        Select.parse(text)
    assert text.split("=")[-1].strip('"') in str(error.value)
    assert "\n" not in str(error.value)


def test_steps_and_positions_are_resolved():
    assert Select().resolve_steps(3) == (0, 1, 2, 3)
    assert Select(steps="1-2,2").resolve_steps(3, first=1) == (1, 2)
    assert Select(tokens="-1,0-1").resolve_positions(5) == [0, 1, 4]
    with pytest.raises(InputError, match=r"step 4.*steps 0-3"):
        Select(steps=4).resolve_steps(3)
    with pytest.raises(InputError, match=r"token -6.*5 tokens"):
        Select(tokens=-6).resolve_positions(5)


def test_parsing_does_not_need_torch():
    code = "import sys, infoplane.models as m; m.Select.parse('layers=1'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
