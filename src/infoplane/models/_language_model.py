"""`LanguageModel`: a Hugging Face network and its tokenizer, read, scored and continued without changing either."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import torch
from numpy.typing import NDArray

from infoplane._errors import InputError, ModelError, one_line
from infoplane._prompt import Prompt
from infoplane.models._aim import Aim
from infoplane.models._anatomy import Anatomy, find_anatomy, head_agreement
from infoplane.models._fingerprint import fingerprint
from infoplane.models._generate import Generation, generate
from infoplane.models._lens import lens
from infoplane.models._lineage import Lineage
from infoplane.models._plan import Plan
from infoplane.models._read import Progress, read_states
from infoplane.models._render import Encoded, Renderer
from infoplane.models._score import score_labels
from infoplane.models._select import Layer, Select
from infoplane.models._states import States, Store
from infoplane.models._steer import Steering
from infoplane.models._stream import Stream, pad_rows

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Tokens of a batch, padding included, where the user names no batch size.
_TOKENS = {"cpu": 512, "mps": 8192, "cuda": 32768}

# Parameters below which a network on the CPU is small: it runs on one thread.
_SMALL = 50_000_000


class LanguageModel:
    """A decoder or encoder of L blocks. Layers: 0 the embedding output, l the residual stream after block l, "final".

    network     a Hugging Face network with or without its head; stays bit-identical
    tokenizer   its fast tokenizer
    name        what the model is called in results
    batch_size  "auto" (by tokens, fewer where the device has no room) or prompts per batch; never changes a result
    lineage     what it was trained from, None for a model that was not trained here

    `source` is the folder or hub name, and the revision, that `load_model` took it from.
    """

    def __init__(
        self,
        network: "PreTrainedModel",
        tokenizer: Any,
        *,
        name: str = "model",
        batch_size: int | Literal["auto"] = "auto",
        lineage: Lineage | None = None,
    ) -> None:
        if batch_size != "auto" and (not isinstance(batch_size, int) or batch_size < 1):
            raise InputError(one_line(f"batch size {batch_size!r}", '"auto" or a number from 1', "leave it out"))
        self.network, self.tokenizer, self.name, self.lineage = network, tokenizer, name, lineage
        self.batch_rows = None if batch_size == "auto" else int(batch_size)
        self.kind: Literal["decoder", "encoder"] = "decoder" if _is_decoder(network) else "encoder"
        self.anatomy: Anatomy = find_anatomy(network, decoder=self.kind == "decoder")
        self.steering: Steering | None = None
        self.source: tuple[str, str | None] | None = None
        self.renderer = Renderer(tokenizer, self.context, self.kind == "decoder")

    @property
    def layers(self) -> int:
        """Number of blocks L."""
        return len(self.anatomy.blocks)

    @property
    def width(self) -> int:
        """Width of the residual stream."""
        return int(self.anatomy.config.hidden_size)

    @property
    def device(self) -> torch.device:
        """Where the network's first parameter is."""
        return torch.device(next(self.network.parameters()).device)

    @cached_property
    def context(self) -> int:
        """Most tokens the network can read at once."""
        config = self.anatomy.config
        limits = [getattr(config, "max_position_embeddings", None), getattr(self.tokenizer, "model_max_length", None)]
        limit = min((int(limit) for limit in limits if limit), default=2**31)
        return limit - self._reserved_positions if limits[0] and limit == limits[0] else limit

    @property
    def _reserved_positions(self) -> int:
        """Positions that RoBERTa and its kin count but never use, as theirs begin after the padding's."""
        embeddings = getattr(self.anatomy.backbone, "embeddings", None)
        table = getattr(embeddings, "position_embeddings", None)
        padding = getattr(table, "padding_idx", None)
        return 0 if padding is None else int(padding) + 1

    @cached_property
    def fingerprint(self) -> str:
        """Binds results to this network and tokenizer: sha256 of shapes, a sample of the values, and the vocabulary."""
        return fingerprint(self.network, self.tokenizer)

    def descends_from(self, fingerprint: str) -> bool:
        """Whether it was trained from the model of this fingerprint, directly."""
        return self.lineage is not None and self.lineage.parent == fingerprint

    @property
    def answers(self) -> bool:
        """Whether it can answer a prompt: a decoder with the head that predicts tokens."""
        return self.kind == "decoder" and self.anatomy.head is not None

    @property
    def batch_tokens(self) -> int:
        """Tokens of a batch where no batch size was named."""
        return _TOKENS.get(self.device.type, _TOKENS["cpu"])

    @property
    def pad(self) -> int:
        """The token that fills rows up."""
        pad = self.tokenizer.pad_token_id
        return int(self.anatomy.config.pad_token_id or 0) if pad is None else int(pad)

    @overload
    def read(
        self,
        prompts: Sequence[Prompt | str],
        select: Select,
        *,
        store: Store | None = None,
        key: str = "",
        progress: Progress | None = None,
    ) -> States: ...
    @overload
    def read(
        self,
        prompts: Sequence[Prompt | str],
        select: Mapping[str, Select],
        *,
        store: Store | None = None,
        key: str = "",
        progress: Progress | None = None,
    ) -> dict[str, States]: ...
    def read(
        self,
        prompts: Sequence[Prompt | str],
        select: Select | Mapping[str, Select],
        *,
        store: Store | None = None,
        key: str = "",
        progress: Progress | None = None,
    ) -> States | dict[str, States]:
        """States of `prompts`, one forward for all selections: float32 (n, layers, width), in the order of `prompts`.

        With `store`, states are written batch by batch under `key` + the selection's name (`key` alone for a single
        selection), what stands there is not read again, and the result looks at the store. `progress(done, total)` is
        told after every batch. Raises InputError for a selection that the model or a prompt lacks, ModelError where
        states are not finite.
        """
        if store is not None and not key and isinstance(select, Select):
            raise InputError(one_line("a store without a key", "the name to keep the states under", 'pass key="..."'))
        selects = {"": select} if isinstance(select, Select) else dict(select)
        named = {key + name: one for name, one in selects.items()}
        states = read_states(self, prompts, named, store=store, progress=progress)
        return states[key] if isinstance(select, Select) else {name: states[key + name] for name in selects}

    def score(
        self,
        prompts: Sequence[Prompt | str],
        labels: Sequence[str],
        *,
        normalize: bool = False,
        calibrate: Prompt | str | None = None,
    ) -> NDArray[np.float64]:
        """Log p(label | prompt) in nats, (n, K) float64, each prompt computed once.

        `labels` continue the rendered prompt letter by letter, so a leading space belongs to them. `normalize` divides
        by the number of label tokens. `calibrate`: a content-free prompt, log p(label | it) is subtracted (contextual
        calibration, Zhao et al. 2021). Raises InputError for an encoder or an empty label.
        """
        return score_labels(self, prompts, labels, normalize=normalize, calibrate=calibrate)

    def generate(
        self,
        prompts: Sequence[Prompt | str],
        *,
        max_new_tokens: int = 16,
        stop: Sequence[str] = ("\n",),
        select: Select | None = None,
        store: Store | None = None,
        key: str = "",
        progress: Progress | None = None,
    ) -> Generation:
        """Greedy answers, and with `select` the states of the steps that emit them.

        An answer ends at the end-of-text token, at the first of `stop` (left out of its text), or after
        `max_new_tokens`. With `store`, the states of step t go to `key` + "step<t>", rows of running answers only.
        Raises InputError for an encoder or for a selection of other tokens than the emitting one.
        """
        return generate(
            self,
            prompts,
            max_new_tokens=max_new_tokens,
            stop=stop,
            select=select,
            store=store,
            key=key,
            progress=progress,
        )

    def lens(
        self, states: NDArray[np.float32], token_ids: Sequence[int], layers: Sequence[Layer] | None = None
    ) -> NDArray[np.float32]:
        """Logits of `token_ids` from states (n, layers, width) through final norm and unembedding: (n, layers, tokens).

        At layer L they are the network's own. `layers` says which layers the states are of, so that "final" is not
        normed twice; None: none of them is "final". Raises InputError for an encoder.
        """
        return lens(self, states, token_ids, layers)

    @contextmanager
    def steer(self, plan: Plan) -> Iterator["LanguageModel"]:
        """Carry `plan` out in everything that runs inside: `read`, `score`, `generate`, and the network itself.

        Row i of the plan goes with prompt i; in a forward of the network itself with row i of the batch, each row
        repeated for its beams. Such a forward is a prompt, or one more token behind the cache of a prompt that ran
        inside too; without a cache, the prompt again with one token more than before. A store knows no plans: states
        of steered prompts need a key of their own. Weights are not touched and every hook is gone afterwards, also
        after an exception.

        Raises InputError for layers or a width that the model lacks, for steering inside steering, and for a forward
        that cannot be placed; ModelError at the end where the network itself was steered to states that are not finite.
        """
        if self.steering is not None:
            raise InputError(one_line("steering inside steering", "one plan at a time", "add the plans: one + other"))
        steering = Steering(self, plan)
        with steering.attached():
            self.steering = steering
            try:
                yield self
            finally:
                self.steering = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inference mode, with dropout off; modules that were in training are put back.

        A network on the CPU of under 50 million parameters runs on one thread: on a busy machine the threads of its
        small products wait for each other many times longer than they work, and their number changes the last bits.
        """
        training = [module for module in self.network.modules() if module.training]
        threads = torch.get_num_threads()
        alone = self.small
        try:
            for module in training:
                module.training = False
            if alone:
                torch.set_num_threads(1)
            with torch.inference_mode():
                yield
        finally:
            for module in training:
                module.training = True
            if alone:
                torch.set_num_threads(threads)

    @property
    def small(self) -> bool:
        """Whether this is a network of under 50 million parameters on the CPU."""
        return self.device.type == "cpu" and self._parameters < _SMALL

    @cached_property
    def _parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def aim(self, prompts: Sequence[Encoded], *, steps: int) -> Aim | None:
        """What the plan at work edits of these prompts when `steps` of them run; None without one."""
        return None if self.steering is None else Aim(self.steering, prompts, steps=steps)

    def stream(self, aim: Aim | None = None, *, room: int = 0) -> Stream:
        """An empty stream of one row over a decoder's backbone. `room`: tokens expected after the first piece."""
        anatomy = self.anatomy
        return Stream(anatomy.backbone, anatomy.config, self.device, aim=aim, room=room)

    def encode_batch(self, rows: Sequence[Sequence[int]]) -> None:
        """Run an encoder over rows of tokens; its states are seen by hooks."""
        ids = pad_rows(rows, self.device, fill=self.pad)
        lengths = torch.tensor([len(row) for row in rows], device=self.device)
        mask = torch.arange(ids.shape[1], device=self.device) < lengths[:, None]
        self.anatomy.backbone(input_ids=ids, attention_mask=mask.long())

    def require_head(self, what: str, *, norm: bool = False) -> None:
        """Raise InputError where the model has no causal head, ModelError where its logits cannot be reproduced.

        `norm`: the norm before the head is needed too.
        """
        if not self.answers:
            raise InputError(one_line(f"{what} with {self.name}", "a decoder with its head", "choose a causal model"))
        if not self._agreement[norm]:
            came = f"{what} with {type(self.network).__name__}, whose logits its head does not explain"
            raise ModelError(one_line(came, "final norm and head alone", "choose another model, or read states only"))

    @cached_property
    def _agreement(self) -> tuple[bool, bool]:
        plain = nullcontext() if self.steering is None else self.steering.plainly()
        with self.running(), plain:
            return head_agreement(self.network, self.anatomy)


def _is_decoder(network: "PreTrainedModel") -> bool:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    config = network.config
    if config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        return bool(getattr(config, "is_decoder", False))
    return config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
