"""The question behind `cnncalc params`: the parameters of a network, layer by layer, in a ledger that closes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from calc.conventions import Between, Work, reconciled
from calc.derivation import Check, Derivation, Note, Step, Text
from calc.errors import counted, listed, times
from calc.expr import Expr, Num, Number, exact, num, product, total
from calc.layers.norm import STATISTICS
from calc.ledger import OF_MACS, SHOWN, table
from calc.network import Call, Network, Tensor
from calc.paths import Field
from calc.question import Mistaken, Question
from calc.readers.kinds import OWN
from calc.receptive import CELL, fields_in_a_row
from calc.receptive import Field as FieldInRow
from calc.volumes import volumes_of
from calc.wiring import largest_input, node_fields
from calc.wrong_counts import rules


@dataclass(frozen=True)
class Row:
    """A line of the ledger: a call, the parameters it adds, and its multiply-accumulates.

    `own` are the tensors that no earlier row counted, `formula` their number: by the layer's rule (`by_rule`), else by
    their shapes; None where there are none. `macs` is None where they are unknown.
    """

    call: Call
    own: tuple[Tensor, ...]
    formula: Expr | None
    by_rule: bool
    macs: Expr | None
    field: tuple[Field, ...] = ()
    """How many cells of the input one output sees along each axis; empty where that is not known."""

    @property
    def parameters(self) -> int:
        return int(self.formula.value()) if self.formula else 0

    @property
    def trainable(self) -> int:
        return sum(t.numel for t in self.own if t.trainable)

    @property
    def biases(self) -> int:
        return sum(t.numel for t in self.own if t.name.rpartition(".")[2].startswith("bias"))


@dataclass(frozen=True)
class Count(Question):
    """How many parameters and multiply-accumulates a network has; `source` says where it was found."""

    network: Network
    source: str = ""
    asks: tuple[str, ...] = ()
    """The columns of the ledger that are asked where these are not the parameters."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        rows = tuple(self._ledger())
        if self.network.nodes:
            fields = node_fields(self.network.nodes, [row.call.node for row in rows])
        else:
            in_a_row = fields_in_a_row([row.call for row in rows], self.network.input)
            fields = [tuple(map(_told, along)) for along in in_a_row]
        return tuple(replace(row, field=field) for row, field in zip(rows, fields, strict=True))

    @cached_property
    def _before(self) -> tuple[tuple[Field, ...], ...]:
        """What the input of each row sees of the network's, where it comes out of one operation alone."""
        nodes = self.network.nodes
        if nodes:
            of = [nodes[n].of if (n := row.call.node) is not None else () for row in self.rows]
            return tuple(node_fields(nodes, [each[0] if len(each) == 1 else None for each in of]))
        first = tuple(_told(CELL) for _ in (self.network.input or ())[1:])
        return (first, *(row.field for row in self.rows[:-1]))

    def seen_before(self, row: Row) -> tuple[Field, ...]:
        """What one cell that goes into a row sees of the input, along each axis; empty where that is not known."""
        return self._before[next(i for i, each in enumerate(self.rows) if each is row)]

    def _ledger(self) -> Iterator[Row]:
        seen: set[str] = set()
        for call in self.network.calls:
            own = tuple(t for t in call.tensors if t.name not in seen)
            seen.update(t.name for t in own)
            by_rule = call.layer.count() if call.layer and own == call.tensors else None
            if not own:
                formula, ruled = None, False
            elif by_rule is not None and by_rule.value() == sum(t.numel for t in own):
                formula, ruled = by_rule, True
            else:
                formula, ruled = total(tuple(product(tuple(map(num, t.shape))) for t in own)), False
            yield Row(call, own, formula, ruled, self._macs(call))

    def _macs(self, call: Call) -> Expr | None:
        if call.unknown or not call.known:
            return None
        ruled = self._ruled_macs(call)
        if call.traced is None or (ruled is not None and ruled.value() == call.traced.value()):
            return ruled
        return call.traced

    def _ruled_macs(self, call: Call) -> Expr | None:
        """The multiply-accumulates by the layer's rule; None where the rule or a shape is missing."""
        if not call.tensors:
            return Num(0)
        if call.layer is None or call.output is None or not call.inputs:
            return None
        once = call.layer.multiply_accumulates(call.inputs[0], call.output)
        if once.free:  # its weights are used as another layer's
            return None
        return once if call.batch == 1 else num(call.batch) * once

    @property
    def parameters(self) -> int:
        """All there are, or at least as many where those of some layer are not known."""
        return sum(row.parameters for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether the parameters of every layer are known."""
        return all(row.call.known for row in self.rows)

    @property
    def trainable(self) -> int:
        return sum(t.numel for t in self.network.tensors if t.trainable)

    @property
    def known_macs(self) -> int:
        """The multiply-accumulates of the layers with rules, as often as they were called."""
        return sum(int(row.macs.value()) for row in self.rows if row.macs)

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates with weights of one forward pass; None where no input was given or some are unknown.

        A layer that was never called adds none.
        """
        if not self.network.input or self.network.fault:
            return None
        unknown = any(row.macs is None and row.call.used for row in self.rows)
        return None if unknown else self.known_macs

    @property
    def answer(self) -> dict[str, Any]:
        layers = [
            {
                "name": row.call.name,
                "kind": row.call.kind,
                "input_shape": list(row.call.inputs[0]) if row.call.inputs else None,
                "output_shape": list(row.call.output) if row.call.output is not None else None,
                "parameters": row.parameters if row.call.known else None,
                "trainable": row.trainable if row.call.known else None,
                "macs": int(row.macs.value()) if row.macs and self.network.input else None,
                "receptive_field": [field.size for field in row.field] or None,
                "jump": _each(row.field, [field.jump for field in row.field]),
                "start": _each(row.field, [field.start for field in row.field]),
                "formula": row.formula,
            }
            for row in self.rows
        ]
        whole: dict[str, Any] = {"parameters": self.parameters, "trainable": self.trainable, "macs": self.macs}
        between = {"macs_between_activations": self.network.between} if self.network.between else {}
        fault = {"fault": self.network.fault} if self.network.fault else {}
        held = self.network.buffers
        buffers = {
            "tensors": len(held),
            "numbers": sum(b.numel for b in held),
            "statistics": self.statistics,
            "not_saved": sum(b.numel for b in held if not b.saved),
        }
        whole |= {"buffers": buffers} if held else {}
        return whole | ({} if self.complete else {"complete": False}) | {"layers": layers} | between | fault

    def derivation(
        self, columns: Sequence[str] = SHOWN, depth: int | None = None, *, explained: bool = False
    ) -> Derivation:
        """The ledger with those columns, to that depth of names; `explained` beside what other counters say."""
        shapes = (self.network.input, *self.network.more) if self.network.input else ()
        shape = f" on {' and '.join(map(times, shapes))}" if shapes else ""
        source = f" in {self.source}" if self.source else ""
        steps: list[Step] = [
            *(Note("careful", (text,)) for text in self.network.notes),
            table(self, columns, depth),
            *volumes_of(self, depth),
            *self._notes(columns, explained=explained),
            *self._about_fields(columns),
            *((reconciled(tuple(self._works()), self._between()),) if explained else ()),
            self.ledger(),
        ]
        title = (f"{self.network.name}{source}{shape}",)
        headline: Text = (Num(self.parameters), " parameter" if self.parameters == 1 else " parameters")
        least: Text = () if self.complete else ("at least ",)
        return Derivation(title, tuple(steps), (*least, *headline), self.answer, (), self.data())

    def _works(self) -> Iterator[Work]:
        """The layers at work, as other counters meet them."""
        for row in self.rows:
            call = row.call
            if not call.used or (call.kind == OWN and row.macs is not None and not row.macs.value()):
                continue
            parts = {name.rpartition(".")[2] for name in call.layer.tensors()} if call.layer else set()
            own = all(tensor.name.rpartition(".")[2] in parts for tensor in call.tensors)  # not made of others
            made = "" if own or not call.layer else ", its weights made of others"
            plain = own and call.batch == 1 and not call.by_weights
            layer = call.layer if call.inputs and call.output is not None else None
            shape = call.inputs[0] if call.inputs else ()
            macs = None if row.macs is None else int(row.macs.value())
            yield Work(layer, macs, shape, call.output or (), f"{call.name} ({call.kind}{made})", plain)

    def _between(self) -> Between:
        """What the network does besides its layers."""
        return Between(frozenset(self.network.outside), bool(self.network.between))

    def mistaken(self) -> tuple[Mistaken, ...]:
        """What the total would be if one wrong rule were followed in every layer it bends."""
        led = (Mistaken(rule.name, rule.why, {"parameters": rule.total(self)}) for rule in rules(self))
        return tuple(each for each in led if each.answer["parameters"] != self.parameters)

    def ledger(self) -> Check:
        """Whether the rows add up to the distinct parameter tensors that the network lists."""
        held = sum(t.numel for t in self.network.tensors)
        known = "" if self.complete else "known "
        tensors = counted(len(self.network.tensors), f"{known}parameter tensor")
        hold = "holds" if len(self.network.tensors) == 1 else "hold"
        if held == self.parameters:
            return Check(
                "the network", "agrees", (f"the rows add up: the network's {tensors} {hold} ", Num(held), " numbers")
            )
        says = (
            "the rows do not add up: they have ",
            Num(self.parameters),
            f" parameters, the network's {tensors} {hold} ",
            Num(held),
        )
        return Check("the network", "differs", says, str(self.parameters), str(held))

    def data(self) -> dict[str, Any]:
        wanted = list(self.network.input) if self.network.input else None
        more = {"more_inputs": list(map(list, self.network.more))} if self.network.more else {}
        taken = {"input_inferred": True} if self.network.inferred else {}
        return {"asks": "params", "source": self.source, "network": self.network.name, "input": wanted, **more, **taken}

    def _such(self) -> str:
        """An input of the kind that the first layer takes, as it is written."""
        from calc.readers.input_size import first_taken

        layers = [(row.call.name, row.call.layer) for row in self.rows if row.call.layer]
        if layers and layers[0][1].kind().startswith("Embedding"):
            return "int:20"
        first = first_taken(layers)
        if first is None:
            return "3x32x32"
        _, channels, axes = first
        size = 28 if channels == 1 else 32
        return "x".join(map(str, (channels, *(size,) * axes)))

    @property
    def statistics(self) -> int:
        """How many numbers running means and variances are."""
        return sum(b.numel for b in self.network.buffers if b.name.rpartition(".")[2] in STATISTICS)

    def _beside(self) -> Text:
        """The numbers that are no parameters."""
        buffers = self.network.buffers
        numbers = sum(b.numel for b in buffers)
        unsaved = [b for b in buffers if not b.saved]
        says: list[str | Expr] = [
            "Not parameters: ",
            Num(numbers),
            f" number{'' if numbers == 1 else 's'} in {counted(len(buffers), 'buffer')}",
        ]
        if self.statistics:
            says += [", of which ", Num(self.statistics), " are running means and variances"]
            keras: Text = (
                "; Keras counts these as non-trainable: ",
                Num(self.parameters + self.statistics),
                " parameters there",
            )
            says += keras if self.complete else ("; Keras counts these as non-trainable",)
        if unsaved:
            says += [", of which " if not self.statistics else "; ", Num(sum(b.numel for b in unsaved))]
            says.append(f" ({listed([b.name for b in unsaved[:3]])}{', …' if len(unsaved) > 3 else ''}) are not saved")
        return (*says, ".")

    def _about_fields(self, columns: Sequence[str]) -> Iterator[Note]:
        """What the fields are, where they are shown of a network that ran."""
        fields = [row.field for row in self.rows if row.field]
        if "field" not in columns or not fields or not self.network.nodes:
            return
        of = f" of the largest, {times(largest_input(self.network.nodes))}," if self.network.more else ""
        says = f"One output sees what it can reach{of} along any path from the input, the borders aside: that can be more than there is."
        if any(field.whole for row in fields for field in row):
            says += " “all” is the whole input, as behind a layer that pools, flattens or normalises whole maps."
        yield Note("convention", (says,))

    def _notes(self, columns: Sequence[str], *, explained: bool) -> Iterator[Note]:
        frozen = self.parameters - self.trainable
        all_of_them = "All taken to be trainable" if self.network.written else "All trainable"
        says: list[str | Expr] = (
            [all_of_them] if not frozen else [Num(self.trainable), " trainable, ", Num(frozen), " frozen"]
        )
        if self.network.input and (explained or OF_MACS & set(columns)):
            says.append(
                " · a MAC is one multiplication with its addition, 2 FLOPs; those of weights are counted, biases, activations and normalisation are not."
            )
        yield Note("convention", tuple(says))
        if self.network.input and "memory" in columns:
            text = "Output bytes are those of one sample in float32, 4 bytes a number: outputs only, without parameters, gradients and room to work in."
            yield Note("convention", (text,))
        mixed = next((row.call for row in self.rows if row.call.batch > 1), None)
        if mixed:
            text = f"At {mixed.name} one input has become {mixed.batch}: a view or reshape does not fit this input size, or parts are meant to go on one by one."
            yield Note("careful", (text,))
        if self.network.buffers:
            yield Note("convention", self._beside())
        if not self.network.input and any(row.call.layer for row in self.rows):
            not_run = self.network.written and self.source.endswith(".py")
            needs = "a run: --run" if not_run else f"the input's shape: add --input, such as --input {self._such()}"
            yield Note(
                "why",
                (f"Output shapes and multiply-accumulates need {needs}.",),
            )
        elif self.network.fault:
            yield Note(
                "careful", (f"The network does not fit this input; the table goes up to there: {self.network.fault}.",)
            )
        elif self.network.input and self.macs is None:
            yield Note(
                "careful",
                (
                    "Some multiply-accumulates are unknown, and so is the total: those of operations that have no rule here.",
                ),
            )
        if self.network.between:
            yield Note(
                "convention",
                (
                    "Products of activations with activations, such as attention's, add ",
                    Num(self.network.between),
                    " MACs without weights.",
                ),
            )


def _told(field: FieldInRow) -> Field:
    """A field of layers in a row as those of networks are told: its steps only where they are even."""
    return Field(field.size) if field.varies else Field(field.size, False, field.jump, field.start)


def _each(fields: Sequence[Field], values: Sequence[Fraction | None]) -> list[Number] | None:
    """A value for each axis, None where one is not known."""
    known = [exact(value) for value in values if value is not None]
    return known if fields and len(known) == len(fields) else None


def count(
    source: str | Path | Any,
    input: Any = None,  # noqa: A002  # the word of the option
    arguments: str = "",
    *,
    run: bool = True,
    seconds: float = 60,
) -> Count:
    """The parameters of a network, as a question.

    `source` is `model.py` or `model.py:Name`; `package.module:Name` of what is installed; the text of `print(model)`, of
    a layer table or of a chain of layers, a file of it, or `-` for standard input; a file of weights; or a network that
    is there already, a `torch.nn.Module`, which is left as it is. `input` is the shape of one input without the batch,
    3x32x32 or (3, 32, 32), `int:16` for whole numbers; a sequence of such or shapes by name for several inputs; without
    it there are parameters only. `arguments` are those of a class or a function, as in a call: "num_classes=10".
    A `model.py` runs in a child process for at most `seconds`; without `run` it is read only, and what cannot be known
    so is refused. Nothing else runs. Raises `Impossible`.
    """
    from calc.readers.inputs import read_inputs
    from calc.sources import name_of, read_network

    inputs = read_inputs(input)
    if not isinstance(source, str | Path):
        from calc.readers.instance import read_instance

        return Count(read_instance(source, inputs))
    network = read_network(str(source), inputs, arguments, run=run, seconds=seconds)
    return Count(network, name_of(str(source)))
