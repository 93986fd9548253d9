"""The command line: it parses, asks, and shows."""

import codecs
import os
import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calc.errors import Impossible, printable
from calc.files import MAPS
from explain import BINARY, FORMATS, SUFFIXES, asking, completing
from explain.helping import PROGRAM, Command, Group

if TYPE_CHECKING:
    from calc.derivation import Check, Derivation
    from calc.question import Question
    from explain.solving import Sheet

app = typer.Typer(
    name=PROGRAM,
    cls=Group,
    help="""The arithmetic of convolutional networks, worked out by hand, exactly, and cross-checked by torch.

    cnncalc conv --image "1 0 2; 3 2 0" --kernel sobel

    cnncalc shape --in 512 --out 504

    cnncalc params model.py
    """,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Format = Annotated[
    str,
    typer.Option("--format", autocompletion=completing.formats, help=f"terminal, {', '.join((*FORMATS, *BINARY))}."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help=f"Write to this file; its suffix chooses the format ({', '.join(SUFFIXES)}), or the map alone ({', '.join(MAPS)}).",
    ),
]
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


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"cnncalc {version('cnncalc')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The arithmetic of convolutional networks, worked out by hand, exactly, and cross-checked by torch."""


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


@app.command()
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
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Work a convolution out by hand.

    cnncalc conv --image img.txt --kernel sobel

    cnncalc conv --image "1 2; 3 4" --kernel "1 0; 0 1" --padding valid --no-flip
    """
    _answer("conv", locals())


@app.command()
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
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Work a transposed convolution out by hand.

    cnncalc transposed --image "1 2; 3 4" --kernel "1 0; 2 1" --stride 2
    """
    _answer("transposed", locals())


@app.command()
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
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Work a pooling out by hand.

    cnncalc pool --image img.txt --kind max --kernel 2

    cnncalc pool --image img.txt --kind average --global
    """
    _answer("pool", locals())


@app.command()
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
    _answer("shape", locals())


@app.command()
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
    _answer("params", locals())


@app.command()
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
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Draw a layer's filters beside the maps they make of an image. One cell is worked out.

    cnncalc maps model.py --image photo.png --layer conv1

    cnncalc maps model.py --image photo.png --weights trained.pt -o maps.png
    """
    _answer("maps", locals())


@app.command()
def mark(
    source: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION|ANSWERS",
            help="A question as a command, such as “shape --in 508 --pool --kernel 2”; or a .csv or .jsonl file with the columns question, answer and student.",
        ),
    ],
    working: Annotated[
        str, typer.Argument(help="The working, line by line: a file, - for standard input, or the lines themselves.")
    ] = "-",
    accept: Accept = None,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Let questions of a file run a model.py.")] = False,
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Mark the working of a question line by line, or many answers.

    cnncalc mark "shape --in 508 --pool --kernel 2" "(508 - 2)/2 + 1 = 254"

    cnncalc mark answers.csv -o verdicts.csv
    """
    from calc.marking.answer_files import is_answers

    if is_answers(source):
        _mark_many(source, accept, format, output, run=run)
        return
    from calc.marking.front import mark as judge

    marked = judge(asking.question(source), asking.read_answer(working), accept=accept or (), working=True)
    _show(marked.derivation(), iter(()), format, output, standalone=standalone)
    if not marked.right:
        raise typer.Exit(1)


def _mark_many(source: str, accept: list[str] | None, format_: str, output: Path | None, *, run: bool) -> None:
    """Verdicts on a file of answers, as CSV or JSON Lines, then a summary."""
    from calc.marking.answer_files import is_answers, open_answers, read_answers, written
    from calc.marking.batch import Judged, Summary, Unreadable, judged
    from explain.progress import tallied

    if output is not None and not is_answers(str(output)):
        raise Impossible(f"{printable(output.name)} would hold verdicts: end its name in .csv or .jsonl")
    summary = Summary()

    def counted(rows: "Iterator[Judged | Unreadable]") -> "Iterator[Judged | Unreadable]":
        for each in rows:
            summary.add(each)
            yield each

    def ask(line: str) -> "Question":
        return asking.question(line, run=run)

    with open_answers(source) as file:
        rows = counted(tallied(judged(read_answers(file, source), ask, accept or ()), "answers"))
        as_json = output is not None and output.suffix.lower() in (".jsonl", ".ndjson")
        if output is not None:
            from explain.files import write_bytes

            write_bytes(output, (line.encode(errors="replace") for line in written(rows, as_json=as_json)))
        else:
            for _ in rows:
                pass
    _show(summary.derivation(), iter(()), format_, None)


@app.command()
def solve(
    source: Annotated[
        str,
        typer.Argument(
            metavar="WORKSHEET",
            help="A Markdown file with questions in fenced ```cnncalc blocks, or - for standard input.",
        ),
    ],
    edition: Annotated[
        str, typer.Option(help="solved; student, the questions alone; key, the answers in short, and the wrong ones.")
    ] = "solved",
    run: Annotated[bool, typer.Option("--run/--no-run", help="Let its questions run files of Python.")] = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Format = "",  # noqa: A002
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write to this file; its suffix chooses the format (.md, .txt, .tex, .html, .json). It may be the worksheet.",
        ),
    ] = None,
) -> None:
    """Solve a worksheet: every question is worked out in its place.

    cnncalc solve task1.md -o solved.md

    cnncalc solve task1.md --edition student -o questions.md
    """
    from explain import documents
    from explain.progress import counted
    from explain.solving import read_edition
    from explain.solving import solve as solved
    from explain.worksheet import read_worksheet

    chosen, worksheet = read_edition(edition), read_worksheet(source)
    kind = _read_format(format, output, documents.FORMATS)
    if device != "auto":
        from calc.crosscheck import require

        require(device)
    with counted(len(worksheet.tasks), "questions") as told:
        sheet = solved(worksheet, chosen, run=run, check=check, device=device, told=told)
    _show_sheet(sheet, kind, output)
    if sheet.differs:
        raise typer.Exit(1)


def _show_sheet(sheet: "Sheet", format_: str, output: Path | None) -> None:
    """Print a worksheet, or write it to a file."""
    from explain import documents

    if output is not None:
        from explain.files import write_bytes

        write_bytes(output, (piece.encode() for piece in documents.document(sheet, format_)))
        return
    with _read():
        if format_ == "terminal":
            documents.show(sheet)
        else:
            for piece in documents.document(sheet, format_):
                print(piece, end="")


Data = Annotated[
    str, typer.Option("--data", metavar="DIR", help="The folder of the record (CNNCALC_DATA, else your own for data).")
]


@app.command()
def practice(
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC",
            autocompletion=completing.words(*completing.TOPICS),
            help="A topic, see --topics; without it all of them.",
        ),
    ] = "",
    topics: Annotated[bool, typer.Option("--topics", help="List the topics.")] = False,
    level: Annotated[int | None, typer.Option(help="1, 2 or 3; without it the level that is next.")] = None,
    count: Annotated[int | None, typer.Option(help="How many questions; without it until you stop.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same questions.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, for a pipe or a screen reader.")] = False,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Keep a record of what was answered.")] = True,
    data: Data = "",
) -> None:
    """Practise: questions are posed and your answers marked. There are hints and solutions.

    cnncalc practice --topics

    cnncalc practice convolution
    """
    from calc.practice.course import course
    from calc.practice.topics import listing
    from calc.practice.topics import topic as named

    if topics:
        _show(listing(), iter(()), "", None)
        return
    chosen = (named(topic).name,) if topic else ()
    if count is not None and count < 1:
        raise Impossible(f"{count} questions are not possible: --count is at least 1")
    import random

    from calc.progress_store import Store, Unwritable, folder, now
    from explain.session import Screen, Session

    talk = Screen(plain=plain)
    store = Store.in_memory()
    if record:
        try:
            store = Store.open(folder(data))
        except Unwritable as fault:
            talk.say(f"! Not recorded: {fault}.")
    if seed is None:
        seed = random.SystemRandom().randrange(10**6)
    with _read():
        Session(course(chosen, level, store.due(), now(), seed), store, talk, count).run()


@app.command()
def progress(
    export: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write the whole record to this file.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Forget everything that was recorded.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    data: Data = "",
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Show what has been practised and what is due next.

    cnncalc progress

    cnncalc progress --export record.json
    """
    from calc.progress import progress as shown
    from calc.progress_store import Store, folder, now

    store = Store.kept(folder(data))
    attempts = store.attempts()
    if export is not None:
        import json

        from calc.errors import counted
        from explain.files import write

        if export.suffix.lower() != ".json":
            raise Impossible(f"{printable(export.name)} would hold the record as JSON: end its name in .json")
        write(export, [json.dumps(store.export(), indent=1, ensure_ascii=False)])
        print(f"{counted(len(attempts), 'attempt')} written to {printable(str(export), 200)}")
    if erase:
        if not yes and not _agreed(f"Erase {len(attempts)} attempts and all that is scheduled? yes or no: "):
            print("Nothing is erased.")
            return
        print(f"{store.erase()} attempts are erased.")
    elif export is None:
        where = printable(str(store.path), 200) if store.path else ""
        _show(shown(attempts, store.due(), now(), where), iter(()), format, output, standalone=standalone)


