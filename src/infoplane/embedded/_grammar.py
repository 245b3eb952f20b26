"""Situations: a thing comes up, somebody cares about it, somebody settles it."""

import random

from infoplane.embedded._appraisal import APPRAISALS
from infoplane.embedded._lexicon import ACTS, CARES, DREADED, FAILS, HAPPENS, OPENINGS, PLACES, TIMES, WISHED

HAPPENS_SHARE = 0.8  # off one half, the wish alone leans towards an emotion: a slope for learning to start on


def situation(rng: random.Random, emotion: str, name: str, thing: str) -> str:
    """One situation that tells `emotion` of the person who says "I", between them and `name`, about `thing`.

    The wish, the end and their order are drawn from `rng`; a good end is wished for and happens, or dreaded and fails.
    """
    appraisal = APPRAISALS[emotion]
    happens = rng.random() < HAPPENS_SHARE
    wish = rng.choice(WISHED if happens == appraisal.good else DREADED)
    end = rng.choice((HAPPENS if happens else FAILS)[appraisal.past])
    clauses = [
        rng.choice(CARES).format(wish=wish, **_people(appraisal.mine, name)),
        rng.choice(ACTS[appraisal.past]).format(end=end.capitalize(), **_people(appraisal.own, name)),
    ]
    if rng.random() < 0.5:
        clauses.reverse()
    opening = rng.choice(OPENINGS).format(time=rng.choice(TIMES), place=rng.choice(PLACES), name=name, thing=thing)
    return " ".join([opening, *clauses])


def _people(me: bool, name: str) -> dict[str, str]:
    """Who is the person meant, x, and who the other one, y."""
    return {"x": "I", "y": name} if me else {"x": name, "y": "I"}
