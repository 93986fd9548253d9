"""Every layer against torch: on random arguments, wild ones among them, and on torch's own test material."""

import pytest

from calc.errors import Impossible
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS
from tests.drawn_layers import BATCH, Shape, drawn, ours, self_batched, taken_lightly, theirs
from tests.torch_material import material

RUNS = 40
"""Random cases of each kind."""


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size, implicit axes, weights without cells
@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_random_arguments_give_the_shape_or_the_refusal_of_torch(kind: str) -> None:
    differ = []
    for arguments, shape in drawn(kind, RUNS):
        said, batched = ours(kind, arguments, shape), theirs(kind, arguments, (BATCH, *shape))
        found = batched[1:] if batched and batched[0] == BATCH and not self_batched(kind, shape) else None
        if said != found and not (said is None and taken_lightly(kind, arguments, shape)):
            differ.append((arguments, shape, said, found))
    assert not differ, "\n" + "\n".join(map(str, differ))


CASES = 700
"""How many cases of torch's own there are at least."""


WRONG_BESIDES = {
    **dict.fromkeys(("Embedding", "EmbeddingBag"), "the numbers, not their shape"),
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), "the state that is given with the input"),
}
"""Kinds that torch is to refuse for more than the shape of the input, and for what."""


def unbatched(layer: Layer, kind: str, shape: Shape) -> Shape | None:
    """The shape of one input, where that of torch's case has a batch; None where torch takes all of it as one."""
    if layer.with_batch(shape) or (not layer.axes and len(shape) > 1 and not kind.startswith("Lazy")):
        return shape[1:]
    return None


@pytest.mark.filterwarnings("ignore")  # torch: implicit axes, weights without cells
def test_the_cases_of_torch_itself() -> None:
    compared, differ = 0, []
    for kind, arguments, shape in material():
        found = theirs(kind, arguments, shape)
        try:
            layer: Layer | None = BY_KIND[kind].of(arguments)
        except Impossible:
            layer = None
        one = unbatched(layer, kind, shape) if layer else None
        said = ours(kind, arguments, one or shape)
        if said is not None and one is not None:
            said = (shape[0], *said)
        compared += 1
        if said != found and not (said is None and taken_lightly(kind, arguments, one or shape)):
            differ.append((kind, arguments, shape, said, found))
    assert not differ, "\n" + "\n".join(map(str, differ))
    assert compared >= CASES
    assert any(True for _ in material(wrong=True))
    for kind, arguments, shape in material(wrong=True):
        assert ours(kind, arguments, shape[1:]) is None or kind in WRONG_BESIDES
