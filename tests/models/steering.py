"""Plans for tests, and what a plan means: one row, no cache, no padding, hooks written out by hand."""

from collections.abc import Callable, Iterable
from contextlib import contextmanager

import numpy as np
import torch
from tiny_models import TEXTS

from infoplane.models import Add, Edit, Erase, LanguageModel, Plan, Select

LABELS = [" joyful", " angry", " sad indeed", " sad at last"]

# What a selection means, written by hand: positions edited in a prompt of n tokens with these content tokens.
Positions = Callable[[int, list[int]], Iterable[int]]
FAR = 200
CASES: dict[str, tuple[Select, Positions]] = {
    "answer": (Select(layers="2-3"), lambda n, _: range(n - 1, FAR)),
    "everything": (Select(layers="4,final,2,0", tokens="all"), lambda *_: range(FAR)),
    "prompt": (Select(layers="1-2", tokens="all", steps=0), lambda n, _: range(n)),
    "last of the prompt": (Select(layers=3, steps=1, tokens="all"), lambda n, _: [n - 1]),
    "two steps": (Select(layers="1-3", steps="2-3"), lambda n, _: [n, n + 1]),
    "attention": (Select(layers="1-2", site="attention", steps="1-2"), lambda n, _: [n - 1, n]),
    "mlp of some tokens": (Select(layers="2,4", site="mlp", tokens="0,-2", steps="0,2"), lambda n, _: [0, n - 2, n]),
    "content": (Select(layers="0-2", tokens="content", steps="0,3"), lambda n, content: [*content, n + 1]),
}


def add(model: LanguageModel, layers: int, *, rows: int | None = None, size: float = 1.0, seed: int = 0) -> Add:
    """Two random vectors a layer with random weights, by row or for all rows."""
    rng = np.random.default_rng(seed)
    return Add(size * rng.normal(size=(2, layers, model.width)), rng.normal(size=(rows or 1, 2)))


def erase(model: LanguageModel, layers: int, *, rows: int | None = None, rank: int = 3, seed: int = 1) -> Erase:
    """Two random subspaces a layer about a random centre, chosen by row or one for all rows."""
    rng = np.random.default_rng(seed)
    bases = np.linalg.qr(rng.normal(size=(2, layers, model.width, rank)))[0]
    return Erase(bases, rng.integers(2, size=rows or 1), rng.normal(size=(layers, model.width)))


def make_plan(
    model: LanguageModel, select: Select, *, rows: int | None = len(TEXTS), both: bool = True, keep_norm: bool = False
) -> Plan:
    """One edit: an erasure and then an addition, or the addition alone."""
    layers = len(select.resolve_layers(model.layers))
    changes = (add(model, layers, rows=rows),)
    return Plan((Edit(select, (erase(model, layers, rows=rows), *changes) if both else changes, keep_norm),))


LAYER_1 = Select(layers=1, tokens="all")


def ids_of(model, count=3):
    """Rows of seven tokens, all different."""
    return torch.stack([torch.arange(5, 12) + 7 * row for row in range(count)])


def plan_at(model, select=LAYER_1, *, rows=None, **options):
    """One addition at the layers of `select`."""
    layers = len(select.resolve_layers(model.layers))
    return Plan((Edit(select, (add(model, layers, rows=rows, **options),)),))


def by_hand(edit: Edit, row: int, at: int, h: np.ndarray) -> np.ndarray:
    """The states `h` (m, width) of `row` at the layer numbered `at`, edited in float64."""
    before = h = h.astype(np.float64)
    for change in edit.changes:
        if isinstance(change, Add):
            h = h + change.weights[row if change.rows else 0].astype(np.float64) @ change.vectors[:, at]
        else:
            q = change.bases[change.which[row if change.rows else 0], at].astype(np.float64)
            centre = 0 if change.centre is None else change.centre[at]
            h = h - (h - centre) @ q @ q.T
    if edit.keep_norm:
        h = h * np.linalg.norm(before, axis=-1, keepdims=True) / np.linalg.norm(h, axis=-1, keepdims=True)
    return h


