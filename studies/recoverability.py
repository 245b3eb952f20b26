"""Does an encoder keep more of a text than a decoder, and does a decoder forget late? Read back with equal decoders.

    python studies/recoverability.py --models DIR,DIR --texts FILE --out runs/recoverability

`--models` are folders, hub names or built-in names between commas; all are asked for the same words of the same texts,
from states of one width (that of the narrowest model, or --width). Prints three tables and keeps them as OUT/tables.md:
the best layer of each model and pooling, what the last layer has forgotten, and the differences between models, paired
by document. The layer is chosen on tune texts, everything is told on test texts. The same command continues a run that
was stopped.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from infoplane._errors import InfoplaneError
from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.measures import recoverability
from infoplane.models import load_model
from infoplane.runs import Run, write_atomic
from infoplane.tasks import Texts, load_texts

POOLINGS = {"decoder": ("mean", "last", "own"), "encoder": ("mean", "cls", "own")}
LOG_SHARE = 0  # which field of what is kept of a decoder's word


@dataclass(frozen=True, eq=False)
class Read:
    """One model, read."""

    name: str
    kind: str
    run: Run

    @property
    def layers(self) -> list[int]:
        """The layers that were read."""
        return list(self.run.config["layers"])

    def best(self, pooling: str) -> int:
        """Index of the layer that the tune texts read best."""
        return int(np.argmax([self.run.states.load(f"tune.{pooling}.{layer}")[0] for layer in self.layers]))

    def log_shares(self, pooling: str) -> np.ndarray:
        """Of the right words by the best layer (m,)."""
        return np.asarray(self.run.states.load(f"said.{pooling}.{self.layers[self.best(pooling)]}")[:, LOG_SHARE])

    def one(self, quantity: str, pooling: str, **more: Any) -> Estimate | None:
        """A number of the ledger, None without it."""
        where = {"role": pooling, "method": "state", "label": None} | more
        found = self.run.ledger.filter(quantity=quantity, **where)
        return Estimate.from_dict(found[0]) if found else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", required=True, help="folders or names between commas")
    parser.add_argument("--texts", required=True, help="a file of texts, or a task")
    parser.add_argument("--out", type=Path, required=True, help="directory; the same command continues there")
    parser.add_argument("--max-texts", type=int, default=4000)
    parser.add_argument("--width", type=int, help="of all states (default: the narrowest model's)")
    parser.add_argument("--decoder", default="linear", help="linear or mlp")
    asked = parser.parse_args(arguments)
    try:
        texts = load_texts(asked.texts, max_texts=asked.max_texts)
        models = [load_model(name) for name in asked.models.split(",")]
        width = asked.width or min(model.width for model in models)
        found = []
        for name, model in zip(asked.models.split(","), models, strict=True):
            model.name = Path(name).name
            how: dict[str, Any] = {"width": width, "decoder": asked.decoder, "controls": ("untrained",)}
            run = recoverability(
                model, texts, out=asked.out / model.name, poolings=POOLINGS[model.kind], **how, progress=_say
            )
            found.append(Read(model.name, model.kind, run))
        text = "\n\n".join("\n".join(table) for table in (best(found), forgotten(found), differences(found, texts)))
        write_atomic(asked.out / "tables.md", text + "\n")
        print(text)
    except InfoplaneError as error:
        parser.exit(2, f"recoverability: {error}\n")


def best(models: Sequence[Read]) -> Iterator[str]:
    """The best layer of every model and pooling."""
    yield (
        "| model | kind | state | best layer | words right, % | usable, nats a word | bound, nats a word | "
        "certified | best layer untrained, usable |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in models:
        for pooling in POOLINGS[one.kind]:
            at = {"layer": one.layers[one.best(pooling)]}
            cells = [one.name, one.kind, pooling, str(at["layer"])]
            cells.append(_cell(one.one("recovery_accuracy", pooling, **at), 100, 1))
            cells += [_cell(one.one(f"{name}_information", pooling, **at)) for name in ("usable", "recovery")]
            certified = one.one("certified_information", pooling, **at)
            cells.append("" if certified is None else f"{certified.value:.2f}")
            random = [one.one("usable_information", pooling, method="untrained", layer=layer) for layer in one.layers]
            cells.append(_cell(max((row for row in random if row is not None), key=float, default=None)))
            yield f"| {' | '.join(cells)} |"


def forgotten(models: Sequence[Read]) -> Iterator[str]:
    """What the last layer has forgotten of the peak."""
    yield "| model | state | peak layer | last layer | forgotten, nats a word | share of the peak, % | p |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for one in models:
        for pooling in POOLINGS[one.kind]:
            (row,) = one.run.ledger.filter(quantity="recovery_forgetting", role=pooling)
            lost, share = Estimate.from_dict(row), one.one("recovery_forgetting_share", pooling)
            cells = [one.name, pooling, str(row["layer"]), str(one.layers[-1]), _cell(lost), _cell(share, 100, 0)]
            yield f"| {' | '.join(cells)} | {'' if lost.p_value is None else f'{lost.p_value:.2g}'} |"


def differences(models: Sequence[Read], texts: Texts) -> Iterator[str]:
    """Usable information of one model less that of another at the best layers of both, by the same words."""
    yield "| state | first less second | nats a word |"
    yield "| --- | --- | --- |"
    for first, second in combinations(models, 2):
        for pooling in [name for name in POOLINGS[first.kind] if name in POOLINGS[second.kind]]:
            gain = first.log_shares(pooling) - second.log_shares(pooling)
            documents = texts.documents[first.run.states.load("asked")[:, 0]]
            yield f"| {pooling} | {first.name} less {second.name} | {_cell(bootstrap_mean(gain, documents))} |"


def _cell(one: Estimate | None, factor: float = 1, digits: int = 2) -> str:
    if one is None:
        return ""
    value, low, high = (f"{(end or 0) * factor:.{digits}f}" for end in (one.value, one.low, one.high))
    return f"{value} [{low}, {high}]"


def _say(what: str, done: int, total: int) -> None:
    if done == total:
        print(f"{what}: {total}", flush=True)


if __name__ == "__main__":
    main()
