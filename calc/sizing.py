"""The question behind `cnncalc shape`: the output-size equation of a convolution, solved for what is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any

from calc.axis import HYPER, LETTER, LISTED, LOWEST, MEANING, NAMES, NEUTRAL, Axis, Name, listed
from calc.derivation import Derivation, Step, Table, Text
from calc.errors import Impossible, printable, times
from calc.expr import Expr, Num, Sym
from calc.isolate import Whole
from calc.layers.conv import Conv, Conv2d
from calc.question import Mistaken, Question

Sizes = tuple[int, ...]

SHOWN = 6
"""Other layers shown in the table."""


@dataclass(frozen=True)
class Size(Question):
    """Which `unknown` makes out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 true.

    `given` holds what was said, along each axis (height, width); what was not said and is not the unknown has its
    neutral value: stride 1, padding 0, dilation 1. `same` records that the output was asked to be the input's size.
    """

    given: tuple[tuple[Name, Sizes], ...]
    unknown: Name
    same: bool = False

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        said = dict(self.given)
        every = [
            Axis({name: sizes[i] for name, sizes in said.items()}, self.unknown) for i in range(len(self.given[0][1]))
        ]
        return tuple(every[:1]) if all(axis.known == every[0].known for axis in every) else tuple(every)

    @property
    def answer(self) -> dict[str, Any]:
        """The unknown (with the layer it belongs to), a list [height, width] where the axes differ."""
        if self.relaxed:
            return self.relaxed
        answers = [axis.answer for axis in self.axes]
        return {name: _one_or_all([answer[name] for answer in answers]) for name in answers[0]}

    @cached_property
    def relaxed(self) -> dict[str, int] | None:
        """Where nothing does it with the rest neutral: the simplest layer that does it when the rest may vary."""
        stuck = any(axis.isolated and axis.isolated.whole.empty and not axis.uneven for axis in self.axes)
        return next(iter(self._small_layers), None) if stuck and self.unknown != "in" else None

    @cached_property
    def _small_layers(self) -> tuple[dict[str, int], ...]:
        """Small layers that answer every axis, and have what was said along it."""
        first, *rest = self.axes
        return tuple(layer for layer in first.others() if all(axis.allows(layer) and axis.does(layer) for axis in rest))

    @cached_property
    def solutions(self) -> tuple[dict[str, Any], ...]:
        """Right answers, the one named first first: those for the unknown alone, then the other small layers that do it.

        Of a long range the first `LISTED` are here, which the derivation says.
        """
        if self.unknown in ("in", "out"):
            return self._own
        return (*self._own, *(layer for layer in self._small_layers if layer not in self._own))

    @cached_property
    def _own(self) -> tuple[dict[str, Any], ...]:
        """The solutions for the unknown alone."""
        combined = islice(product(*(axis.solutions() for axis in self.axes)), LISTED)
        return tuple({name: _one_or_all([part[name] for part in parts]) for name in parts[0]} for parts in combined)

    def claims(self) -> Iterator[tuple[int, tuple[int, int], dict[str, int], int]]:
        """What the solutions say along each axis: (in, (zeros before, after), layer, out)."""
        for i, axis in enumerate(self.axes):
            n, out = axis.known.get("in", 0), axis.known.get("out", 0)
            for solution in self.solutions:
                own = {name: value[i] if isinstance(value, list) else value for name, value in solution.items()}
                layer = axis.layer(None) | own
                yield own.get("in", n), (layer["padding"],) * 2, layer, own.get("out", out)
            if axis.uneven:
                yield n, axis.uneven, axis.layer(None), out

    def refuse(self) -> None:
        """`Impossible` if there is no answer."""
        for name, axis in zip(("height", "width"), self.axes, strict=False):
            try:
                axis.refuse(relaxed=bool(self.relaxed))
            except Impossible as fault:
                raise Impossible(f"{name}: {fault}" if len(self.axes) > 1 else str(fault)) from None

    def derivation(self) -> Derivation:
        if len(self.axes) == 1:
            steps: tuple[Step, ...] = self.axes[0].steps()
        else:
            names = ("Height", "Width")
            steps = tuple(Derivation((name,), axis.steps()) for name, axis in zip(names, self.axes, strict=True))
        if self.relaxed:
            given = dict(self.given)
            changed = [f"{name} {value}" for name, value in self.relaxed.items() if name not in given]
            tries = tuple(axis.tried(self.relaxed) for axis in self.axes)
            steps += (Derivation((f"What was not said may vary: {listed(changed)}",), tries),)
        steps += self._others()
        return Derivation(self._title(), steps, self._headline(), self.answer, self.solutions, self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        if self.unknown != "out" or len(self.axes) > 1:
            return ()
        axis = self.axes[0]
        led = ((m.why, m.rule.value(axis.letters())) for m in Conv2d.misconceptions() if m.about == "size")
        return tuple(Mistaken(why, {"out": value}) for why, value in led if value != axis.answer["out"])

    def data(self) -> dict[str, Any]:
        said: dict[str, Any] = {name: sizes[0] if len(self.axes) == 1 else list(sizes) for name, sizes in self.given}
        return {"asks": "shape", "unknown": self.unknown, "same": self.same} | said

    def _title(self) -> Text:
        def said(name: Name) -> Text:
            sizes: list[str | Expr] = []
            for axis in self.axes:
                sizes += [*("×" if sizes else ""), Num(axis.known[name])]
            return tuple(sizes)

        match self.unknown:
            case "out":
                return "What comes out of ", *said("in"), " with a kernel of ", *said("kernel"), "?"
            case "in":
                return "Which input gives ", *said("out"), "?"
            case unknown if self.same:
                return f"Which {unknown} keeps a size of ", *said("in"), "?"
            case unknown:
                return f"Which {unknown} turns ", *said("in"), " into ", *said("out"), "?"

    def _headline(self) -> Text:
        if self.relaxed:
            given = dict(self.given)
            changed = [
                f"{name} {value}"
                for name, value in self.relaxed.items()
                if name not in given and value != NEUTRAL.get(name)
            ]
            return (listed(changed),)
        if any(axis.uneven for axis in self.axes):
            said = [
                f"{axis.uneven[0]} and {axis.uneven[1]}" if axis.uneven else str(axis.answer["padding"])
                for axis in self.axes
            ]
            return (f"no equal padding: {', '.join(dict.fromkeys(said))}",)
        if self.unknown == "out":
            return (times([axis.out_for() for axis in self.axes]),)
        said = [_range(axis.isolated.whole) for axis in self.axes if axis.isolated]
        if self.unknown == "kernel":
            return (
                " × ".join(said * (2 // len(said)))
                if any("…" in word for word in said)
                else "×".join(said * (2 // len(said))),
            )
        return (f"{self.unknown} {' × '.join(said)}",)

    def _family(self) -> tuple[Expr, dict[str, Any]] | None:
        """The kernel as a formula in the padding, where both are free: each zero on both sides lets it grow by 2."""
        if self.unknown != "kernel" or "padding" in dict(self.given) or self.relaxed or len(self.axes) > 1:
            return None
        layer = self.axes[0].answer
        if layer["kernel"] is None or layer["dilation"] > 2:
            return None
        return Num(layer["kernel"]) + (2 * Sym("p") if layer["dilation"] == 1 else Sym("p")), layer

    def _others(self) -> tuple[Step, ...]:
        """The other small layers that do it."""
        if self.unknown in ("in", "out"):
            return ()
        rows: list[tuple[Text, ...]] = []
        family = self._family()
        if family:
            kernel, layer = family
            more = ", ".join(f"{kernel.value({'p': p})} and {p}" for p in (1, 2))
            rows.append(
                (
                    ("with padding p",),
                    (kernel,),
                    (Sym("p"),),
                    (str(layer["dilation"]),),
                    (str(layer["stride"]),),
                    (f"{more}, …",),
                )
            )
        for layer in self._small_layers:
            within = (
                family
                and all(layer[name] == family[1][name] for name in ("stride", "dilation"))
                and layer["kernel"] == family[0].value({"p": layer["padding"]})
            )
            if layer in self._own or layer == self.answer or within or len(rows) >= SHOWN:
                continue
            rows.append(
                ((_kind(layer),), *((Num(layer[name]),) for name in ("kernel", "padding", "dilation", "stride")), ("",))
            )
        if not rows:
            return ()
        header: tuple[Text, ...] = (("",), ("kernel",), ("padding",), ("dilation",), ("stride",), ("",))
        return (
            Table(
                header,
                tuple(rows),
                (False, True, True, True, True, False),
                caption="Other layers that do it, the simplest first",
            ),
        )


def size(
    in_: int | str | None = None,
    out: int | str | None = None,
    kernel: int | str | None = None,
    stride: int | str | None = None,
    padding: int | str | None = None,
    dilation: int | str | None = None,
) -> Size:
    """The output-size equation with one number unknown, as a question.

    Each number is a size (512), height × width ("480x640"), or None; `out="same"` asks for the input's size. The
    unknown is `out` or `in_` where only one of them is given, else the first of kernel, padding, stride, dilation that
    is missing; "?" names it outright. Raises `Impossible` when nothing or too much is unknown.
    """
    words: dict[Name, int | str | None] = {
        "in": in_,
        "out": out,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }
    asked: list[Name] = [name for name, word in words.items() if word == "?"]
    same = out == "same"
    if same:
        words["out"] = in_
    said: dict[Name, Sizes] = {
        name: _sizes(word, name) for name, word in words.items() if word is not None and word != "?"
    }
    if same and "in" not in said:
        raise Impossible("“--out same” needs the input size: add --in")
    unknown = _unknown(said, asked)
    if unknown in ("in", "out") and "kernel" not in said:
        known = "in" if unknown == "out" else "out"
        raise Impossible(
            f"with --{known} alone two numbers are unknown: add --kernel to get the {MEANING[unknown]}, or --{unknown} to get the kernel"
        )
    if unknown in HYPER and "kernel" not in said and unknown != "kernel":
        raise Impossible(f"two numbers are unknown, the {unknown} and the kernel: add --kernel")
    count = max(map(len, said.values()))
    given = tuple((name, sizes * (count // len(sizes))) for name, sizes in said.items())
    question = Size(given, unknown, same)
    question.refuse()
    return question


def _unknown(said: dict[Name, Sizes], asked: list[Name]) -> Name:
    if len(asked) > 1:
        raise Impossible(f"one number can be unknown, not {len(asked)}: {listed(['--' + name for name in asked])}")
    missing: list[Name] = [name for name in NAMES if name not in said]
    if "in" in missing and "out" in missing:
        raise Impossible("neither the input nor the output size is given: add --in, --out or both")
    if asked:
        if asked[0] in HYPER and len({"in", "out"} & set(said)) < 2:
            raise Impossible(f"the {asked[0]} can be found when both --in and --out are given")
        return asked[0]
    if missing:
        hyper: list[Name] = [name for name in HYPER if name in missing]
        return next(name for name in ("in", "out", *hyper) if name in missing)
    return _nothing_unknown(said)


def _nothing_unknown(said: dict[Name, Sizes]) -> Name:
    count = max(map(len, said.values()))
    axes = [{name: (sizes * count)[i] for name, sizes in said.items()} for i in range(count)]
    outs = [int(Conv.size.value({LETTER[name]: value for name, value in axis.items()})) for axis in axes]
    wanted = [axis["out"] for axis in axes]
    sizes = "×".join(map(str, outs)), "×".join(map(str, wanted))
    with_ = listed([f"{name} {times(said[name])}" for name in ("kernel", "stride", "padding", "dilation")])
    given = f"{'×'.join(map(str, said['in']))} with {with_}"
    if outs == wanted:
        raise Impossible(f"nothing is unknown: {given} does give {sizes[0]}; leave out the number you look for")
    raise Impossible(
        f"these sizes contradict each other: {given} gives {sizes[0]}, not {sizes[1]}; leave out the number you look for"
    )


def _sizes(word: int | str | None, name: Name) -> Sizes:
    text = str(word).replace("×", "x").lower().strip()
    parts = text.split("x")
    if len(parts) > 2 or not all(part.strip().lstrip("+-").isdecimal() and len(part) < 1_000 for part in parts):
        form = "a whole number of less than 1000 digits or HxW, such as 32 or 480x640"
        raise Impossible(f"--{name} “{printable(str(word), 30)}” is not {form}")
    sizes = tuple(map(int, parts))
    for value in sizes:
        if value < LOWEST[name]:
            raise Impossible(f"--{name} {value} is not possible: it is at least {LOWEST[name]}")
    return sizes


def _one_or_all(values: list[Any]) -> Any:
    """One value for both axes where they agree."""
    return values[0] if len(set(values)) == 1 else values


def _range(whole: Whole) -> str:
    if whole.last is None:
        return f"{whole.first} or more"
    return str(whole.first) if whole.first == whole.last else f"{whole.first}…{whole.last}"


def _kind(layer: dict[str, int]) -> str:
    words = [
        word
        for word, there in (
            ("dilated", layer["dilation"] > 1),
            ("strided", layer["stride"] > 1),
            ("padded", layer["padding"] > 0),
        )
        if there
    ]
    return ", ".join(words) or "plain"
