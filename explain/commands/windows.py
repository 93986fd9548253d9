"""The commands of sliding windows: conv, transposed, pool."""

from typing import Annotated

import typer

from explain import completing
from explain.commands.options import (
    Accept,
    Answer,
    Bias,
    Check_,
    Chosen,
    Colour,
    Crop,
    Device,
    Dilation,
    Dims,
    Format,
    Frame,
    Groups,
    Hint,
    Image,
    Kernel,
    MapOutput,
    Numbers,
    Quiz,
    Resize,
    Standalone,
    Then,
)
from explain.commands.page import answered


def conv(
    image: Image,
    kernel: Kernel,
    padding: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.paddings,
            help="same (if none is said), valid, full, same-upper, same-lower, N, HxW, or top,bottom,left,right.",
        ),
    ] = None,
    padding_mode: Annotated[
        str,
        typer.Option(
            autocompletion=completing.modes, help="zeros, reflect, replicate, circular, symmetric, or a number."
        ),
    ] = "zeros",
    stride: Annotated[str, typer.Option(help="N, or HxW (down × right).")] = "1",
    dilation: Dilation = "1",
    groups: Groups = 1,
    bias: Bias = "0",
    flip: Annotated[
        bool,
        typer.Option(
            "--flip/--no-flip", help="Turn the kernel (convolution), or not (cross-correlation, as in CNN layers)."
        ),
    ] = True,
    then: Then = "",
    dims: Dims = None,
    working: Annotated[
        str,
        typer.Option(
            autocompletion=completing.words("products", "hadamard"),
            help="products: window by window; hadamard: all windows, then all products.",
        ),
    ] = "products",
    windows: Chosen = "",
    step: Frame = "",
    numbers: Numbers = False,
    colour: Colour = False,
    crop: Crop = "",
    resize: Resize = "",
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    quiz: Quiz = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Format = "",  # noqa: A002
    output: MapOutput = None,
    standalone: Standalone = False,
) -> None:
    """Work a convolution out by hand.

    cnncalc conv --image img.txt --kernel sobel

    cnncalc conv --image "1 2; 3 4" --kernel "1 0; 0 1" --padding valid --no-flip
    """
    answered("conv", locals())


def transposed(
    image: Image,
    kernel: Kernel,
    stride: Annotated[str, typer.Option(help="N, or HxW: how far apart the stamps are.")] = "1",
    padding: Annotated[str, typer.Option(help="N, HxW or top,bottom,left,right: what is cut off.")] = "0",
    output_padding: Annotated[str, typer.Option(help="N, or HxW: what is added below and to the right.")] = "0",
    dilation: Dilation = "1",
    groups: Groups = 1,
    bias: Bias = "0",
    then: Then = "",
    dims: Dims = None,
    way: Annotated[
        str,
        typer.Option(
            autocompletion=completing.words("stamps", "zeros", "both"), help="stamps, zeros (put between), or both."
        ),
    ] = "both",
    windows: Chosen = "",
    step: Frame = "",
    numbers: Numbers = False,
    colour: Colour = False,
    crop: Crop = "",
    resize: Resize = "",
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    quiz: Quiz = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Format = "",  # noqa: A002
    output: MapOutput = None,
    standalone: Standalone = False,
) -> None:
    """Work a transposed convolution out by hand.

    cnncalc transposed --image "1 2; 3 4" --kernel "1 0; 2 1" --stride 2
    """
    answered("transposed", locals())


def pool(
    image: Image,
    kernel: Annotated[str | None, typer.Option(help="N, or HxW: the size of the window.")] = None,
    kind: Annotated[
        str,
        typer.Option(autocompletion=completing.words("max", "min", "average", "lp"), help="max, min, average or lp."),
    ] = "max",
    stride: Annotated[str | None, typer.Option(help="N, or HxW (the kernel's size).")] = None,
    padding: Annotated[str, typer.Option(help="N, HxW or top,bottom,left,right.")] = "0",
    dilation: Dilation = "1",
    ceil: Annotated[bool, typer.Option("--ceil", help="Let a last window stick out.")] = False,
    count_include_pad: Annotated[
        bool, typer.Option("--count-include-pad", help="Padding counts as zeros in an average.")
    ] = False,
    power: Annotated[int | None, typer.Option(help="The p of an Lp pooling (2).")] = None,
    global_: Annotated[bool, typer.Option("--global", help="One window over the whole image.")] = False,
    adaptive: Annotated[str | None, typer.Option(help="N, or HxW: the size of the answer.")] = None,
    dims: Dims = None,
    windows: Chosen = "",
    step: Frame = "",
    numbers: Numbers = False,
    colour: Colour = False,
    crop: Crop = "",
    resize: Resize = "",
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    quiz: Quiz = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Format = "",  # noqa: A002
    output: MapOutput = None,
    standalone: Standalone = False,
) -> None:
    """Work a pooling out by hand.

    cnncalc pool --image img.txt --kind max --kernel 2

    cnncalc pool --image img.txt --kind average --global
    """
    answered("pool", locals())
