"""Where the network to count comes from: a `model.py`, a text that describes it, or a file of its weights.

Only the reader that is needed is imported: the others would take as long as the reading.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, counted, printable
from calc.files import check_reach, read_bytes, read_whole
from calc.layers import reshape
from calc.layers.activation import Elementwise
from calc.layers.base import Layer, Shape
from calc.layers.lazy import Lazy
from calc.network import Network, Read
from calc.readers.input_size import of_layers
from calc.readers.inputs import Given
from calc.readers.repairs import misfits
from calc.readers.source import LONGEST_TEXT

if TYPE_CHECKING:
    from calc.readers.stages import Stage

_FILE = re.compile(r"[^\s(),;?=]+\.[A-Za-z_0-9]{1,12}")
_PYTHON = re.compile(r".*\.py(?::[^/\\]*)?|[A-Za-z_]\w*(?:\.\w+)*:[A-Za-z_]\w*", re.DOTALL)
_CHILD = re.compile(r"\)\s*:")
"""What no printed module goes without: (conv1): Conv2d"""

TAKEN = ("in_channels", "in_features", "num_features", "num_channels")
"""What a layer of the short language takes from its input."""

MADE = ("out_channels", "out_features", "num_features", "num_channels")
"""What says how many channels or features come out of a layer."""

_RIGHT = (
    "give a model.py, the text of print(model), a layer table, layers such as “conv 3, pool 2”, or a file of weights"
)


def read_network(
    source: str, inputs: Sequence[Given], arguments: str = "", *, run: bool = True, seconds: float = 60
) -> Network:
    """The network of a source: a Python file, what is installed, `-` for a text on standard input, a file, or a text."""
    check_reach(source)
    if _PYTHON.fullmatch(source):
        return _of_python(source, inputs, arguments, run=run, seconds=seconds)
    if arguments or not run:
        raise Impossible(f"nothing of this source runs: leave {'--args' if arguments else '--no-run'} out")
    if len(inputs) > 1 or any(given.whole or given.name for given in inputs):
        raise Impossible("layers that are written down take one input: give one --input such as 3x32x32")
    shape = inputs[0].shape if inputs else None
    if not source.strip():
        raise Impossible(f"no network is named: {_RIGHT}")
    if source == "-":
        return _of_text(_stdin(), "standard input", shape)
    path = Path(source)
    if not (_exists(path) or _FILE.fullmatch(source)):
        return _of_text(source, "", shape)
    from calc.readers.weights_file import WEIGHTS, holds_weights, read_weights

    name = printable(path.name or source)
    if path.suffix.lower() in WEIGHTS or holds_weights(path):
        if shape is not None:
            raise Impossible(f"{name} holds weights, which say no order of layers: leave --input out")
        return read_weights(path)
    data = read_bytes(path, "a file that holds a network", _RIGHT, 4 * LONGEST_TEXT, " of text")
    return _of_text(_decoded(data, name), name, shape)


def _of_python(source: str, inputs: Sequence[Given], arguments: str, *, run: bool, seconds: float) -> Network:
    from calc.readers.python_file import parted, read_python_file

    if run:
        return read_python_file(source, inputs, arguments, seconds=seconds)
    from calc.readers.static_file import read_static

    if inputs or arguments:
        raise Impossible("a file that is not run is given nothing: leave --input and --args out, or run it with --run")
    return read_static(*parted(source))


def watch_network(
    source: str, arguments: str, maps: dict[str, Any], images: bytes, *, seconds: float
) -> dict[str, Any]:
    """What is seen of a layer of a network that can be run, in a Python file or installed, on these images."""
    if not _PYTHON.fullmatch(source):
        raise Impossible(
            f"“{printable(source, 40)}” is no network that can be run: maps are made by a model.py, model.py:Name, or package.module:Name"
        )
    from calc.readers.python_file import watch_python_file

    return watch_python_file(source, arguments, maps, images, seconds=seconds)


def name_of(source: str) -> str:
    """The file's name as it stands in a title; nothing for a text that is given itself."""
    if _PYTHON.fullmatch(source):
        return printable(source.rpartition("/")[2].partition(":")[0])
    return printable(Path(source).name) if source != "-" and (_exists(Path(source))) else ""


