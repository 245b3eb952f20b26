"""Every method by its name, in the order in which tables show them."""

from collections.abc import Mapping
from types import MappingProxyType

from infoplane.methods._method import Method
from infoplane.methods._prompt import PROMPT

_ALL = (PROMPT,)

METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _ALL})