def _agreed(question: str) -> bool:
    """Whether the answer is yes; no answer is none."""
    print(question, end="", flush=True)
    return (sys.stdin.readline() if sys.stdin else "").strip().lower() in ("y", "yes")


@app.command(context_settings={"ignore_unknown_options": True})  # a kernel may begin with a minus
def kernels(
    kernel: Annotated[
        str,
        typer.Argument(
            autocompletion=completing.kernels,
            help="A name, a text file, or the numbers, to explain one; without it all names are listed.",
        ),
    ] = "",
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """List the named kernels, or explain one. It says what it does, its symmetry, and whether it is separable.

    cnncalc kernels sobel

    cnncalc kernels "1 2 1; 2 4 2; 1 2 1"
    """
    _answer("kernels", locals())


@app.command()
def concept(
    name: Annotated[
        str, typer.Argument(autocompletion=completing.concepts, help="Which concept to ask; without it all are listed.")
    ] = "",
    show: Annotated[bool, typer.Option("--show", help="Work the answer in numbers instead of asking.")] = False,
    answer: Annotated[
        str | None,
        typer.Option(help="Mark this answer: the choices, as “iii” or “(i) and (iii)”, or their first words."),
    ] = None,
    hint: Hint = None,
    quiz: Quiz = False,
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Ask how layers behave, with choices. The answer is marked, or worked in numbers.

    cnncalc concept

    cnncalc concept translation --answer "max pooling"
    """
    _answer("concept", locals())


def _answer(command: str, options: asking.Options) -> None:
    """Show what a command asks for, or write the map alone, then what torch and scipy say; exit code 1 where an answer is wrong."""
    from explain.progress import awaited, waiting

    format_, output = options["format"], options["output"]
    if options.get("quiz"):
        _check_quiz(options, format_, output)
    with waiting("working it out"):
        asked = asking.asked(command, options)
    if asked.device not in (None, "auto"):
        from calc.crosscheck import require

        require(asked.device)
    differs = False

    def checks() -> "Iterator[Check]":
        nonlocal differs
        for said in awaited(asked.checks(), "asking torch"):
            differs = differs or said.verdict == "differs"
            yield said

    step = options.get("step", "")
    if asked.works and output is not None and not format_ and output.suffix.lower() in MAPS:
        if step:
            raise Impossible(f"--step is for svg and gif: {printable(output.name)} holds a feature map alone")
        _write_map(asked.question, output)
        own: tuple[Check, ...] = getattr(asked.question, "checks", tuple)()
        differs = any(check.verdict == "differs" for check in own)
        _show_checks(chain(own, checks()))
    else:
        with waiting("working it out"):
            page = asked.page()
        differs = any(check.verdict == "differs" for check in page.checks)
        made = asked.quiz(page) if options.get("quiz") else None
        _show(page, checks(), format_, output, standalone=options["standalone"], step=step, quiz=made)
    if differs:
        raise typer.Exit(1)
    if asked.fault:
        raise Impossible(asked.fault)


def _check_quiz(options: asking.Options, format_: str, output: Path | None) -> None:
    """`Impossible` where a quiz cannot be had, which is said before anything is worked out."""
    import explain

    if options.get("answer") is not None or options.get("hint") is not None:
        raise Impossible("a quiz marks answers and gives hints itself: leave --answer and --hint out")
    html = output is not None and explain.SUFFIXES.get(output.suffix.lower()) == "html"
    if format_ != "html" and not (html and not format_):
        raise Impossible("a quiz is a page: add --format html, or -o with a name that ends in .html")


def _write_map(question: "Question | None", output: Path) -> None:
    """The feature map alone, as an array or a picture."""
    from calc.exact import Cells
    from explain.files import write_bytes

    suffix, answer = output.suffix.lower(), getattr(question, "answer", None)
    if not isinstance(answer, Cells):
        raise Impossible(
            f"{printable(output.name)} would hold a feature map: this answer is none, end its name in .txt, .md, .json or .html"
        )
    if answer.letters and suffix != ".csv":
        raise Impossible(f"letters stand in the answer, which {suffix} cannot hold: end the name in .csv or .json")
    from calc.array_files import written

    sheet = getattr(question, "sheet", None)
    drawn = sheet() if sheet and suffix == ".png" else written(answer.numerators, answer.denominator, suffix)
    write_bytes(output, [drawn])


def _show_checks(checks: "Iterable[Check]") -> None:
    from explain.layout import check_lines
    from explain.text import WIDTH

    for check in checks:
        for line in check_lines(check, WIDTH):
            print("".join(text for text, _ in line))


def _read_format(format_: str, output: Path | None, known: Collection[str]) -> str:
    """The format that is wanted, of those that are `known` or for the terminal; `Impossible` where the file is no such."""
    import explain

    if format_ and format_ not in ("terminal", *known):
        raise Impossible(f"there is no format “{printable(format_)}”: choose terminal, {', '.join(known)}")
    if output is None:
        return format_ or "terminal"
    from explain.files import format_of

    if format_ and output.suffix.lower() in {**explain.SUFFIXES, **dict.fromkeys(MAPS, "")}:
        kept = explain.SUFFIXES.get(output.suffix.lower())
        if kept != format_.replace("terminal", "text"):
            holds = kept or "a feature map alone"
            raise Impossible(
                f"{printable(output.name)} would hold {holds}, not {format_}: leave --format out, or end the name otherwise"
            )
    return (format_ or format_of(output)).replace("terminal", "text")


def _show(
    derivation: "Derivation", checks: "Iterator[Check]", format_: str, output: Path | None, **options: object
) -> None:
    """Show a page in a format with its own options, those that were given."""
    import explain

    format_ = _read_format(format_, output, (*explain.FORMATS, *explain.BINARY))
    options = {name: value for name, value in options.items() if value}
    explain.check_options(format_, options)
    if output is not None:
        from explain.files import write, write_bytes
        from explain.progress import watched

        with watched(derivation) as shown:
            if format_ in explain.BINARY:
                write_bytes(output, explain.pieces(shown, format_, **options))
            else:
                write(output, explain.render(shown, format_, checks, **options))
        if format_ in explain.PICTURES:
            _show_checks(checks)
        return
    with _read():
        if format_ in explain.BINARY:
            _send(explain.pieces(derivation, format_, **options))
        elif format_ == "terminal":
            explain.show(derivation, checks)
        else:
            for line in explain.render(derivation, format_, checks, **options):
                print(line)
        for _ in checks:  # those that a picture has no room for
            pass


for _each in app.registered_commands:
    _each.cls = Command


def _send(pieces: "Iterable[bytes]") -> None:
    """Bytes on standard output, if that is no terminal."""
    if sys.stdout.isatty():
        raise Impossible("a picture of dots is nothing for a terminal: add -o and the name of a file, such as -o x.gif")
    for piece in pieces:
        sys.stdout.buffer.write(piece)


UsageError: type[Exception] = typer.BadParameter.__base__  # type: ignore[assignment]  # typer names no other way to it


SPELLED = dict(
    zip(
        "·−×∘→≤≈✓✗–…“”⌊⌋⌈⌉√ᵀ░▒▓█▀",
        (
            *("*", "-", "x", "o", "->", "<=", "~", "ok", "x", "-", "...", '"', '"'),
            *("floor(", ")", "ceil(", ")", "sqrt ", "^T", ".", ":", "*", "#", "#"),
        ),
        strict=True,
    )
)
"""Signs for a terminal that has ASCII only."""


def _spelled(fault: UnicodeError) -> tuple[str, int]:
    """What a stream cannot encode, spelled as well as can be."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    return "".join(SPELLED.get(sign, "?") for sign in fault.object[fault.start : fault.end]), fault.end


def main() -> None:
    """Run the command line; a question that cannot be asked is one sentence and exit code 2."""
    sys.set_int_max_str_digits(0)  # numbers are bounded where they are read
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.reconfigure(errors="spelled")  # type: ignore[union-attr]
    for ending in ("SIGTERM", "SIGHUP"):  # what was begun is cleared away
        if hasattr(signal, ending):
            signal.signal(getattr(signal, ending), _end)
    code: object = 0
    try:
        code = app(asking.levelled(sys.argv[1:] or ["--help"]), prog_name=PROGRAM, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except Impossible as fault:
        code = _refuse(str(fault))
    except UsageError as fault:
        code = _refuse(fault.format_message())  # type: ignore[attr-defined]
    except BrokenPipeError:
        _close_output()
    except OSError as fault:
        code = _refuse(f"the answer cannot be written: {(fault.strerror or 'unknown reason').lower()}")
    except MemoryError:
        code = _refuse("this takes more memory than there is")
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except SystemExit as ended:
        code = ended.code
        if isinstance(ended.__context__, BrokenPipeError):  # typer ends so where nobody reads on
            code = 0
            _close_output()
    sys.exit(code if isinstance(code, int) else 0)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


@contextmanager
def _read() -> Iterator[None]:
    """Print all that is printed within, as long as somebody reads it."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has seen enough
        _close_output()


def _close_output() -> None:
    """Let what is still to be written go nowhere: nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(sentence: str) -> int:
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        _close_output()
    if sys.stderr:
        print(f"✗ {sentence}", file=sys.stderr)
    return 2
