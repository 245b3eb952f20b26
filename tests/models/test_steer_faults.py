"""What goes wrong silently in other tools, exceptions, and bad input."""

import numpy as np
import pytest
import torch
from steering import LAYER_1, add, ids_of, make_plan, padded, plan_at
from tiny_models import BLOCKS, TEXTS, hook_count, make_model

from infoplane._errors import ModelError
from infoplane.models import Add, Edit, Erase, Plan, Select


def sums(change):
    """What an addition adds to every row at its first layer."""
    return torch.tensor(change.weights @ change.vectors[:, 0])


@pytest.mark.parametrize("captured_before", [False, True])
def test_the_networks_own_report_shows_the_edit(model, captured_before):
    """The steered layer and all behind it, whether or not the network's hooks of reporting were there first."""
    ids = ids_of(model)
    if captured_before:
        model.network(ids, output_hidden_states=True)
    for layer in (0, 1, BLOCKS - 1):
        plan = plan_at(model, Select(layers=layer, tokens="all"), rows=3)
        with model.steer(plan):
            steered = model.network(ids, output_hidden_states=True).hidden_states
        plain = model.network(ids, output_hidden_states=True).hidden_states
        moved = [after - before for after, before in zip(steered, plain, strict=True)]
        assert all(not state.any() for state in moved[:layer])
        expected = sums(plan.edits[0].changes[0])[:, None].expand_as(moved[layer])
        torch.testing.assert_close(moved[layer], expected, atol=1e-4, rtol=1e-4)
        assert all(state.abs().max() > 1e-2 for state in moved[layer:])


def test_the_last_state_is_reported_alike_everywhere(decoder):
    """An edit of the final state moves the reported states' last one too, and the logits are made of it."""
    ids = ids_of(decoder)
    plan = plan_at(decoder, Select(layers="final", tokens="all"), rows=3)
    with decoder.steer(plan):
        backbone = decoder.anatomy.backbone(ids, output_hidden_states=True)
        bare = decoder.anatomy.backbone(ids, output_hidden_states=True, return_dict=False)
        logits = decoder.network(ids).logits
    assert torch.equal(backbone.hidden_states[-1], backbone.last_hidden_state)
    assert torch.equal(bare[0], backbone.last_hidden_state)
    torch.testing.assert_close(decoder.anatomy.logits(backbone.last_hidden_state), logits, atol=1e-5, rtol=1e-4)


def test_layer_l_is_edited_before_the_final_norm(decoder):
    """`hidden_states[-1]` is normed: an edit at layer L is of the state before, as reading has it."""
    plan = plan_at(decoder, Select(layers=BLOCKS))
    change = plan.edits[0].changes[0]
    plain = decoder.read(TEXTS, Select(layers=[BLOCKS, "final"]))
    with decoder.steer(plan):
        steered = decoder.read(TEXTS, Select(layers=[BLOCKS, "final"]))
    moved = steered.layer(BLOCKS) - plain.layer(BLOCKS)
    np.testing.assert_allclose(moved, np.broadcast_to(sums(change), moved.shape), atol=1e-4)
    normed = decoder.anatomy.norm(torch.tensor(plain.layer(BLOCKS)) + sums(change)).detach().numpy()
    np.testing.assert_allclose(steered.layer("final"), normed, atol=1e-4)


@pytest.mark.parametrize("count", [1, 3])
def test_a_plain_forward_of_a_batch(model, count):
    """Any batch, without a mask and without positions."""
    plan = plan_at(model, rows=count)
    with model.steer(plan):
        steered = model.network(ids_of(model, count)).logits
    for row in range(count):
        with model.steer(plan.take([row])):
            alone = model.network(ids_of(model, count)[row : row + 1]).logits
        torch.testing.assert_close(steered[row : row + 1], alone, atol=1e-4, rtol=1e-4)


def test_steering_only_what_is_generated_steers(llama):
    """With a cache every later forward has one token, which an index among the prompt's tokens never meets."""
    batch = padded(llama, TEXTS, "left")
    options = {"max_new_tokens": 5, "do_sample": False, "pad_token_id": 1}
    plain = llama.network.generate(**batch, **options)
    with llama.steer(plan_at(llama, Select(layers="1-3", steps="2-5"), size=5.0)):
        steered = llama.network.generate(**batch, **options)
    width = batch["input_ids"].shape[1]
    assert torch.equal(steered[:, : width + 1], plain[:, : width + 1])
    assert (steered[:, width + 1 :] != plain[:, width + 1 : steered.shape[1]]).any(1).all()


def test_numbers_of_tokens_hold_in_generate(llama):
    """Tokens 2 and 4 of each prompt, not of whatever forward comes."""
    batch = padded(llama, TEXTS[:2], "left")
    seen = []
    with llama.steer(plan_at(llama, Select(layers=1, tokens="2,4", steps=0))):
        handle = llama.anatomy.blocks[0].register_forward_hook(lambda *passed: seen.append(passed[-1]))
        llama.network.generate(**batch, max_new_tokens=3, do_sample=False, pad_token_id=1)
        handle.remove()
    plain = []
    handle = llama.anatomy.blocks[0].register_forward_hook(lambda *passed: plain.append(passed[-1]))
    llama.network(**batch)
    handle.remove()
    moved = (seen[0] - plain[0]).abs().amax(-1) > 1e-3
    first = batch["attention_mask"].argmax(1).tolist()
    assert [row.nonzero()[:, 0].tolist() for row in moved] == [[start + 2, start + 4] for start in first]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("use", ["read", "score", "generate", "network", "nothing"])
