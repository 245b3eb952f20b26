"""What every objective promises, whichever it is: this suite runs over the registry."""

import inspect
import os
import socket
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import Tensor, multiprocessing
from toy import LABELS, ROWS, Settings, Toy, facts, gradients, made

from infoplane._errors import InputError
from infoplane.objectives import OBJECTIVES, Batch, CrossEntropy, make_objective

VARIANTS: list[tuple[str, Settings]] = [
    ("min-cmi", {"centroids": "inbatch"}),
    ("min-cmi", {"centroids": "class_minibatch", "normalisation": "balanced"}),
    ("min-cmi", {"centroids": "full_pass", "normalisation": "paper", "transform": "sigmax"}),
    ("max-cmi", {"centroids": "full_pass"}),
    ("distillation", {"t2": False}),
    ("task-space", {"reference": "ema_ref", "layers": "1,2", "scale": "paper"}),
    ("recoverability", {"warm": 0}),
    ("task-space", {"reference": "self_detached", "tokens": "content"}),
]
CASES = [(name, {}) for name in OBJECTIVES] + VARIANTS
NAMES = [" ".join([name, *(f"{key}={value}" for key, value in settings.items())]) for name, settings in CASES]
every = pytest.mark.parametrize(("name", "settings"), CASES, ids=NAMES)
BATCH = {field.name for field in fields(Batch)}
ALL = torch.arange(ROWS)
SPLITS = [ALL.split(4), ALL.split([1, 8, 3]), ALL.split(1)]


def assert_equal_to(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, rtol=1e-6, atol=1e-9, msg=lambda text, key=key: f"{key}: {text}")


@every
@pytest.mark.parametrize("places", [False, True], ids=["classes", "answers"])
def test_the_step_does_not_depend_on_how_the_batch_is_split(name, settings, places):
    whole = gradients(name, settings, [ALL], places=places)
    assert whole["gradient body"].abs().max() > 1e-4 or whole["gradient tower"].abs().max() > 1e-4
    for parts in SPLITS:
        assert_equal_to(gradients(name, settings, parts, places=places), whole)


@every
def test_the_gradient_is_that_of_the_loss(name, settings):
    """Central differences along a random direction, the objective's state held."""
    if settings.get("reference") == "self_detached":
        pytest.skip("its loss is constant by design: what trains is a gradient that it is not the loss of")
    toy, objective = Toy(), made(name, settings)
    random = torch.Generator().manual_seed(8)
    ways = {key: torch.randn(value.shape, generator=random).double() for key, value in toy.named_parameters()}
    batch = toy.batch(objective, ALL, places=False)

    def at(step: float) -> Tensor:
        moved = Toy()
        with torch.no_grad():
            for key, weight in moved.named_parameters():
                weight.add_(step * ways[key])
        given = moved.batch(objective, ALL, places=False)
        return objective(replace(given, reference=batch.reference, teacher=batch.teacher))

    loss = objective(batch)
    loss.backward()
    slope = sum((ways[key] * value.grad).sum() for key, value in toy.named_parameters() if value.grad is not None)
    numeric = (at(1e-5) - at(-1e-5)) / 2e-5
    assert slope.item() == pytest.approx(numeric.item(), rel=1e-5, abs=1e-8)


@every
def test_without_weight_it_is_cross_entropy_bit_for_bit(name, settings):
    objective = made(name, settings)
    objective.weight = 0.0
    batch = Toy().batch(objective, ALL, places=True)
    plain = Batch(batch.logits, batch.labels, batch.targets, batch.owner)
    assert torch.equal(objective(batch), CrossEntropy()(plain))
    assert torch.equal(objective(plain), CrossEntropy()(plain)), "what has no weight is not asked for"


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "cross-entropy"])
def test_a_negative_weight_is_refused(name):
    option = next(key for key in inspect.signature(OBJECTIVES[name]).parameters if key in ("weight", "alpha"))
    with pytest.raises(InputError, match=f"weight -0.5 of {name}: expected 0 or more") as refused:
        make_objective(name, **{option: -0.5})
    assert "\n" not in str(refused.value)


@every
def test_half_precision_gives_a_finite_loss_near_the_exact_one(name, settings):
    batch = Toy().batch(made(name, settings), ALL, places=False)
    exact = made(name, settings)(batch)
    halved = {
        key: value.detach().bfloat16() if isinstance(value, Tensor) and value.is_floating_point() else value
        for key, value in vars(batch).items()
        if key in BATCH
    }
    objective = made(name, settings).float()
    loss = objective(Batch(**halved))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(exact.item(), rel=0.02, abs=0.02)


@every
def test_its_settings_make_it_again(name, settings):
    objective = OBJECTIVES[name](**settings)
    about = objective.settings()
    again = make_objective(**about)
    assert again.settings() == about
    assert type(again) is type(objective)
    assert all(value is None or isinstance(value, str | int | float | bool | list) for value in about.values())


@every
def test_what_it_keeps_comes_back_from_its_tensors(name, settings):
    first = made(name, settings)
    first(Toy().batch(first, ALL, places=False)).backward()
    first.step()
    second = OBJECTIVES[name](**settings)
    second.prepare(facts())
    second.double().load_state_dict(first.state_dict())
    batch = Toy().batch(first, ALL[:6], places=False)
    assert torch.equal(first.eval()(batch), second.eval()(batch))


@every
def test_the_parts_of_the_loss_are_told_and_hold_no_graph(name, settings):
    objective = made(name, settings)
    objective(Toy().batch(objective, ALL, places=False))
    assert objective.parts
    assert not any(value.requires_grad for value in objective.parts.values())


def test_a_setting_there_is_not_is_named_beside_those_there_are():
    with pytest.raises(InputError, match="objective distillation with heat: expected some of alpha, temperature, t2;"):
        make_objective("distillation", heat=3)


def process(rank: int, folder: str, port: int) -> None:
    """One of two processes, which holds an uneven share of the rows in two micro-batches."""
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    own = [ALL[:3], ALL[3:5]] if rank == 0 else [ALL[5:9], ALL[9:]]

    def gather(mine: Tensor) -> Tensor:
        lists: list[Tensor | None] = [None, None]
        dist.all_gather_object(lists, mine)
        return torch.cat(lists)

    def reduce(mine: Tensor) -> Tensor:
        total = mine.clone()
        dist.all_reduce(total)
        return total

    for at, (name, settings) in enumerate(CASES):
        found = gradients(name, settings, own, everything=ALL, gather=gather, reduce=reduce)
        if rank == 1:
            save_file({key: value.contiguous() for key, value in found.items()}, Path(folder, f"{at}.safetensors"))
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(process, (str(folder), port), nprocs=2)
    return folder


@every
def test_two_processes_make_the_step_of_one(name, settings, two_processes):
    found = load_file(two_processes / f"{CASES.index((name, settings))}.safetensors")
    whole = gradients(name, settings, [ALL])
    assert_equal_to(found, whole)


def test_the_toy_has_every_class_in_every_uneven_share():
    assert set(LABELS[:5].tolist()) == set(LABELS[5:].tolist()) == {0, 1, 2}
