"""The processes that train together, by Accelerate: what they sum, gather and share. One process does none of it."""

import atexit
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from infoplane._errors import InfoplaneError

_BUCKET = 1 << 24  # elements summed at once: what is copied beside the gradients stays below 64 MB
_PATIENCE = timedelta(days=1)  # the main process measures planes while the others wait
_Value = TypeVar("_Value")


class Devices:
    """The devices of a run: as many processes as `accelerate launch` or `torchrun` started, otherwise this one.

    device  where this process computes: the device given, or this process's own of that kind among several
    rank, world   this process and how many there are   main  whether it is the one that writes
    """

    def __init__(self, device: torch.device | str) -> None:
        from accelerate import PartialState

        wanted = torch.device(device)
        state = PartialState(cpu=wanted.type == "cpu", timeout=_PATIENCE)
        self.rank: int = state.process_index
        self.world: int = state.num_processes
        self.device = wanted if wanted.type == "cpu" or self.world == 1 else state.device
        if self.world > 1:
            atexit.register(state.destroy_process_group)

    @property
    def main(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return self.rank == 0

    def sum_(self, tensors: Iterable[Tensor]) -> None:
        """Put in place of every tensor its sum over all processes; all give the same shapes in the same order."""
        if self.world == 1:
            return
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
            distributed.all_reduce(flat)
            for tensor, part in zip(bucket, torch.split(flat, [tensor.numel() for tensor in bucket]), strict=True):
                tensor.copy_(part.view_as(tensor))

    def summed(self, tensor: Tensor) -> Tensor:
        """The sum of `tensor` over all processes; `tensor` stays as it is."""
        if self.world == 1:
            return tensor
        total = tensor.detach().clone()
        self.sum_([total])
        return total

    def gather(self, rows: Tensor) -> tuple[Tensor, slice]:
        """The rows (n_r, ...) of all processes in the order of their ranks, and where this process's own stand."""
        if self.world == 1:
            return rows, slice(0, len(rows))
        counts = self._counts(len(rows))
        padded = rows.new_zeros((max(counts), *rows.shape[1:]))
        padded[: len(rows)] = rows.detach()
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        start = sum(counts[: self.rank])
        together = torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])
        return together, slice(start, start + len(rows))

    def barrier(self) -> None:
        """Wait until every process is here."""
        self.share(None)

    def share(self, value: Any) -> Any:
        """The main process's `value`, plain as in JSON, in all of them."""
        if self.world == 1:
            return value
        box = [value if self.main else None]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def on_main(self, do: Callable[[], _Value]) -> _Value:
        """What `do` gives in the main process, in all of them; its InfoplaneError is raised in all of them too."""
        if self.world == 1:
            return do()
        value, error = self.share(_outcome(do) if self.main else None)
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]

    def _counts(self, count: int) -> list[int]:
        own = torch.tensor([count], device=self.device)
        parts = [torch.empty_like(own) for _ in range(self.world)]
        distributed.all_gather(parts, own)
        return [int(part) for part in parts]


def _outcome(do: Callable[[], _Value]) -> tuple[_Value | None, InfoplaneError | None]:
    try:
        return do(), None
    except InfoplaneError as error:
        return None, error


def _buckets(tensors: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """The tensors in their order, in lists of one dtype and at most a bucket's elements."""
    bucket: list[Tensor] = []
    for tensor in tensors:
        if bucket and (tensor.dtype != bucket[0].dtype or sum(map(Tensor.numel, bucket)) + tensor.numel() > _BUCKET):
            yield bucket
            bucket = []
        bucket.append(tensor)
    if bucket:
        yield bucket
