"""Asking for the maps of a layer: what is asked in words, what is seen of the network, and the question it makes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from calc.choices import is_whole
from calc.errors import Impossible, counted, printable
from calc.exact import Cells
from calc.layer_maps import Filters, LayerMaps
from calc.map_options import SHOWN, Reading, read_cell, read_channel, read_filters, read_for_network


def maps(
    network: str | Path | Any,
    image: object,
    layer: str = "",
    *,
    filters: object = SHOWN,
    cell: object = None,
    channel: object = None,
    weights: str | Path = "",
    arguments: str = "",
    crop: str = "",
    resize: str = "",
    mean: object = "",
    std: object = "",
    seed: int = 0,
    seconds: float = 60,
) -> LayerMaps:
    """The maps that a layer of a network makes of an image, as a question.

    `network` is `model.py`, `model.py:Name`, `package.module:Name` of what is installed, or a `torch.nn.Module`, which
    is left as it is; `arguments` are those of a class or function. `image` is what `convolve` reads: a picture is
    scaled to 0…1 and read in grey or by its colours as the network takes it, numbers (H×W or C×H×W) are as they are;
    then `mean` and `std` normalise it, and `crop` and `resize` are those of a picture. `layer` is a name as in
    `named_modules()`, without it the first layer that convolves. `filters` are the first so many, or "1,5,9",
    "strongest", "all"; `cell` is "row,column", else the one furthest from 0 in the first map; `channel` is the channel
    of the filters that is drawn, else their mean. Texts count from 1, as what is printed; numbers from 0. `weights` is
    a file of weights, .pt or .safetensors, of which nothing is unpickled; else a class begins with random numbers,
    drawn by `seed`. A file runs in a child process for at most `seconds`, in evaluation mode. Raises `Impossible`.
    """
    readings = read_for_network(image, crop=crop, resize=resize, mean=mean, std=std)
    drawn = read_channel(channel)
    asked: dict[str, Any] = {
        "layer": layer.removeprefix("self."),
        "filters": read_filters(filters),
        "cell": read_cell(cell),
    }
    if not is_whole(seed) or not 0 <= seed < 2**32:
        raise Impossible(f"seed {printable(str(seed), 30)} is not possible: it is a whole number from 0 to {2**32 - 1}")
    if isinstance(network, str | Path):
        from calc.sources import name_of, watch_network

        source = name_of(str(network))
        asked |= {"weights": os.path.abspath(weights) if weights else "", "seed": int(seed)}
        asked["images"] = [{"shape": list(each.numbers.shape)} for each in readings]
        sent = b"".join(each.numbers.tobytes() for each in readings)
        seen = watch_network(str(network), arguments, asked, sent, seconds=seconds)
        name = printable(Path(weights).name) if weights else ""
        begins = (
            f"with the weights of {name}"
            if weights
            else f"without a file of weights (--weights): those that {source} does not set itself are random, drawn by --seed {seed}"
        )
    else:
        from calc.readers.instance import watch_instance

        if weights or arguments:
            raise Impossible(
                "the network is there already: load its weights before, and leave weights and arguments out"
            )
        source = ""
        seen = watch_instance(network, [each.numbers for each in readings], asked)
        begins = "with the weights that it has"
    try:
        return _question(seen, asked, source, _called(image), readings, begins, drawn)
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        if isinstance(fault, Impossible):
            raise
        raise Impossible(f"{source or 'the network'} ended before its maps could be read") from None


def _called(image: object) -> str:
    """What an image is called in a title."""
    if isinstance(image, str | Path) and os.path.exists(image):
        return printable(Path(image).name)
    return "the image"


def _question(
    seen: Mapping[str, Any],
    asked: Mapping[str, Any],
    source: str,
    image: str,
    readings: Sequence[Reading],
    begins: str,
    channel: int | None,
) -> LayerMaps:
    """What was seen as a question; `Impossible` for a channel that the filters do not have."""
    reading = next(each for each in readings if list(each.numbers.shape) == seen["image"])
    layer, filters = printable(seen["layer"]), _read_filters(seen)
    if channel is not None:
        if not filters:
            raise Impossible(f"`{layer}` has no filters of which a channel could be drawn: leave --channel out")
        if channel >= filters.worked.shape[0]:
            raise Impossible(
                f"a filter of `{layer}` has {counted(filters.worked.shape[0], 'channel')}: there is no channel {channel + 1}"
            )
    many, rows, columns = seen["made"]
    row, column = seen["cell"]
    return LayerMaps(
        layer=layer,
        kind=printable(seen["kind"]),
        network=printable(seen["network"]),
        source=source,
        image=image,
        picture=reading.drawn,
        pictured=reading.drawn_as,
        how=(f"{image}: {reading.how}", f"{printable(seen['network'])} is run in evaluation mode, {begins}"),
        took=tuple(seen["took"]),
        made=(many, rows, columns),
        chosen=tuple(seen["chosen"]),
        maps=_numbers(seen["maps"]),
        worked=seen["worked"],
        cell=(row, column),
        filters=filters,
        channel=channel,
        coloured=bool(seen["direct"]) and reading.coloured,
        numbers=seen["numbers"],
        eps=float(seen["eps"]),
        chosen_by=next(iter(asked["filters"])),
        first=not asked["layer"],
        inside=tuple(printable(name, 40) for name in seen["inside"]),
        notes=tuple(_notes(seen, layer)),
    )


def _notes(seen: Mapping[str, Any], layer: str) -> Iterator[str]:
    """What is particular about the run."""
    yield from (printable(note, 400) for note in seen.get("notes", ()))
    if seen["calls"] > 1:
        yield f"`{layer}` is called {seen['calls']} times: these are the maps of the first call."
    if seen["convolutions"] > 1:
        yield f"`{layer}` convolves {seen['convolutions']} times: this is the first of them."
    if seen["goes_on"]:
        yield f"`{layer}` changes the maps further before it hands them on."
    if seen["batch"] > 1:
        yield f"The image has become {seen['batch']} before `{layer}`: these are the maps of the first."
    if seen["ended"]:
        yield f"The pass goes on and ends at {printable(seen['ended'], 400)}. The maps shown are made before that."


def _read_filters(seen: Mapping[str, Any]) -> Filters | None:
    if "filters" not in seen:
        return None
    told = seen["filters"]
    pairs = {name: (told[name][0], told[name][1]) for name in ("size", "stride", "padding", "dilation")}
    return Filters(
        weights=_numbers(told["weights"]),
        bias=_numbers(told["bias"]) if told["bias"] else None,
        worked=_numbers(told["worked"]),
        patch=_numbers(told["patch"]),
        first=told["first"],
        channels=told["channels"],
        groups=told["groups"],
        transposed=told["transposed"],
        mode=printable(seen["mode"], 20),
        **pairs,
    )


def _numbers(told: Mapping[str, Any]) -> Cells:
    """Numbers as they were sent."""
    kind = {"<f4": "<f4", "<f8": "<f8"}[told["kind"]]
    return Cells(np.frombuffer(base64.b64decode(told["bytes"]), kind).reshape(told["shape"]).astype(np.float64))
