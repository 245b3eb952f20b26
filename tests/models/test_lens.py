"""The logit lens at the last layer is the network itself."""

import numpy as np
import pytest
import torch
from tiny_models import BLOCKS, TEXTS

from infoplane._errors import InputError, ModelError
from infoplane.models import Select

TOKENS = [5, 7, 300]


def test_the_last_layers_lens_is_the_networks_logits(decoder):
    layers = [0, 2, BLOCKS, "final"]
    logits = decoder.lens(decoder.read(TEXTS, Select(layers=layers)).array, TOKENS, layers)
    assert logits.shape == (len(TEXTS), len(layers), len(TOKENS))
    for row, prompt in enumerate(decoder.renderer.encode(TEXTS)):
        with torch.no_grad():
            expected = decoder.network(torch.tensor([prompt.ids])).logits[0, -1, TOKENS]
        np.testing.assert_allclose(logits[row, 2:], expected.expand(2, -1), rtol=1e-4, atol=1e-5)
    assert np.abs(logits[:, 0] - logits[:, -1]).max() > 1e-3


def test_without_layers_every_state_is_normed(decoder):
    states = decoder.read(TEXTS, Select(layers=[1, BLOCKS])).array
    np.testing.assert_array_equal(decoder.lens(states, TOKENS), decoder.lens(states, TOKENS, [1, BLOCKS]))


def test_a_lens_needs_a_decoder_and_its_own_states(encoder, llama):
    states = encoder.read(TEXTS, Select()).array
    with pytest.raises(InputError, match="decoder"):
        encoder.lens(states, TOKENS)
    with pytest.raises(InputError, match="layers, 32"):
        llama.lens(states[..., :8], TOKENS)


def test_a_family_whose_logits_the_head_does_not_explain_is_refused(llama):
    forward = llama.network.forward

    def scaled(*args, **kwargs):
        output = forward(*args, **kwargs)
        output.logits = output.logits * 1.01
        return output

    llama.network.forward = scaled
    for use in (lambda: llama.score(TEXTS, [" a"]), lambda: llama.generate(TEXTS), lambda: llama.lens(None, [1])):
        with pytest.raises(ModelError, match="does not explain"):
            use()
    assert llama.read(TEXTS, Select()).array.shape[0] == len(TEXTS)
