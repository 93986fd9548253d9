"""The commands of layers and networks: shape, params, maps."""

from typing import Annotated

import typer

from explain import completing
from explain.commands.options import (
    Accept,
    Answer,
    Check_,
    Crop,
    Device,
    Format,
    Hint,
    MapOutput,
    Output,
    Quiz,
    Standalone,
)
from explain.commands.page import answered


def shape(
    layers: Annotated[
        str,
        typer.Argument(
            metavar="LAYERS",
            help="Layers, or a file of them: “conv 9, pool 2” or “Conv2d(3, 12, 9); MaxPool2d(2)”; ? for what is looked for.",
        ),
    ] = "",
    in_: Annotated[str | None, typer.Option("--in", help="Input size: N, HxW or DxHxW.")] = None,
    out: Annotated[str | None, typer.Option(help="Output size: N, HxW, DxHxW, or same.")] = None,
    kernel: Annotated[str | None, typer.Option(help="Kernel size: N, HxW or DxHxW.")] = None,
    stride: Annotated[str | None, typer.Option(help="Stride (1; of a pooling the kernel).")] = None,
    padding: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.paddings,
            help="Zeros on each side (0), or same, valid, full, same-upper, same-lower.",
        ),
    ] = None,
    dilation: Annotated[str | None, typer.Option(help="Dilation (1).")] = None,
    output_padding: Annotated[str | None, typer.Option(help="Cells added at the end, of --transposed (0).")] = None,
    transposed: Annotated[bool, typer.Option("--transposed", help="A transposed convolution.")] = False,
    pool: Annotated[bool, typer.Option("--pool", help="A pooling: its stride is its kernel if not said.")] = False,
    ceil: Annotated[bool, typer.Option("--ceil", help="A pooling whose last window may hang over.")] = False,
    adaptive: Annotated[str | None, typer.Option(help="An adaptive pooling to this size.")] = None,
    scale: Annotated[str | None, typer.Option(help="An up-sampling by this factor: 2, 1.5 or 3/2.")] = None,
    dialect: Annotated[
        str, typer.Option(autocompletion=completing.dialects, help="Whose layer: torch, keras, onnx or caffe.")
    ] = "torch",
    compare: Annotated[str | None, typer.Option(help="Other layers, to put side by side with LAYERS.")] = None,
    up_to: Annotated[
        int | None, typer.Option(help="How far two or more unknowns are looked for (64 or more; of four or more less).")
    ] = None,
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    quiz: Quiz = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Solve the output-size equation for whatever is missing. Numbers given as ? are looked for.

    cnncalc shape --in 512 --out 504

    cnncalc shape --in 480x640 --kernel 3 --stride 2 --padding 1

    cnncalc shape --in 32 --out 16 --kernel "?" --stride "?"

    cnncalc shape --in 512 "conv 9, pool 2 stride 2, conv 3"

    cnncalc shape --in 512 --out 250 "conv ?, pool 2, conv 3"

    cnncalc shape --compare "conv 5" "conv 3, conv 3"
    """
    answered("shape", locals())


def params(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="model.py or model.py:Name; package.module:Name of what is installed; the text of print(model), of a layer table or of layers, a file of it, or - for standard input; or a file of weights.",
        ),
    ],
    input: Annotated[  # noqa: A002
        list[str] | None,
        typer.Option(
            help="The shape of an input without the batch: 3x32x32, int:16 for whole numbers; once for each input."
        ),
    ] = None,
    args: Annotated[str, typer.Option(help="What the class or function is called with: num_classes=10.")] = "",
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Run the file, or only read what can be read without.")
    ] = True,
    columns: Annotated[
        str,
        typer.Option(
            autocompletion=completing.columns,
            help="The columns to show, such as name,layer,parameters,macs,flops,memory.",
        ),
    ] = "",
    depth: Annotated[
        int | None, typer.Option(help="Take layers together whose names begin with the same N parts.")
    ] = None,
    explain: Annotated[
        str,
        typer.Option(autocompletion=completing.words("macs"), help="macs: beside what other counters report, and why."),
    ] = "",
    seconds: Annotated[float, typer.Option(help="How long the file may run.")] = 60,
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    quiz: Quiz = False,
    device: Device = "auto",
    check: Annotated[
        bool | None,
        typer.Option(
            "--check/--no-check", help="Have torch cross-check the answer, which it does of itself if a file has run."
        ),
    ] = None,
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Count the parameters of a network, layer by layer.

    cnncalc params model.py

    cnncalc params model.py:Net --input 3x32x32

    cnncalc params printed.txt

    cnncalc params "Conv2d(3, 32, 5, padding=2), ReLU(), MaxPool2d(2)"

    cnncalc params weights.safetensors
    """
    answered("params", locals())


def maps(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="model.py or model.py:Name, or package.module:Name of what is installed."
        ),
    ],
    image: Annotated[
        str,
        typer.Option(help="A picture, scaled to 0…1, or numbers as they are: a file of them, .npy, or “1 0 2; 3 2 0”."),
    ],
    layer: Annotated[
        str, typer.Option(help="The layer by its name, such as conv1 or features.0 (the first that convolves).")
    ] = "",
    filters: Annotated[
        str, typer.Option(help="8: the first 8; 1,5,9 or 5-8: those; strongest, strongest:16; all.")
    ] = "8",
    cell: Annotated[
        str, typer.Option(help="The cell that is worked: row,column or filter,row,column (the one furthest from 0).")
    ] = "",
    channel: Annotated[str, typer.Option(help="The channel of the filters that is drawn (the mean of all).")] = "",
    weights: Annotated[str, typer.Option(help="A file of weights, .pt or .safetensors, to put into the network.")] = "",
    args: Annotated[str, typer.Option(help="What the class or function is called with: num_classes=10.")] = "",
    crop: Crop = "",
    resize: Annotated[
        str, typer.Option("--resize", "--size", help="Make it N or HxW cells, each the average of what it covers.")
    ] = "",
    mean: Annotated[str, typer.Option(help="(x − mean)/std goes in: one number, or one for each channel.")] = "",
    std: Annotated[str, typer.Option(help="One number, or one for each channel: 0.229,0.224,0.225.")] = "",
    seed: Annotated[int, typer.Option(help="What random weights are drawn by.")] = 0,
    seconds: Annotated[float, typer.Option(help="How long the file may run.")] = 60,
    answer: Answer = None,
    accept: Accept = None,
    hint: Hint = None,
    format: Format = "",  # noqa: A002
    output: MapOutput = None,
    standalone: Standalone = False,
) -> None:
    """Draw a layer's filters beside the maps they make of an image. One cell is worked out.

    cnncalc maps model.py --image photo.png --layer conv1

    cnncalc maps model.py --image photo.png --weights trained.pt -o maps.png
    """
    answered("maps", locals())
