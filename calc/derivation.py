"""What a worked solution is: a frozen tree of a few kinds of step.

The kinds are teaching words. A renderer walks them with one `match` that ends in `assert_never`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from calc.choices import covered
from calc.exact import Cells
from calc.expr import Expr, Num, Number, Op, num, product, total

Text = tuple[str | Expr, ...]
"""A sentence in which strings and expressions are mixed."""

Sign = Literal["=", "<", "≤"]


@dataclass(frozen=True)
class Given:
    """What is known: (symbol, value, meaning) each."""

    facts: tuple[tuple[str, Text, str], ...]


class Link(NamedTuple):
    """One expression of a chain, with the reason for writing it."""

    expression: Expr
    why: str = ""
    sign: Sign = "="


@dataclass(frozen=True)
class Chain:
    """left = first = second = …: all links have the same value, or it cannot be built."""

    left: Text
    links: tuple[Link, ...]

    def __post_init__(self) -> None:
        values = {link.expression.value() for link in self.links if not link.expression.free}
        if len(values) > 1:
            raise ValueError(f"the links of a chain differ: {values}")

    @property
    def value(self) -> Number:
        return self.links[-1].expression.value()


class Line(NamedTuple):
    """A relation such as 503 ≤ 512 − k < 504: one more part than signs."""

    parts: tuple[Expr, ...]
    signs: tuple[Sign, ...]
    why: str = ""

    def holds(self, env: Mapping[str, Number]) -> bool:
        values = [part.value(env) for part in self.parts]
        holds = {"=": lambda a, b: a == b, "<": lambda a, b: a < b, "≤": lambda a, b: a <= b}
        return all(holds[sign](a, b) for sign, a, b in zip(self.signs, values, values[1:], strict=False))


@dataclass(frozen=True)
class Solve:
    """Lines that all have the same whole solutions for the unknown, the last one says them."""

    unknown: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """A matrix as a picture; `sign` stands before it when it follows from the grid before."""

    cells: Cells
    caption: str = ""
    sign: str = ""
    what: Literal["image", "kernel", "feature map"] = "image"


class Window(NamedTuple):
    """One place of the kernel: what it covers, the Hadamard products, and the chain of their sum."""

    at: tuple[int, int]
    corner: tuple[int, int]
    patch: tuple[tuple[Number, ...], ...]
    kernel: tuple[tuple[Number, ...], ...]
    dilation: tuple[int, int] = (1, 1)
    bias: Number = 0

    @property
    def products(self) -> tuple[tuple[Number, ...], ...]:
        pairs = zip(self.patch, self.kernel, strict=True)
        return tuple(tuple(num(x * w).number for x, w in zip(*rows, strict=True)) for rows in pairs)

    @property
    def worked(self) -> Expr:
        """The sum of the products that are not zero, each worked out, and of the bias."""
        return total(tuple(num(x) for x in (*(x for row in self.products for x in row), self.bias) if x))

    @property
    def chain(self) -> Chain:
        """All products in reading order and the bias, those that are not zero, their values, the sum."""
        pairs = [(x, w) for rows in zip(self.patch, self.kernel, strict=True) for x, w in zip(*rows, strict=True)]
        factors = tuple(product((num(x), num(w))) for x, w in pairs)
        telling = tuple(f for f, (x, w) in zip(factors, pairs, strict=True) if x and w)
        bias = (num(self.bias),) if self.bias else ()
        links = [total((*factors, *bias)), total((*telling, *bias)), self.worked, num(self.sum)]
        return Chain((), tuple(Link(e) for i, e in enumerate(links) if i == 0 or e != links[i - 1]))

    @property
    def sum(self) -> Number:
        return num(sum(x for row in self.products for x in row) + self.bias).number


@dataclass(frozen=True)
class Windows:
    """The windows a kernel slides over, made when asked for, so that a large image costs no memory.

    `picture` is the padded image, `kernel` what is laid on it, `places` the outputs that are worked,
    counted from (0, 0); None means all of them, in reading order.
    """

    picture: Cells
    kernel: Cells
    stride: tuple[int, int] = (1, 1)
    places: tuple[tuple[int, int], ...] | None = None
    working: Literal["products", "hadamard"] = "products"
    dilation: tuple[int, int] = (1, 1)
    bias: Number = 0

    @property
    def outputs(self) -> tuple[int, int]:
        (height, width), (r_h, r_w), (s_h, s_w) = self.picture.shape, self._reach, self.stride
        return (height - r_h) // s_h + 1, (width - r_w) // s_w + 1

    @property
    def _reach(self) -> tuple[int, int]:
        return covered(self.kernel.shape, self.dilation)

    def window(self, at: tuple[int, int]) -> Window:
        (r_h, r_w), (d_h, d_w) = self._reach, self.dilation
        row, column = at[0] * self.stride[0], at[1] * self.stride[1]
        patch = self.picture.cut(slice(row, row + r_h, d_h), slice(column, column + r_w, d_w))
        return Window(at, (row, column), patch, self.kernel.cut(slice(None), slice(None)), self.dilation, self.bias)

    def __iter__(self) -> Iterator[Window]:
        rows, columns = self.outputs
        every = ((r, c) for r in range(rows) for c in range(columns))
        for at in every if self.places is None else self.places:
            yield self.window(at)


@dataclass(frozen=True)
class Table:
    """Rows under a header; `right` marks the columns that line up on their units; `total` closes it."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    right: tuple[bool, ...]
    total: tuple[Text, ...] = ()
    caption: str = ""


@dataclass(frozen=True)
class Note:
    """A sentence beside the working: a reason, a warning, or a convention that was taken."""

    kind: Literal["why", "careful", "convention"]
    text: Text


@dataclass(frozen=True)
class Check:
    """Somebody else was asked the same; `by` says who, with version and device, and `says` the outcome as a sentence."""

    by: str
    verdict: Literal["agrees", "differs", "not run"]
    says: Text
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class Derivation:
    """A worked solution, or a part of one.

    `headline` is the answer in words, `answer` the same as plain data, `solutions` every further right
    answer. `decimals` says that fractions print as decimals where those end, as the input was written.
    """

    title: Text
    steps: tuple[Step, ...]
    headline: Text = ()
    answer: Any = None
    solutions: tuple[Any, ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)
    decimals: bool = False

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(step for step in self.steps if isinstance(step, Check))


Step = Given | Chain | Solve | Grid | Windows | Table | Note | Check | Derivation


def work(left: Text, rule: Expr, env: Mapping[str, Number]) -> Chain:
    """The chain law → numbers put in → worked out operation by operation → value."""
    links = [Link(rule, "law" if rule.free else ""), Link(rule.put(env), "put in")]
    before = links[-1].expression
    while (after := before.reduce_once()) != before:
        links.append(Link(after, _floor_remark(before)))
        before = after
    settled = [link._replace(expression=link.expression.settled()) for link in links]
    return Chain(left, tuple(x for i, x in enumerate(settled) if i == 0 or x.expression != settled[i - 1].expression))


def _floor_remark(expression: Expr) -> str:
    """What the floor in the expression that is worked out next throws away."""
    match expression:
        case Op("floor", (Op("/", (Num(top), Num(bottom))),)):
            whole, rest = divmod(top, bottom)
            if rest:
                return f"{top} = {bottom}·{whole} + {rest}: the floor drops the rest"
            return "it divides evenly: the floor drops nothing"
        case Op(_, args):
            return next((remark for a in args if (remark := _floor_remark(a))), "")
    return ""