@contextmanager
def edited_by_hand(model: LanguageModel, plan: Plan, row: int, positions: Iterable[int]):
    """Forwards of one row without cache and padding are edited at `positions`."""
    handles = []
    wanted = set(positions)

    def changed(hidden, edit, at):
        chosen = [position for position in range(hidden.shape[1]) if position in wanted]
        new = hidden.clone()
        if chosen:
            new[0, chosen] = torch.tensor(by_hand(edit, row, at, hidden[0, chosen].numpy())).to(hidden.dtype)
        return new

    def behind(edit, at):
        def hook(module, args, output):
            if isinstance(output, torch.Tensor):
                return changed(output, edit, at)
            if isinstance(output, tuple):
                return (changed(output[0], edit, at), *output[1:])
            output.last_hidden_state = changed(output.last_hidden_state, edit, at)
            return output

        return hook

    def in_front(edit, at):
        return lambda _, args, kwargs: ((changed(args[0], edit, at), *args[1:]), kwargs)

    for edit in plan.edits:
        for at, layer in enumerate(edit.select.resolve_layers(model.layers)):
            if layer == 0:
                block = model.anatomy.blocks[0]
                handles.append(block.register_forward_pre_hook(in_front(edit, at), with_kwargs=True))
                continue
            if layer == "final":
                module = model.anatomy.backbone
            elif edit.select.site == "residual":
                module = model.anatomy.blocks[layer - 1]
            else:
                module = getattr(model.anatomy, edit.select.site)(layer)
            handles.append(module.register_forward_hook(behind(edit, at)))
    try:
        with torch.no_grad():
            yield
    finally:
        for handle in handles:
            handle.remove()


def logits_by_hand(model: LanguageModel, plan: Plan, row: int, positions: Iterable[int], ids: list[int]) -> np.ndarray:
    """Logits (tokens, vocabulary) of one row."""
    with edited_by_hand(model, plan, row, positions):
        return model.network(torch.tensor([ids]), use_cache=False).logits[0].double().numpy()


def states_by_hand(model: LanguageModel, plan: Plan, row: int, positions: Iterable[int], ids: list[int]) -> np.ndarray:
    """Residual states (tokens, layers 1..L, width) of one row, looked at behind every edit."""
    seen = []
    with edited_by_hand(model, plan, row, positions):
        handles = [
            block.register_forward_hook(lambda *passed: seen.append(passed[-1])) for block in model.anatomy.blocks
        ]
        model.network(torch.tensor([ids]))
        for handle in handles:
            handle.remove()
    hidden = (state if isinstance(state, torch.Tensor) else state[0] for state in seen)
    return np.stack([state[0].numpy() for state in hidden], 1)


def answer_by_hand(model: LanguageModel, plan: Plan, row: int, positions: Positions, text: str, count: int):
    """Greedy tokens, the whole row computed anew at each step."""
    prompt = model.renderer.encode([text], room=count)[0]
    ids = list(prompt.ids)
    where = list(positions(len(ids), prompt.content.tolist()))
    for _ in range(count):
        ids.append(int(logits_by_hand(model, plan, row, where, ids)[-1].argmax()))
    return ids[len(prompt.ids) :]


def score_by_hand(model: LanguageModel, plan: Plan, row: int, positions: Positions, text: str, labels: list[str]):
    """Log p of every label, each run whole."""
    found = []
    for label in labels:
        prompt = model.renderer.encode([text])[0]
        ids = model.renderer.tokenize([text + label])[0][0]
        count = len(prompt.ids)
        assert ids[:count] == prompt.ids
        logits = logits_by_hand(model, plan, row, positions(count, prompt.content.tolist()), ids)
        log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        found.append(sum(log_p[at - 1, ids[at]] for at in range(count, len(ids))))
    return np.array(found)


def padded(model: LanguageModel, texts: list[str], side: str) -> dict[str, torch.Tensor]:
    """Ids and mask of a batch padded on one side."""
    rows = [prompt.ids for prompt in model.renderer.encode(texts)]
    width = max(map(len, rows))
    ids, mask = torch.ones((len(rows), width), dtype=torch.long), torch.zeros((len(rows), width), dtype=torch.long)
    for at, row in enumerate(rows):
        place = slice(0, len(row)) if side == "right" else slice(width - len(row), width)
        ids[at, place], mask[at, place] = torch.tensor(row), 1
    return {"input_ids": ids, "attention_mask": mask}
