"""Forward hooks only: gone on every way out, blind to nothing, and the network stays what it was."""

import numpy as np
import pytest
import torch
from tiny_models import BLOCKS, TEXTS, hook_count, make_model

from infoplane._errors import ModelError
from infoplane.models import LanguageModel, Select

EVERY = Select(layers=[*range(BLOCKS + 1), "final"])


def use_everything(model: LanguageModel) -> None:
    sites = {site: Select(site=site) for site in ("attention", "mlp", "head")}
    model.read(TEXTS, {"last": EVERY, "mean": Select(tokens="content", reduce="mean"), **sites})
    if model.kind == "decoder":
        model.generate(TEXTS, max_new_tokens=3, select=Select())
        model.score(TEXTS, [" joyful", " angry"])
        model.lens(model.read(TEXTS, Select()).array, [5, 6])


def test_the_network_is_bit_identical_afterwards(model):
    ids = torch.tensor([model.renderer.encode(TEXTS)[0].ids])
    weights = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    config = model.network.config.to_dict()
    logits = model.network(ids).logits
    use_everything(model)
    assert hook_count(model.network) == 0
    assert torch.equal(model.network(ids).logits, logits)
    assert model.network.config.to_dict() == config
    after = model.network.state_dict()
    assert list(after) == list(weights)
    assert all(torch.equal(after[name], tensor) for name, tensor in weights.items())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("use", ["read", "generate", "score"])
def test_hooks_go_when_the_forward_fails(llama, error, use):
    def fail(*_: object) -> None:
        raise error

    handle = llama.anatomy.blocks[2].register_forward_hook(fail)
    call = {
        "read": lambda: llama.read(TEXTS, EVERY),
        "generate": lambda: llama.generate(TEXTS, select=Select()),
        "score": lambda: llama.score(TEXTS, [" a"]),
    }[use]
    with pytest.raises(error):
        call()
    handle.remove()
    assert hook_count(llama.network) == 0
    assert not torch.is_inference_mode_enabled()


def test_hooks_go_when_a_part_is_not_found(llama):
    llama.anatomy.blocks[3].mlp_of_mine = llama.anatomy.blocks[3].mlp
    del llama.anatomy.blocks[3].mlp
    with pytest.raises(ModelError, match="block 4"):
        llama.read(TEXTS, Select(site="mlp"))
    assert hook_count(llama.network) == 0


def test_modules_in_training_are_read_without_dropout_and_put_back():
    model = make_model("bert", hidden_dropout_prob=0.5)
    model.network.train()
    model.anatomy.blocks[1].eval()
    flags = [module.training for module in model.network.modules()]
    first, second = (model.read(TEXTS, EVERY).array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert [module.training for module in model.network.modules()] == flags


@pytest.mark.parametrize("captured_before", [False, True])
def test_an_edited_state_is_seen_as_edited(model, captured_before):
    """Transformers 5 reports the state before the edit once its own capture ran: the order of hooks must not matter."""
    if captured_before:
        model.network(torch.tensor([[5, 6, 7]]), output_hidden_states=True)
    edit = torch.randn(model.width, generator=torch.Generator().manual_seed(0))
    plain = model.read(TEXTS, EVERY).array

    def add(module, args, output):
        return output + edit if isinstance(output, torch.Tensor) else (output[0] + edit, *output[1:])

    handle = model.anatomy.blocks[1].register_forward_hook(add)
    edited = model.read(TEXTS, EVERY).array
    handle.remove()
    moved = edited - plain
    np.testing.assert_array_equal(moved[:, :2], 0)
    np.testing.assert_allclose(moved[:, 2], np.broadcast_to(edit, moved[:, 2].shape), rtol=1e-4, atol=1e-5)
    assert all(np.abs(moved[:, layer]).max() > 1e-3 for layer in range(3, BLOCKS + 2))


@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_keeps_its_shape(model, batch):
    """Blocks give a tensor or a tuple: taking element 0 of a tensor drops the batch without an error."""
    assert model.read(TEXTS[:batch], EVERY).array.shape == (batch, BLOCKS + 2, model.width)


def test_emitted_tokens_are_seen_as_steered(llama):
    """An edit of decoding steps alone must reach the states and the text: with a cache each step has one token."""
    plain = llama.generate(TEXTS, max_new_tokens=4, stop=(), select=Select())

    def steer(module, args, output):
        return output + 10.0 if output.shape[1] == 1 else output

    handle = llama.anatomy.blocks[1].register_forward_hook(steer)
    steered = llama.generate(TEXTS, max_new_tokens=4, stop=(), select=Select())
    handle.remove()
    np.testing.assert_array_equal(steered.states[:, 0], plain.states[:, 0])
    assert np.nanmin(np.abs(steered.states[:, 1:, 2] - plain.states[:, 1:, 2]).max(-1)) > 1


@pytest.mark.parametrize("layer", range(BLOCKS))
def test_nothing_runs_behind_the_deepest_layer_asked_for(model, layer):
    ran = []
    handles = [
        block.register_forward_hook(lambda *_, number=number: ran.append(number))
        for number, block in enumerate(model.anatomy.blocks, 1)
    ]
    model.read(TEXTS, Select(layers=layer))
    for handle in handles:
        handle.remove()
    assert max(ran, default=0) == layer


def test_the_head_never_runs_when_no_logits_are_asked_for(decoder):
    def fail(*_: object) -> None:
        raise AssertionError("the head ran")

    decoder.anatomy.head.register_forward_hook(fail)
    assert decoder.read(TEXTS, EVERY).array.shape[0] == len(TEXTS)


def test_no_more_than_one_batch_of_one_layer_is_held():
    """The states of whole batches (batch, tokens, width) that are alive at once, seen from every block."""
    import gc

    model = make_model("llama", batch_size=2)
    texts = [text * 3 for text in TEXTS]
    most = 0

    def count(*_: object) -> None:
        nonlocal most
        shape = (2, model.width)
        alive = [o for o in gc.get_objects() if type(o) is torch.Tensor and o.ndim == 3 and o.shape[::2] == shape]
        most = max(most, len({tensor.data_ptr() for tensor in alive}))

    handles = [block.register_forward_hook(count) for block in model.anatomy.blocks]
    model.read(texts, {"last": EVERY, "mean": Select(tokens="content", reduce="mean")})
    for handle in handles:
        handle.remove()
    assert 0 < most <= 3  # embeddings, a block's input and its output


@pytest.mark.parametrize("use", ["read", "generate", "score"])
def test_states_that_are_not_finite_are_an_error_naming_their_first_layer(decoder, use):
    weights = next(p for p in decoder.anatomy.blocks[1].parameters() if p.ndim == 2)
    weights[0, 0] = float("nan")
    call = {
        "read": lambda: decoder.read(TEXTS, Select(layers="final")),
        "generate": lambda: decoder.generate(TEXTS),
        "score": lambda: decoder.score(TEXTS, [" joyful", " angry"]),
    }[use]
    with pytest.raises(ModelError, match="first at layer 2:"):
        call()
    assert hook_count(decoder.network) == 0
