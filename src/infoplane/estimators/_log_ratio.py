"""Rules that say how much more likely a pair is together than apart, and what they are worth on unseen pairs."""

from typing import Protocol

from infoplane.estimators._arrays import Floats


class LogRatio(Protocol):
    """A fitted model of log p(x, y) / (p(x) p(y)) in nats, for rows it has not seen.

    What makes one, such as `fit_pairs` or `fit_student`, takes training rows x (n, d), y (n, e) and returns it.
    """

    def variates(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """White coordinates (n, m) of `x` (n, d) and (n, m) of `y` (n, e), paired column by column."""
        ...

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Log-ratio (n,) of each row of `x` (n, d) with the same row of `y` (n, e)."""
        ...

    def log_ratios(self, x: Floats, y: Floats) -> Floats:
        """Log-ratios (n, m) of every row of `x` (n, d) with every row of `y` (m, e)."""
        ...
