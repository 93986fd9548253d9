"""The options that several commands have."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from calc.files import MAPS
from explain import BINARY, FORMATS, SUFFIXES, completing


def written(suffixes: Iterable[str], more: str) -> Any:
    """The option of a file that is written, its format by one of these suffixes."""
    suffix = f"its suffix chooses the format ({', '.join(suffixes)}){more}"
    return typer.Option("--output", "-o", help=f"Write to this file; {suffix}.")


Format = Annotated[
    str,
    typer.Option("--format", autocompletion=completing.formats, help=f"terminal, {', '.join((*FORMATS, *BINARY))}."),
]
Output = Annotated[Path | None, written(SUFFIXES, "")]
MapOutput = Annotated[Path | None, written(SUFFIXES, f", or the map alone ({', '.join(MAPS)})")]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        autocompletion=completing.words("auto", "cuda", "mps", "cpu"),
        help="Where torch cross-checks: auto, cuda, mps or cpu.",
    ),
]
Standalone = Annotated[
    bool, typer.Option("--standalone", help="LaTeX that compiles as it is, instead of a part to \\input.")
]
Answer = Annotated[
    str | None,
    typer.Option(
        help="Mark this answer instead of working the question out: a number, a size, rows, names and numbers, or a file."
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        autocompletion=completing.misconceptions,
        help="A misconception to take for a convention, such as not-flipped; once for each.",
    ),
]
Hint = Annotated[
    str | None,
    typer.Option(
        "--hint", help="Give a hint instead of the answer: 1, what is asked, to 5, the result.", metavar="LEVEL"
    ),
]
Quiz = Annotated[
    bool,
    typer.Option("--quiz", help="Ask instead of telling: a page of HTML with blanks, which marks what is filled in."),
]
Check_ = Annotated[bool, typer.Option("--check/--no-check", help="Have torch (and scipy) cross-check the answer.")]
Image = Annotated[
    str,
    typer.Option(
        help="A file of numbers (text, CSV, .npy, .npz) or a picture, - for standard input, or the numbers: “1 0 2; 3 2 0”."
    ),
]
Kernel = Annotated[
    str,
    typer.Option(
        autocompletion=completing.kernels, help="A name (see `cnncalc kernels`), a file of numbers, or the numbers."
    ),
]
Dilation = Annotated[str, typer.Option(help="N, or HxW: cells from tap to tap.")]
Groups = Annotated[int, typer.Option(help="Groups of channels, each with its own filters.")]
Bias = Annotated[str, typer.Option(help="A number added to every cell, or one for each filter: “1 -2”.")]
Then = Annotated[
    str,
    typer.Option(
        autocompletion=completing.activations,
        help="What follows: relu, relu6, leaky-relu, abs, sigmoid, tanh, elu, silu, gelu or softplus.",
    ),
]
Dims = Annotated[int | None, typer.Option(help="Axes to slide along: 1 signal, 2 image, 3 volume.")]
Chosen = Annotated[
    str,
    typer.Option(
        "--windows", help="Which windows to work: all, the first N, or places as the output says them: “1,1 2,3”."
    ),
]
Frame = Annotated[
    str, typer.Option("--step", help="One picture instead of an animation: the N-th window, or a place such as “2,3”.")
]
Numbers = Annotated[bool, typer.Option("--numbers", help="Show every number of a large image and map.")]
Colour = Annotated[bool, typer.Option("--colour", help="Read a picture by its red, green and blue, not as greys.")]
Crop = Annotated[str, typer.Option(help="Take a piece: row,column,height,width, counted from 1.")]
Resize = Annotated[str, typer.Option(help="Make it N or HxW cells, each the average of what it covers.")]
Data = Annotated[
    str, typer.Option("--data", metavar="DIR", help="The folder of the record (CNNCALC_DATA, else your own for data).")
]
