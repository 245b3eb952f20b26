"""What the attention refinement of IC-ICL looks at: how sure it is, and whether it only repeats what it was told.

The state already holds the sum of the retrieved labels' directions, so attention tends to choose them again (choice
A21): an agreement near 1 says that it adds strength and no opinion.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line
from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.methods._ic_icl import attention, label_shares, space_of, steering_plan
from infoplane.methods._method import Choices
from infoplane.models import Select, Watched, attention_entropy

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split


def attention_told(setting: "Setting", queries: "Split", choices: Choices) -> dict[str, Estimate]:
    """`entropy` in nats of g at the last prompt token, and `agreement` of its argmax with the retrieved majority.

    Means over the queries and the layers of the band, intervals by group. Ceiling of the entropy: log K, all labels
    alike. Raises InputError for choices without attention.
    """
    if not choices["attention"]:
        raise InputError(one_line("choices without attention", "a share above 0", 'set choices["attention"]'))
    told = label_shares(setting, setting.nearest(queries, choices["k"]), choices)
    space = space_of(setting, choices["directions"])
    plain = steering_plan(space, told, {**choices, "attention": 0.0}, choices["coefficient"])
    (edit,) = plain.edits
    watched = Watched(attention(space, choices, choices["coefficient"]), len(queries))
    plan = replace(plain, edits=(replace(edit, changes=(*edit.changes, watched)),))
    with setting.lm.steer(plan):
        setting.lm.read(setting.prompts(queries), Select(layers=setting.lm.layers))
    entropies = attention_entropy(watched.attention).mean(axis=1)
    agree = (watched.attention.argmax(axis=-1) == told.argmax(axis=1)[:, None]).mean(axis=1)
    return {
        "entropy": bootstrap_mean(entropies, queries.groups, seed=setting.seed),
        "agreement": bootstrap_mean(agree, queries.groups, units="fraction", seed=setting.seed),
    }