def _exists(path: Path) -> bool:
    try:
        return os.path.exists(path)
    except ValueError:
        return False


def _stdin() -> str:
    if sys.stdin is None:
        raise Impossible("there is no standard input to read")
    return _decoded(read_whole(sys.stdin.buffer, "standard input", 4 * LONGEST_TEXT, " of text"), "standard input")


def _decoded(data: bytes | bytearray, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Impossible(f"{name} is not text, nor weights: {_RIGHT}") from None


def _of_text(text: str, name: str, shape: Shape | None) -> Network:
    """The network that a text describes: as torch prints it, as a table, or as a chain of layers."""
    if not text.strip():
        raise Impossible(f"{name or 'the source'} is empty: {_RIGHT}")
    if _CHILD.search(text):
        from calc.readers.printed_text import PRINTED, read_printed

        if PRINTED.search(text):
            return read_printed(text, name, shape)
    from calc.readers.tables.layer_table import looks_like_table, read_layer_table

    if looks_like_table(text):
        return read_layer_table(text, name or "the table", shape)
    from calc.readers.chain_text import read_chain

    return _of_chain(read_chain(text, name), shape)


def _of_chain(stages: Sequence[Stage], shape: Shape | None) -> Network:
    """The layers of a chain; without a shape on the input that they take, where that can be known."""
    if shape is not None:
        return _on(stages, shape)
    network = _on(stages, None)
    taken = of_layers([(call.name, call.layer) for call in network.calls])
    if taken is None:
        return network
    run = _on(stages, taken.shape)
    return network if run.fault else replace(run, notes=(taken.note,), inferred=True)


def _on(stages: Sequence[Stage], shape: Shape | None) -> Network:
    """The layers of a chain, with the channels that come from the input or from the layer before.

    Where one does not take what it gets, those after it have no shapes.
    """
    named = Counter(stage.name for stage in stages)
    reads: list[Read] = []
    channels, now, fault = shape[0] if shape else None, shape, ""
    axes = next((stage.axes for stage in stages if stage.axes), 2)
    for i, stage in enumerate(stages):
        name = stage.name if stage.name and named[stage.name] == 1 else str(i)
        layer = None
        try:
            layer = _layer(stage, axes if now is None else len(now) - 1, channels)
            if now is not None:
                layer = layer.for_input(now)
            out = None if now is None else layer.output_shape(now)
            channels = _channels(layer, channels) if out is None else out[0]
        except Impossible as misfit:
            text = printable(stage.text, 40)
            if fault or now is None or layer is None:
                raise Impossible(fault or f"layer {i + 1}, {text}: {misfit}") from None
            fault = misfits(reads, stage.name or text, layer, now, str(misfit))
            out, channels = None, _channels(layer, None)
        reads.append(Read(name, layer.kind(), layer, None if fault else now, out, known=not isinstance(layer, Lazy)))
        now = out
    return replace(Network.of_layers(counted(len(stages), "layer"), reads, shape), fault=fault)


def _layer(stage: Stage, axes: int, channels: int | None) -> Layer:
    """The layer, if all is said that its parameters hang on."""
    if stage.holes:
        raise Impossible("a “?” is looked for, where parameters are counted: write the number")
    layer = stage.layer(axes, channels)
    if isinstance(stage.kind, type):
        return layer
    fields = layer.fields()
    if channels is None and any(name in fields and name not in stage.arguments for name in TAKEN):
        raise Impossible("how many parameters it has depends on its input: add --input, such as --input 3x32x32")
    if "out_channels" in fields and not stage.says_filters and stage.kind != "depthwise":
        raise Impossible(f"how many filters it has is not said: write “{stage.kind} 3 filters 32”")
    return layer


def _channels(layer: Layer, channels: int | None) -> int | None:
    """How many channels or features come out; None where that depends on sizes that are not known."""
    if channels is not None and layer.axes and type(layer).__module__ != reshape.__name__:
        return layer.out_channels_from(channels)
    fields = layer.fields()
    made = next((int(fields[name]) for name in MADE if name in fields), None)
    return channels if made is None and isinstance(layer, Elementwise) else made
