"""What of the private parts of a text can be read back from its embedding, certified."""

from infoplane.measures._audit._audit import audit
from infoplane.measures._audit._said import CAVEATS
from infoplane.measures._audit._spans import KINDS, Span, find_spans

__all__ = ["CAVEATS", "KINDS", "Span", "audit", "find_spans"]
