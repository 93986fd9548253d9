"""The question behind `cnncalc shape`: the size rule of a layer, solved for what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from calc.axis import HYPER, LISTED, Axis, said_ranges
from calc.derivation import Derivation, Note, Step, Table, Text
from calc.dialects import (
    CONVOLVED,
    DIALECTS,
    Asked,
    Claim,
    Dialect,
    answers,
    convention,
    has,
    read_dialect,
    rule_for,
    zeros,
)
from calc.errors import Impossible, counted, listed, times
from calc.expr import Expr, Num, Number, Sym, num
from calc.question import Mistaken, Question, one_or_all
from calc.resizing import Adaptive, Factor, adapt, factor
from calc.rules import CONVOLUTION, MEANING, NAMES, NEUTRAL, POOLING, TRANSPOSED, WORDS, Name, Rule
from calc.several import Several
from calc.size_words import Values, Word, has_letters, read, read_layer, refuse_letters
from calc.stretches import Whole

if TYPE_CHECKING:
    from calc.lettered import Lettered

WIDEST = 16
"""Characters of an answer up to which there is room beside it for how a dialect comes to it."""

SHOWN = 6
"""Other layers shown in the table."""

AXES = {1: ("size",), 2: ("height", "width"), 3: ("depth", "height", "width")}
LINES = {2: ("row", "column"), 3: ("slice", "row", "column")}
"""What lies across each axis."""


@dataclass(frozen=True)
class Size(Question):
    """Which `unknown` makes the size rule of a layer true.

    `given` holds what was said, along each axis (depth, height, width); what was not said and is not the unknown has
    its neutral value: stride 1, padding 0, dilation 1. `same` records that the output was asked to be the input's
    size. `asked` says which layer it is, `dialect` in whose words; `named` that the unknown was given as ?, so that
    nothing else may vary.
    """

    given: tuple[tuple[Name, Values], ...]
    unknown: Name
    same: bool = False
    asked: Asked = CONVOLVED
    dialect: Dialect = "torch"
    named: bool = False

    @cached_property
    def rule(self) -> Rule:
        said = dict(self.given)
        rule = rule_for(self.asked, self.dialect)
        if any(said.get("padding", ())):
            rule = replace(rule, unpadded=None)
        tied = rule.moves_by_kernel and self.unknown == "kernel" and "stride" not in said
        return rule.tied if tied else rule

    @cached_property
    def every(self) -> tuple[Axis, ...]:
        """The question along each axis."""
        said = dict(self.given)
        if self.rule.moves_by_kernel and "stride" not in said and "kernel" in said and self.unknown != "stride":
            said["stride"] = said["kernel"]
        count = len(self.given[0][1])
        return tuple(
            Axis(self.rule, {name: sizes[i] for name, sizes in said.items()}, self.unknown) for i in range(count)
        )

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The same, one alone where they are alike."""
        return self.every[:1] if all(axis.known == self.every[0].known for axis in self.every) else self.every

    @property
    def answer(self) -> dict[str, Any]:
        """The unknown (with the layer it belongs to), a list [height, width] where the axes differ.

        A padding that cannot be equal is [before, after], along each of several axes. Where there are more solutions
        than are listed `count` says how many, None if there is no end of them.
        """
        if self.relaxed:
            return self.relaxed
        if self._splits:
            pairs = [list(pair) for pair in self._splits]
            padding = pairs[0] if len(self.every) == 1 else pairs * (len(self.every) // len(pairs))
            layers = [axis.answer for axis in self.axes]
            alike = {name: one_or_all([layer[name] for layer in layers]) for name in layers[0]}
            return alike | {"padding": padding}
        answers = [axis.answer for axis in self.axes]
        return {name: one_or_all([answer[name] for answer in answers]) for name in answers[0]} | self._count()

    def _count(self) -> dict[str, Any]:
        counts = [axis.count for axis in self.axes]
        if None in counts:
            return {"count": None}
        many = prod(count for count in counts if count is not None)
        return {"count": many} if many > LISTED else {}

    @cached_property
    def relaxed(self) -> dict[str, int] | None:
        """Where nothing does it with the rest neutral: the simplest layer that does it when the rest may vary."""
        stuck = any(axis.none and not axis.uneven for axis in self.axes)
        return next(iter(self._small_layers), None) if stuck and self.unknown != "in" and not self.named else None

    @cached_property
    def _splits(self) -> tuple[tuple[int, int], ...]:
        """The zeros before and after each axis, where they cannot be equal along one of them; nothing elsewhere."""
        if not any(axis.uneven for axis in self.axes):
            return ()
        return tuple(axis.uneven or (axis.answer["padding"],) * 2 for axis in self.axes)

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
        if self._splits:
            return (self.answer,)
        combined = islice(product(*(axis.solutions() for axis in self.axes)), LISTED)
        return tuple({name: one_or_all([part[name] for part in parts]) for name in parts[0]} for parts in combined)

    def claims(self) -> Iterator[Claim]:
        """What the solutions say along each axis."""
        for i, axis in enumerate(self.axes):
            known = axis.values()
            if self._splits:
                yield Claim({**known, "padding": 0}, self._splits[i])
            for solution in self._small_layers if self._splits else self.solutions:
                own = {name: value[i] if isinstance(value, list) else value for name, value in solution.items()}
                numbers = {name: value for name, value in own.items() if not isinstance(value, str)}
                values: dict[Any, Any] = {**known, **numbers}
                yield Claim(values, zeros(self.rule, values))

    def refuse(self) -> None:
        """`Impossible` if there is no answer."""
        names = AXES[len(self.every)]
        for name, axis in zip(names, self.axes, strict=False):
            try:
                axis.refuse(relaxed=bool(self.relaxed))
            except Impossible as fault:
                where = f"{name}: " if len(self.axes) > 1 else ""
                raise Impossible(f"{where}{fault}{self._would()}") from None

    def _would(self) -> str:
        """A clause with a small layer that does it if what was not said may vary."""
        given, layer = dict(self.given), next(iter(self._small_layers if self.named else ()), None)
        if layer is None:
            return ""
        changed = [f"{name} {x}" for name, x in layer.items() if name not in given and x != NEUTRAL.get(name)]
        return f"; {listed(changed)} would do it"

    def derivation(self) -> Derivation:
        steps: tuple[Step, ...]
        if len(self.axes) == 1:
            steps = self.axes[0].steps(alone=len(self.every) == 1)
        else:
            names = [name.capitalize() for name in AXES[len(self.axes)]]
            steps = tuple(
                Derivation((name,), axis.steps(alone=False)) for name, axis in zip(names, self.axes, strict=True)
            )
        if self.relaxed:
            given = dict(self.given)
            changed = [f"{name} {value}" for name, value in self.relaxed.items() if name not in given]
            tries = tuple(axis.tried(self.relaxed) for axis in self.axes)
            steps += (Derivation((f"What was not said may vary: {listed(changed)}",), tries),)
        parts = (
            ("What is left over", self._never_seen()),
            ("Other layers that do it, the simplest first", self._others()),
            ("The same question in other words", self._dialects()),
        )
        for title, part in parts:
            if len(self.axes) > 1 and part:
                steps += (Derivation((title,), tuple(map(_without_caption, part))),)
            else:
                steps += part
        steps = (Note("convention", (f"{convention(self.rule)}{self._default_stride()}",)), *steps)
        return Derivation(self._title(), steps, self._headline(), self.answer, self.solutions, self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        from calc.wrong_sizes import wrong_sizes

        return () if self.relaxed or self._splits else tuple(wrong_sizes(self.rule, self.axes, self.unknown))

    def answered_by(self, values: Sequence[Number]) -> bool:
        """Whether these numbers for the unknown, one for each axis, are an answer."""
        pairs = zip(self.axes, values, strict=True)
        return all(axis.answered_by(value) for axis, value in pairs)

    def data(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            name: _plain(sizes[0]) if len(self.axes) == 1 else [*map(_plain, sizes)] for name, sizes in self.given
        }
        if self.asked.word:
            said["padding"] = self.asked.word
        layer = {"kind": self.asked.kind, "dialect": self.dialect} | ({"ceil": True} if self.asked.ceil else {})
        return {"asks": "shape", "unknown": self.unknown, "same": self.same} | layer | said

    def _never_seen(self) -> tuple[Note, ...]:
        """What the floors of several axes drop, together."""
        if len(self.every) == 1 or any(axis.none for axis in self.every):
            return ()
        found: list[Mapping[str, int]] = [
            {} if self.unknown == "out" else {self.unknown: axis.best(axis.stretches[0])} for axis in self.every
        ]
        rests = [axis.rest(put) for axis, put in zip(self.every, found, strict=True)]
        lost = [counted(rest, line) for rest, line in zip(rests, LINES[len(rests)], strict=True) if rest > 0]
        if not lost:
            return ()
        one = len(lost) == 1 and sum(rest for rest in rests if rest > 0) == 1
        padded = any(axis.known_or_neutral("padding") for axis in self.every)
        where = "the padded input" if padded else "the input"
        return (Note("careful", (f"The last {listed(lost)} of {where} {'is' if one else 'are'} never looked at.",)),)

    def _default_stride(self) -> str:
        """That the stride is the kernel's, where nobody said another."""
        unsaid = "stride" not in dict(self.given) and self.unknown != "stride"
        return " · stride = kernel" if self.rule.moves_by_kernel and unsaid else ""

    def _title(self) -> Text:
        def said(name: Name) -> Text:
            sizes: list[str | Expr] = []
            for axis in self.axes:
                sizes += [*("×" if sizes else ""), num(axis.known[name])]
            return tuple(sizes)

        match self.unknown:
            case "out" if self.rule.kind == "up-sampling":
                return "What comes out of ", *said("in"), " scaled by ", *said("scale"), "?"
            case "out" if self.rule.kind == "convolution":
                return "What comes out of ", *said("in"), " with a kernel of ", *said("kernel"), "?"
            case "out":
                return "What comes out of ", *said("in"), f" through a {self.rule.kind} of ", *said("kernel"), "?"
            case "in":
                return "Which input gives ", *said("out"), "?"
            case unknown if self.same:
                return f"Which {WORDS[unknown]} keeps a size of ", *said("in"), "?"
            case unknown:
                return f"Which {WORDS[unknown]} turns ", *said("in"), " into ", *said("out"), "?"

    def _headline(self) -> Text:
        if self.relaxed:
            given = dict(self.given)
            changed = [
                f"{name} {value}"
                for name, value in self.relaxed.items()
                if name not in given and value != NEUTRAL.get(name)
            ]
            return (listed(changed),)
        if self._splits:
            said = [f"{before} and {after}" if before != after else str(before) for before, after in self._splits]
            return (f"no equal padding: {', '.join(dict.fromkeys(said))}",)
        if self.unknown == "out":
            return (times([axis.out_for() for axis in self.axes]),)
        said = [said_ranges(axis.stretches) for axis in self.axes]
        if self.unknown == "kernel":
            said *= max(2 // len(said), 1)
            return ((" × " if any("…" in word or " " in word for word in said) else "×").join(said),)
        return (f"{WORDS[self.unknown]} {' × '.join(said)}",)

    def _family(self) -> tuple[Expr, dict[str, Any]] | None:
        """The kernel as a formula in the padding, where both are free: each zero on both sides lets it grow by 2."""
        free = self.unknown == "kernel" and "padding" not in dict(self.given) and not self.relaxed
        if not free or len(self.axes) > 1 or self.rule.kind != "convolution" or self.rule.word:
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
                ((kind(layer),), *((Num(layer[name]),) for name in ("kernel", "padding", "dilation", "stride")), ("",))
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

    def _dialects(self) -> tuple[Step, ...]:
        """What torch, Keras, ONNX and Caffe answer, where they differ."""
        said = dict(self.given)
        layer = self.asked._replace(padded=True) if self.unknown == "padding" else self.asked
        asked = [
            answers(layer, {name: sizes[i] for name, sizes in said.items()}, self.unknown)
            for i in range(len(self.axes))
        ]
        rows: list[tuple[str, str, str]] = []
        remarks: list[str] = []
        for dialect, each in zip(DIALECTS, zip(*asked, strict=True), strict=True):
            why = next((found for _, _, found in each if isinstance(found, str)), "")
            rule = each[0][1]
            if why or rule is None:
                rows.append((DIALECTS[dialect], "–", "refused"))
                remarks.append(why)
                continue
            stretches = [said_ranges(Whole(*ends) for ends in found) or "none" for _, _, found in each]
            if rule.kind == "pooling" and not rule.moves_by_kernel and "stride" not in said:
                remarks.append(f"{DIALECTS[dialect]}'s pooling moves by 1 if no stride is said")
            between = " × " if any("…" in found or " " in found for found in stretches) else "×"
            rows.append((DIALECTS[dialect], between.join(stretches), rule.convention))
        numbers = {found for _, found, how in rows if how != "refused"}
        refused = any(how == "refused" for _, _, how in rows)
        if len(numbers) == 1 and (self.dialect == "torch" or not refused):
            return ()
        if max(len(found) for _, found, _ in rows) > WIDEST:
            remarks = [f"{who}: {how}" for who, _, how in rows] + remarks
            rows = [(who, found, "") for who, found, _ in rows]
        table = Table(
            (("",), (WORDS[self.unknown],), ("",)),
            tuple(((who,), (found,), (how,)) for who, found, how in rows),
            (False, True, False),
            caption="The same question in other words",
        )
        return table, *(Note("convention", (f"{why}.",)) for why in dict.fromkeys(remarks))


def _without_caption(step: Step) -> Step:
    return replace(step, caption="") if isinstance(step, Table) else step


def _plain(number: Number) -> int | str:
    return number if isinstance(number, int) else f"{number.numerator}/{number.denominator}"


def kind(layer: Mapping[str, int]) -> str:
    """What is unusual about a layer, in words."""
    words = [
        word
        for word, there in (
            ("dilated", layer.get("dilation", 1) > 1),
            ("strided", layer.get("stride", 1) > 1),
            ("padded", layer.get("padding", 0) > 0),
        )
        if there
    ]
    return ", ".join(words) or "plain"


SizeQuestion = Size | Several | Adaptive | Factor


def size(
    in_: Word = None,
    out: Word = None,
    kernel: Word = None,
    stride: Word = None,
    padding: Word = None,
    dilation: Word = None,
    output_padding: Word = None,
    *,
    transposed: bool = False,
    pool: bool = False,
    ceil: bool = False,
    adaptive: Word = None,
    scale: Word = None,
    dialect: str = "torch",
    up_to: int | None = None,
) -> SizeQuestion | Lettered:
    """The size rule of a layer with one number or several unknown, as a question.

    Each number is a size (512), height × width ("480x640"), depth × height × width, or None; `out="same"` asks for the
    input's size; `padding` may be a word: same, valid, full, same-upper, same-lower. Letters and expressions of them
    (n, 2n, (K − 1)/2) stand for whole numbers, and are answered with letters. The unknown is `out` or `in_`
    where only one of them is given, else the first of kernel, padding, stride, dilation that is missing; "?" names it
    outright, and several "?" ask for every layer `up_to` a bound. Raises `Impossible` when nothing or too much is
    unknown.
    """
    chosen = read_dialect(dialect)
    if up_to is not None and up_to < 1:
        raise Impossible(f"--up-to {up_to} is not possible: it is at least 1")
    words: dict[Name, Word] = {
        "in": in_,
        "out": out,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "output_padding": output_padding,
    }
    hyper: dict[str, Word] = {name: word for name, word in words.items() if name not in ("in", "out")}
    if adaptive is not None:
        _no_bound(up_to)
        return adapt(in_, out, adaptive, {**hyper, "scale": scale}, alone=not (transposed or pool or ceil))
    asked = read_layer(
        transposed=transposed,
        pool=pool,
        ceil=ceil,
        scaled=scale is not None,
        padding=padding,
        output_padded=output_padding is not None,
        said=hyper,
    )
    words["scale"] = scale
    words["padding"] = None if asked.word else padding
    same = str(out).lower() == "same"
    if same and in_ is None and _whatever_input(words, asked, chosen):
        words["in"] = _free_letter(words)
    if same and (words["in"] is None or str(in_).strip() == "?"):
        raise Impossible("“--out same” needs the input size: add --in")
    words["out"] = words["in"] if same else out
    if any(has_letters(word, name) for name, word in words.items()):
        _no_bound(up_to)
        return _with_letters(words, asked, chosen, same=same)
    said, unknowns = read(words)
    if {"in", "out", "kernel"} <= set(said) and padding is None and asked.kind in ("convolution", "pooling"):
        asked = asked._replace(padded=not unknowns)
    rule = rule_for(asked, chosen)
    for i in range(max(map(len, said.values()), default=0)):
        has(rule, {name: sizes[i] for name, sizes in said.items()})
    given = tuple(said.items())
    if len(unknowns) > 1:
        return _several(given, unknowns, asked, chosen, up_to or 0)
    _no_bound(up_to)
    if unknowns == ["scale"]:
        return factor(given, chosen)
    question = Size(given, _unknown(rule, said, unknowns), same, asked, chosen, bool(unknowns))
    question.refuse()
    return question


def _no_bound(up_to: int | None) -> None:
    """`Impossible` if a bound is given where one number alone is looked for."""
    if up_to is not None:
        raise Impossible("--up-to says how far two or more unknowns are looked for: leave it out, here is only one")


def _with_letters(words: dict[Name, Word], asked: Asked, dialect: Dialect, *, same: bool) -> Lettered:
    """The question where letters stand for numbers."""
    from calc.lettered import lettered

    laws = {"convolution": CONVOLUTION.law, "transposed convolution": TRANSPOSED.law, "pooling": POOLING.law}
    unknowns = [name for name, word in words.items() if str(word).strip() == "?"]
    if asked.kind == "convolution" and asked.word in ("valid", "full"):
        words["padding"] = _zeros_in_words(words, asked.word)
        asked = asked._replace(word="")
    if not _takes_letters(asked, dialect):
        who = f"padding “{asked.word}”" if asked.word else "a pooling that rounds up" if asked.ceil else asked.kind
        refuse_letters(who if dialect == "torch" else f"{DIALECTS[dialect]}'s {asked.kind}", words.items())
    law = laws[asked.kind]
    if len(unknowns) > 1:
        raise Impossible("with letters one number is looked for: name the others")
    said = {name: str(word) for name, word in words.items() if word is not None and name not in unknowns}
    if asked.kind == "pooling" and "stride" not in said and "kernel" in said:
        said["stride"] = said["kernel"]
    return lettered(said | ({"out": "same"} if same else {}), unknowns[0] if unknowns else None, law=law)


def _takes_letters(asked: Asked, dialect: Dialect) -> bool:
    """Whether the layer is one of which letters are read."""
    return asked.kind != "up-sampling" and not asked.ceil and not asked.word and dialect == "torch"


def _whatever_input(words: Mapping[Name, Word], asked: Asked, dialect: Dialect) -> bool:
    """Whether what keeps a size can be found without the size: one number along one axis."""
    said = [str(word).lower() for word in words.values() if word is not None]
    one = sum(word.strip() == "?" for word in said) <= 1 and not any("x" in word or "×" in word for word in said)
    return one and asked.kind != "pooling" and _takes_letters(asked, dialect)


def _free_letter(words: Mapping[Name, Word]) -> str:
    """A letter for a size that does not matter, which stands for nothing else."""
    taken = "".join(str(word) for word in words.values() if word is not None)
    return next(letter for letter in chain("nmh", (f"n{i}" for i in count())) if letter not in taken)


def _zeros_in_words(words: Mapping[Name, Word], padding: str) -> str:
    """The zeros on each side that `valid` or `full` mean, as a word."""
    if padding == "valid":
        return "0"
    kernel, dilation = words["kernel"], words["dilation"]
    if kernel is None or "?" in (str(kernel).strip(), str(dilation).strip()):
        raise Impossible("with letters padding “full” needs the kernel and the dilation: add --kernel")
    return f"(({kernel}) − 1)" if dilation is None else f"({dilation})·(({kernel}) − 1)"


def _several(
    given: tuple[tuple[Name, Values], ...], unknowns: list[Name], asked: Asked, dialect: Dialect, up_to: int
) -> Several:
    known = {name for name, _ in given}
    for name in ("in", "out"):
        if name not in known and name not in unknowns:
            raise Impossible(f"the {WORDS[name]} size is missing: give --{name} N, or --{name} ? to have it found too")
    if "scale" in unknowns:
        raise Impossible("the scale can be found when both --in and --out are given")
    if asked.kind != "up-sampling" and "kernel" not in known and "kernel" not in unknowns:
        raise Impossible("the kernel is missing: give --kernel N, or --kernel ? to have it found too")
    question = Several(given, tuple(name for name in NAMES if name in unknowns), asked, dialect, up_to)
    question.refuse()
    return question


def _unknown(rule: Rule, said: Mapping[Name, Values], asked: list[Name]) -> Name:
    """What is to be found: what was asked for, else what is missing."""
    missing = [name for name in NAMES if name in ("in", "out", *rule.hyper) and name not in said]
    if "in" in missing and "out" in missing:
        raise Impossible("neither the input nor the output size is given: add --in, --out or both")
    name = _asked(rule, said, asked) if asked else next((n for n in ("in", "out") if n in missing), None)
    name = name or next((n for n in HYPER if n in missing), None)
    if name is None:
        _nothing_unknown(rule, said)
    assert name is not None
    if name in ("in", "out") and "kernel" in rule.hyper and "kernel" not in said:
        known = "in" if name == "out" else "out"
        raise Impossible(
            f"with --{known} alone two numbers are unknown: add --kernel to get the {MEANING[name]}, or --{name} to get the kernel"
        )
    if name in HYPER and "kernel" in rule.hyper and "kernel" not in said and name != "kernel":
        raise Impossible(f"two numbers are unknown, the {WORDS[name]} and the kernel: add --kernel")
    return name


def _asked(rule: Rule, said: Mapping[Name, Values], asked: list[Name]) -> Name:
    (name,) = asked
    if name not in ("in", "out", *rule.hyper):
        has(rule, {name: -1})
    if name in HYPER and len({"in", "out"} & set(said)) < 2:
        raise Impossible(f"the {WORDS[name]} can be found when both --in and --out are given")
    return name


def _nothing_unknown(rule: Rule, said: Mapping[Name, Values]) -> None:
    """Always `Impossible`: every number is given."""
    count = len(said["in"])
    outs = [rule.size({name: values[i] for name, values in said.items() if name != "out"}) for i in range(count)]
    names = [name for name in rule.hyper if name in said]
    with_ = listed([f"{WORDS[name]} {times(dict.fromkeys(said[name]))}" for name in names])
    given = f"{times(said['in'])} with {with_}"
    if outs == [*said["out"]]:
        raise Impossible(f"nothing is unknown: {given} does give {times(outs)}; leave out the number you look for")
    raise Impossible(
        f"these sizes contradict each other: {given} gives {times(outs)}, not {times(said['out'])}; leave out the number you look for"
    )
