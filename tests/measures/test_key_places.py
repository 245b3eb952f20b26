"""Where plans edit: every place once, named as the ledger names it."""

from infoplane.measures._key_places import Place, places


def test_a_single_layer_or_step_is_a_coordinate_and_a_range_is_a_role() -> None:
    told = {
        ("3", "1"): {"layer": 3, "step": 1, "role": None},
        ("3-6", "1"): {"layer": None, "step": 1, "role": "3-6"},
        ("3", "1-2"): {"layer": 3, "step": None, "role": "1-2"},
        ("3-6", "4-5"): {"layer": None, "step": None, "role": "layers=3-6 steps=4-5"},
    }
    assert {place: Place(*place).where for place in told} == told


def test_every_step_band_and_cell_is_there_once() -> None:
    found = places(layers=(1, 2, 3, 4, 5, 6), middle=(2, 3, 4), last_step=2)
    whole = [(place.layers, place.steps) for place in found if not place.cell]
    assert whole == [
        ("2-4", "1-2"),
        ("2-4", "0"),
        ("2-4", "1"),
        ("2-4", "2"),
        ("1", "1-2"),
        ("5-6", "1-2"),
        ("1-6", "1-2"),
    ]
    cells = [(place.layers, place.steps) for place in found if place.cell]
    assert len(cells) == 6 * 3
    assert len({tuple(place.where.values()) for place in found}) == len(found)


def test_a_band_of_one_layer_is_no_cell_too() -> None:
    found = places(layers=(1, 2, 3), middle=(2,), last_step=1)
    assert [(place.layers, place.steps) for place in found if not place.cell] == [
        ("2", "1"),
        ("2", "0"),
        ("1", "1"),
        ("3", "1"),
        ("1-3", "1"),
    ]
    assert [(place.layers, place.steps) for place in found if place.cell] == [("1", "0"), ("3", "0")]


def test_only_step_0_edits_the_prompt_and_cells_are_tried_with_less() -> None:
    assert Place("2", "0").prompt
    assert not Place("2", "1-2").prompt
    assert len(Place("2", "1").edits) == 9
    assert {edit.method for edit in Place("2", "1", cell=True).edits} == {
        *("oracle add", "random add", "oracle erase", "random erase"),
    }