def test_exceptions_leave_nothing_behind(llama, error, use):
    def fail(*_: object) -> None:
        raise error

    logits = llama.network(ids_of(llama)).logits
    plan = plan_at(llama, Select(layers="1-2"))
    handle = llama.anatomy.blocks[2].register_forward_hook(fail)
    uses = {
        "read": lambda: llama.read(TEXTS, Select()),
        "score": lambda: llama.score(TEXTS, [" a"]),
        "generate": lambda: llama.generate(TEXTS),
        "network": lambda: llama.network(ids_of(llama)),
        "nothing": fail,
    }
    with pytest.raises(error), llama.steer(plan):
        uses[use]()
    handle.remove()
    assert hook_count(llama.network) == 0
    assert llama.steering is None
    assert torch.equal(llama.network(ids_of(llama)).logits, logits)
    with llama.steer(plan):
        assert not torch.equal(llama.network(ids_of(llama)).logits, logits)


def test_a_part_that_is_not_found_leaves_nothing_behind(llama):
    llama.anatomy.blocks[3].mlp_of_mine = llama.anatomy.blocks[3].mlp
    del llama.anatomy.blocks[3].mlp
    with pytest.raises(ModelError, match="block 4"), llama.steer(plan_at(llama, Select(site="mlp"))):
        pass
    assert hook_count(llama.network) == 0
    assert llama.steering is None


def test_a_change_that_fails_inside_a_hook_leaves_nothing_behind(llama):
    class Failing(Add):
        def bind(self, rows, device):  # noqa: ARG002
            def bound(states, layer, of):
                raise ZeroDivisionError

            return bound

    plan = Plan((Edit(LAYER_1, (Failing(np.ones((1, 1, llama.width)), np.ones((1, 1))),)),))
    with pytest.raises(ZeroDivisionError), llama.steer(plan):
        llama.score(TEXTS, [" a"])
    assert hook_count(llama.network) == 0


def test_a_forward_that_failed_does_not_place_the_next_one(llama):
    """What one of our loops said of its forward is not taken for the forward that comes after it failed."""
    plan = plan_at(llama, Select(layers=1))
    with llama.steer(plan):
        expected = llama.network(ids_of(llama)).logits

        def fail(*_: object) -> None:
            raise RuntimeError

        handle = llama.anatomy.backbone.register_forward_pre_hook(fail, prepend=True)
        with pytest.raises(RuntimeError):
            llama.read(TEXTS, Select())
        handle.remove()
        assert torch.equal(llama.network(ids_of(llama)).logits, expected)


def test_hooks_of_the_user_stand_and_see_the_edit(llama):
    seen = []
    handle = llama.anatomy.blocks[0].register_forward_hook(lambda *passed: seen.append(passed[-1]))
    llama.network(ids_of(llama))
    with llama.steer(plan_at(llama)):
        llama.network(ids_of(llama))
    llama.network(ids_of(llama))
    assert hook_count(llama.network) == 1
    handle.remove()
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], seen[2])


def test_everything_is_bit_identical_afterwards(model):
    ids = ids_of(model)
    weights = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    config, logits, states = (
        model.network.config.to_dict(),
        model.network(ids).logits,
        model.read(TEXTS, Select()).array,
    )
    with model.steer(make_plan(model, Select(layers="0,1,3,final", tokens="all"), keep_norm=True)):
        model.read(TEXTS, Select())
        if model.kind == "decoder":
            model.score(TEXTS, [" a"])
            model.generate(TEXTS, max_new_tokens=3)
    assert hook_count(model.network) == 0
    assert torch.equal(model.network(ids).logits, logits)
    np.testing.assert_array_equal(model.read(TEXTS, Select()).array, states)
    assert model.network.config.to_dict() == config
    assert all(torch.equal(tensor, weights[name]) for name, tensor in model.network.state_dict().items())


@pytest.mark.parametrize("kind", ["add", "erase"])
def test_a_gradient_flows_through_an_edit(llama, kind):
    """Also where the model was read under the same plan before, in inference mode."""
    llama.network.requires_grad_(True)
    rows = 3
    change = add(llama, 1, rows=rows)
    if kind == "erase":
        bases = np.linalg.qr(np.random.default_rng(0).normal(size=(1, 1, llama.width, 2)))[0]
        change = Erase(bases)
    with llama.steer(Plan((Edit(LAYER_1, (change,)),))):
        llama.read(TEXTS[:rows], Select())
        llama.network(ids_of(llama)).logits.square().mean().backward()
    gradient = llama.network.model.layers[0].mlp.down_proj.weight.grad
    assert gradient.abs().sum() > 0
    if kind == "erase":
        torch.testing.assert_close(
            torch.tensor(bases[0, 0].T, dtype=torch.float32) @ gradient,
            torch.zeros(2, gradient.shape[1]),
            atol=1e-6,
            rtol=0,
        )


def test_training_mode_is_left_alone():
    model = make_model("bert", hidden_dropout_prob=0.5)
    model.network.train()
    model.anatomy.blocks[1].eval()
    flags = [module.training for module in model.network.modules()]
    with model.steer(plan_at(model)):
        first, second = (model.read(TEXTS, Select()).array for _ in range(2))
        assert [module.training for module in model.network.modules()] == flags
    np.testing.assert_array_equal(first, second)
    assert [module.training for module in model.network.modules()] == flags
