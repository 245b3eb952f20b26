import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane._errors import InputError
from infoplane.estimators import FLAGS, Estimate


def estimate(**fields):
    return Estimate(**{"value": 1.0, "n": 10, "estimator": "made_up"} | fields)


def test_an_estimate_is_a_number():
    assert float(estimate(value=0.25)) == 0.25


def test_bits_are_nats_over_log_two_and_every_information_field_follows():
    nats = estimate(
        value=math.log(2), low=0.0, high=math.log(4), null_mean=0.0, null_high=math.log(2), ceiling=math.log(8)
    )
    bits = nats.to("bits")
    assert bits.units == "bits"
    assert (bits.value, bits.low, bits.high, bits.null_high, bits.ceiling) == pytest.approx((1, 0, 2, 1, 3))
    assert bits.to("nats").value == pytest.approx(nats.value)


def test_same_units_change_nothing():
    one = estimate()
    assert one.to("nats") is one


@pytest.mark.parametrize(("units", "to"), [("fraction", "bits"), ("nats", "seconds")])
def test_units_that_are_no_information_are_refused(units, to):
    with pytest.raises(InputError, match="nats or bits"):
        estimate(units=units).to(to)


@pytest.mark.parametrize(("field", "word"), [("kind", "guess"), ("units", "hartleys"), ("flags", ("nonsense",))])
def test_unknown_words_are_refused(field, word):
    with pytest.raises(InputError, match="one of"):
        estimate(**{field: word})


def test_flagging_keeps_order_and_repeats_nothing():
    assert estimate(flags=("negative",)).flagged("few_samples", "negative").flags == (
        "negative",
        "few_samples",
    )


def test_printed_form_names_value_interval_units_and_flags():
    assert str(estimate(value=0.5, low=0.25, high=0.75, flags=("negative",))) == "0.5 [0.25, 0.75] nats (negative)"
    assert str(estimate(value=2.0, units="seconds")) == "2 seconds"


@settings(deadline=None)
@given(st.floats(-10, 10), st.sampled_from(["nats", "bits", "fraction"]), st.sets(st.sampled_from(sorted(FLAGS))))
def test_a_row_of_json_gives_the_same_estimate_back(value, units, flags):
    one = estimate(value=value, units=units, flags=tuple(flags), null_mean=0.1)
    row = json.loads(json.dumps(one.as_dict() | {"layer": 3}))
    assert Estimate.from_dict(row) == one


def test_every_flag_has_a_meaning_and_a_remedy():
    for meaning, remedy in FLAGS.values():
        assert meaning.endswith(".")
        assert remedy.endswith(".")
