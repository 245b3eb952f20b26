"""Every method by its name, in the order in which tables show them."""

from collections.abc import Mapping
from types import MappingProxyType

from infoplane.methods._combined import IC_ICL_AND_VOTE, PROMPT_AND_VOTE
from infoplane.methods._controls import ORACLE, RANDOM
from infoplane.methods._ic_icl import IC_ICL, SAME_EXAMPLES
from infoplane.methods._icl import ICL
from infoplane.methods._in_context_vectors import IN_CONTEXT_VECTORS
from infoplane.methods._knn_vote import TUNED_VOTE, VOTE
from infoplane.methods._method import Method
from infoplane.methods._prompt import CALIBRATED, PROMPT

_ALL = (
    *(PROMPT, CALIBRATED, ICL, IN_CONTEXT_VECTORS, VOTE, TUNED_VOTE, PROMPT_AND_VOTE),
    *(SAME_EXAMPLES, IC_ICL, IC_ICL_AND_VOTE, RANDOM, ORACLE),
)

METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ALL})
