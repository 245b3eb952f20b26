"""Every method by its name, in the order in which tables show them."""

from collections.abc import Mapping
from types import MappingProxyType

from infoplane.methods._icl import ICL
from infoplane.methods._knn_vote import TUNED_VOTE, VOTE
from infoplane.methods._method import Method
from infoplane.methods._prompt import CALIBRATED, PROMPT

_ALL = (PROMPT, CALIBRATED, ICL, VOTE, TUNED_VOTE)

METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ALL})
