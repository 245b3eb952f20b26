"""Control vectors as GGUF, which llama.cpp reads.

Our layer l is what block l gives, the first block being number 1. llama.cpp counts blocks from 0 and adds the tensor
`direction.N` to what its block N gives, which is our layer N + 1; it refuses a direction 0. The output of the first
block, our layer 1, can therefore not be steered there. It adds the vectors at every token of prompt and answer.
"""

import tempfile
from pathlib import Path

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.spaces._control_vector import ControlVector

ARCHITECTURE = "controlvector"
_FIRST = 2


def gguf_bytes(vector: ControlVector) -> bytes:
    """The file: float32 tensors `direction.N` (width,), N = layer - 1; what it is about as `infoplane.*` texts.

    Raises InputError for layer 1, which llama.cpp cannot steer.
    """
    from gguf import GGUFWriter

    lowest = min(vector.layers)
    if lowest < _FIRST:
        came = f"layer {lowest} in a control vector for llama.cpp"
        raise InputError(one_line(came, f"layers from {_FIRST}", "choose other layers, as the first cannot be steered"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.gguf"
        writer = GGUFWriter(path, ARCHITECTURE)
        writer.add_string(f"{ARCHITECTURE}.model_hint", vector.about["architecture"])
        writer.add_int32(f"{ARCHITECTURE}.layer_count", len(vector.layers))
        for name, text in vector.about.items():
            writer.add_string(f"infoplane.{name}", text)
        for layer, values in vector.layers.items():
            writer.add_tensor(f"direction.{layer - 1}", np.ascontiguousarray(values, np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()
