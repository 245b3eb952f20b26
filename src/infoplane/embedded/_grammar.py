"""Situations: a thing comes up, it matters to somebody, somebody settles how it ends."""

import random

from infoplane.embedded._appraisal import APPRAISALS
from infoplane.embedded._lexicon import ACTS, CARES, ENDS, GOOD_AND_BAD, NEEDED, OPENINGS, PLACES, TIMES


def situation(rng: random.Random, emotion: str, name: str, thing: str) -> str:
    """One situation that tells `emotion` of the person who says "I", between them and `name`, about `thing`.

    Its phrases and the order of its clauses are drawn from `rng`, alike for every emotion.
    """
    told = APPRAISALS[emotion]
    clauses = [
        rng.choice(CARES).format(needed=rng.choice(NEEDED), **_people(told.mine, name)),
        rng.choice(ACTS[told.past]).format(end=_end(rng, told.good, told.past), **_people(told.own, name)),
    ]
    if rng.random() < 0.5:
        clauses.reverse()
    opening = rng.choice(OPENINGS).format(time=rng.choice(TIMES), place=rng.choice(PLACES), name=name, thing=thing)
    return " ".join([opening, *clauses])


def _end(rng: random.Random, good: bool, past: bool) -> str:
    """How it ends: the good of two words and not the bad, or the reverse."""
    better, worse = rng.choice(GOOD_AND_BAD)
    p, q = (better, worse) if good else (worse, better)
    return rng.choice(ENDS[past]).format(p=p, q=q).capitalize()


def _people(me: bool, name: str) -> dict[str, str]:
    """Who is the person meant, x, and who the other one, y."""
    return {"x": "I", "y": name} if me else {"x": name, "y": "I"}
