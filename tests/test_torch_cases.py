"""Every layer against torch: on random arguments, wild ones among them, and on torch's own test material."""

import pytest

from calc.layers.known import LAYERS
from tests.drawn_layers import BATCH, drawn, ours, self_batched, taken_lightly, theirs

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
