"""Plain sentences about nothing in particular, on which the cost of steering is counted in nats a token."""

from collections.abc import Sequence

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt

_ASK = "Here are some plain facts."
_READ = 1 / 3  # of the words of a passage are its opening

PASSAGES = (
    "The river begins in the hills and runs south for two hundred miles before it reaches the sea near the port.",
    "The library opens at nine on weekdays and at ten on Saturday. Books may be kept for three weeks.",
    "Water boils at a lower temperature on a mountain than at the coast, because the air there is thinner.",
    "The train leaves from platform two every half hour and stops at all stations on the way to the city.",
    "A square has four sides of the same length and four right angles. A rectangle only needs the angles.",
    "The town hall was built of brick and has a tower with a clock that faces the market place.",
    "Most of the rooms have two windows and a door to the corridor. The kitchen is at the end on the left.",
    "To plant a bean, make a hole as deep as a finger, put the bean in, cover it with earth and add some water.",
    "The moon goes around the earth in about four weeks, and always turns the same side to us.",
    "The shop sells paper, pens and string and is closed at noon. There is a second one near the bridge.",
    "Glass is made from sand that is heated until it melts. It can then be blown, rolled or poured into a form.",
    "The map shows the roads in red and the paths in green. One inch on it stands for one mile.",
    "In the north the winters are long and the days are short, while the summers are cool and light.",
    "The box is made of wood and measures ten inches by six. It has a lid with two small hinges.",
    "Copper carries electricity well and is therefore used for wires. It turns green when it stands in the rain.",
    "The committee meets on the first Monday of every month. Its notes are kept and sent to all members.",
)


def openings(passages: Sequence[str]) -> tuple[list[Prompt], list[str]]:
    """A prompt that begins each passage, and how the passage goes on, which is steered from the opening's last token.

    A model with a chat template reads the opening as an answer that has begun. Raises InputError for a passage of under
    three words and for fewer than two passages.
    """
    words = [passage.split() for passage in passages]
    if len(words) < 2 or min(map(len, words)) < 3:
        came = f"{len(words)} passages of at least {min(map(len, words), default=0)} words"
        raise InputError(one_line(came, "two or more of at least three words", "give other neutral text"))
    cuts = [max(1, round(len(each) * _READ)) for each in words]
    prompts = [Prompt(_ASK, " ".join(each[:cut])) for each, cut in zip(words, cuts, strict=True)]
    return prompts, [" " + " ".join(each[cut:]) for each, cut in zip(words, cuts, strict=True)]
