"""What comes after a layer: each activation a row, with its law, worked on every cell of a feature map.

relu: Nair & Hinton, 2010; elu: Clevert et al., 2016; silu: Ramachandran et al., 2017 (there: swish);
gelu: Hendrycks & Gimpel, 2016, with erfc(−x/√2) for 1 + erf(x/√2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, nearest, printable
from calc.exact import Cells
from calc.expr import Expr, Num, Op, Sym

if TYPE_CHECKING:
    from numpy.typing import NDArray

x = Sym("x")
ZERO, ONE = Num(0), Num(1)


@dataclass(frozen=True)
class Activation:
    """A function of one cell: its law in the letter x, and the law below 0 where it is another one.

    `exact` works whole numerators over a denominator without rounding; without it the law needs an exponential, and
    floats come out.
    """

    name: str
    law: Expr
    exact: Callable[[NDArray[Any], int], tuple[NDArray[Any], int]] | None = None
    below: Expr | None = None

    def on(self, value: object) -> Expr:
        """The law that holds there."""
        return self.below if self.below is not None and value < 0 else self.law  # type: ignore[operator]

    def __call__(self, cells: Cells) -> Cells:
        """Every cell worked."""
        import numpy as np

        if cells.letters:
            raise Impossible(f"{self.name} of letters depends on their signs: give numbers, or leave it out")
        if self.exact:
            numerators, denominator = self.exact(cells.numerators, cells.denominator)
            return Cells(numerators, denominator, decimals=cells.decimals)
        values, places = np.unique(cells.numerators, return_inverse=True)
        try:
            worked = [float(self.on(value).value({"x": value})) for value in map(cells.entry, values.tolist())]  # type: ignore[dict-item]
        except OverflowError:
            raise Impossible(f"{self.name} of a number this large is beyond what a float holds") from None
        return Cells(np.array(worked)[places].reshape(cells.shape))


def _relu(cells: NDArray[Any], denominator: int) -> tuple[NDArray[Any], int]:
    return cells * (cells > 0), denominator


def _relu6(cells: NDArray[Any], denominator: int) -> tuple[NDArray[Any], int]:
    positive = cells * (cells > 0)
    most = 6 * denominator
    return positive.astype(object).clip(max=most) if positive.dtype == object else positive.clip(
        max=min(most, _largest(cells))
    ), denominator


def _leaky(cells: NDArray[Any], denominator: int) -> tuple[NDArray[Any], int]:
    wide = cells.astype(object)
    return wide * (wide > 0) * 100 + wide * (wide <= 0), denominator * 100


def _abs(cells: NDArray[Any], denominator: int) -> tuple[NDArray[Any], int]:
    return abs(cells.astype(object)), denominator


def _largest(cells: NDArray[Any]) -> int:
    import numpy as np

    return int(np.iinfo(cells.dtype).max)


_exp = Op("exp", (-x,))
ACTIVATIONS: tuple[Activation, ...] = (
    Activation("relu", Op("max", (ZERO, x)), _relu),
    Activation("relu6", Op("min", (Op("max", (ZERO, x)), Num(6))), _relu6),
    Activation("leaky-relu", x, _leaky, below=x / Num(100)),
    Activation("abs", Op("abs", (x,)), _abs),
    Activation("sigmoid", ONE / (ONE + _exp), below=Op("exp", (x,)) / (ONE + Op("exp", (x,)))),
    Activation("tanh", Op("tanh", (x,))),
    Activation("elu", x, below=Op("expm1", (x,))),
    Activation("silu", x / (ONE + _exp), below=x * Op("exp", (x,)) / (ONE + Op("exp", (x,)))),
    Activation("gelu", x * Op("erfc", (-x / Op("root", (Num(2), Num(2))),)) / 2),
    Activation("softplus", x + Op("log1p", (_exp,)), below=Op("log1p", (Op("exp", (x,)),))),
)
"""Laws with an exponential are written so that none is of a large positive number, which no float holds."""

BY_NAME = {activation.name: activation for activation in ACTIVATIONS}


def read_activation(text: str) -> Activation | None:
    """The activation of that name; None for no word, or for `identity`."""
    word = text.strip().lower().replace("_", "-")
    if word in ("", "none", "identity", "linear"):
        return None
    if word not in BY_NAME:
        known = nearest(word, BY_NAME) or f": choose {', '.join(BY_NAME)}"
        raise Impossible(f"there is no activation “{printable(text)}”{known}")
    return BY_NAME[word]
