"""MinCMI: features of a class are drawn to the centroid of their class."""

from typing import ClassVar

from torch import Tensor

from infoplane.objectives._batch import Batch
from infoplane.objectives._centroids import Rule
from infoplane.objectives._class_spread import ClassSpread
from infoplane.objectives._cmi import Normalisation, Transform
from infoplane.objectives._objective import Refresh


class MinCMI(ClassSpread):
    """L = CE + w I(X;Z|Y) (equation 13 of the CMI paper), in nats.

    weight         lambda, in units of `normalisation`
    centroids      `ema` a running mean over batches, set from all examples at every epoch; `full_pass` only set then;
                   `inbatch` those of the whole batch, with m / (m - 1), at least two examples of each of its classes;
                   `class_minibatch` a running mean over 8 drawn examples of every class of a batch (CMIC-DL)
    normalisation  `empirical`, `balanced` (by the classes' frequencies in training), or `paper`: equation 14 over n, so
                   that lambda 1 is lambda 1/C of `empirical`
    temperature, transform  of f, see `log_simplex`;   decay  of a running mean, a step

    Any centroids make an upper bound of I(X;Z|Y), lowest at the true ones (equation 14): old ones do no harm, and no
    gradient has to reach them. With `inbatch` examples meet: the gradient is that of the whole batch where the batch
    gives `others`, and of the part alone where it does not.
    """

    name: ClassVar[str] = "min-cmi"
    rules: ClassVar[tuple[Rule, ...]] = ("ema", "inbatch", "class_minibatch", "full_pass")

    def __init__(
        self,
        weight: float = 0.2,
        centroids: Rule = "ema",
        normalisation: Normalisation = "empirical",
        temperature: float = 1.0,
        transform: Transform = "softmax",
        decay: float = 0.99,
    ) -> None:
        super().__init__(weight, centroids, normalisation, temperature, transform, decay)

    @property
    def refresh(self) -> Refresh:
        """Every epoch, for centroids that need it."""
        return "epoch" if self.weight and self.rule in ("ema", "full_pass") else "never"

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at weight 0."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        cmi = batch.over_examples(self._spread(batch)[0])
        self.parts["cmi"] = cmi.detach()
        return loss + self.weight * cmi
