"""Knowledge distillation: a student learns from a teacher's softened predictions."""

from typing import ClassVar

from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch
from infoplane.objectives._checks import above_zero, at_most_one, given
from infoplane.objectives._objective import Objective
from infoplane.objectives._soft import divergence, log_probabilities


def distillation_divergence(logits: Tensor, teacher: Tensor, temperature: float = 1.0, *, t2: bool = True) -> Tensor:
    """T^2 KL(softmax(teacher / T) || softmax(logits / T)) of every row (m,), in nats; both logits (m, C).

    t2: without the factor T^2 the gradient falls as 1/T^2, so that T changes the weight of the term too.
    Source: Hinton et al. 2015, section 2. Raises InputError where the two have different classes or tokens.
    """
    if logits.shape != teacher.shape:
        came = f"teacher logits {tuple(teacher.shape)} beside the student's {tuple(logits.shape)}"
        raise InputError(one_line(came, "the same classes or vocabulary", "choose a teacher that shares them"))
    soft = divergence(log_probabilities(teacher, temperature), log_probabilities(logits, temperature))
    return soft * temperature**2 if t2 else soft


class Distillation(Objective):
    """L = (1 - alpha) CE + alpha T^2 KL(teacher || student), both softened by T, in nats.

    alpha        the teacher's share, from 0 to 1; also `weight`
    temperature  T, above 0
    t2           False: without the factor T^2, the literal equation 8 of the CMI paper

    Source: Hinton et al. 2015; CMI paper, equation 8.
    """

    name: ClassVar[str] = "distillation"

    def __init__(self, alpha: float = 0.5, temperature: float = 2.0, *, t2: bool = True) -> None:
        super().__init__(alpha)
        at_most_one(alpha, f"alpha of {self.name}")
        self.temperature, self.t2 = above_zero(temperature, self.name), t2

    @property
    def needs(self) -> frozenset[str]:
        """The teacher's logits."""
        return frozenset({"teacher"} if self.weight else ())

    def forward(self, batch: Batch) -> Tensor:
        """The loss of `batch`; nothing but cross-entropy at alpha 0. Raises InputError without a teacher's logits."""
        loss = self._cross_entropy(batch)
        if not self.weight:
            return loss
        teacher = given(batch, "teacher", self.name).detach()
        soft = batch.over_places(distillation_divergence(batch.logits, teacher, self.temperature, t2=self.t2))
        self.parts["distillation"] = soft.detach()
        return (1 - self.weight) * loss + self.weight * soft

    def settings(self) -> dict[str, object]:
        """What run.json says of it."""
        return {"name": self.name, "alpha": self.weight, "temperature": self.temperature, "t2": self.t2}
