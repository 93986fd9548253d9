"""Layer tables as reports have them: their parameters against torch, what is assumed, what is refused."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc import Impossible, count
from calc.network import Network
from calc.readers.tables.headings import roles
from calc.readers.tables.layer_table import looks_like_table, read_layer_table
from calc.readers.tables.numbers import read_count, read_said, read_shape_cell
from calc.readers.tables.words import read_items
from tests.layer_tables import TABLES


def parameters(network: Network) -> int:
    return sum(int(call.layer.count().value()) for call in network.calls if call.layer)


def read(text: str, shape: tuple[int, ...] | None = (3, 32, 32)) -> Network:
    return read_layer_table(text, "table.txt", shape)


def refusal(text: str, shape: tuple[int, ...] | None) -> str:
    """Why the table is refused; nothing if it is read."""
    try:
        read(text, shape)
    except Impossible as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_parameters_of_the_network_it_describes(name: str) -> None:
    text, shape, module = TABLES[name]
    assert looks_like_table(text)
    network = read(text, shape)
    assert parameters(network) == sum(p.numel() for p in module().parameters())
    assert not [note for note in network.notes if "right here" in note or "does here" in note or "above." in note]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_shapes_of_the_network_it_describes(name: str) -> None:
    import torch

    text, shape, module = TABLES[name]
    network = read(text, shape)
    assert network.input is not None
    sizes = []
    value = torch.zeros(1, *network.input)
    for layer in module().eval():
        value = layer(value)
        if sum(p.numel() for p in layer.parameters()):
            sizes.append(tuple(value.shape[1:]))
    assert [call.output for call in network.calls if call.layer and call.layer.count().value()] == sizes


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("model 1, tabs", 14_862_410),
        ("model 2, pipes without outer pipes", 7_763_082),
        ("model 3, CSV", 21_495_562),
        ("network 1, shortened", 419_690),
        ("network 2, the text says the kernel", 817_834),
        ("shapes of a report, tabs", 865_722),
        ("the baseline, semicolons", 390_410),
        ("LeNet-5 of a blog", 61_706),
        ("VGG-16 in its own notation", 138_357_544),
    ],
)
def test_totals_of_published_networks(name: str, total: int) -> None:
    text, shape, _ = TABLES[name]
    assert parameters(read(text, shape)) == total


@pytest.mark.parametrize("sign", ["\t", " | ", ";", ",", "    "])
def test_the_same_table_in_every_form(sign: str) -> None:
    rows = [("Type", "Filters", "Kernel"), ("Conv", "32", "5x5"), ("MaxPool", "-", "2x2"), ("Dense", "10", "-")]
    text = "\n".join(sign.join(row) for row in rows)
    assert parameters(read(text)) == (5 * 5 * 3 + 1) * 32 + (14 * 14 * 32 + 1) * 10


HEAD = "Layer\tFilters\tKernel\tStride\tPadding\n"


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        (
            HEAD + "Conv\t8\t3x3\t1\t1\nPool\nPool\nConv\t8\t5\t1\t0\n",
            (3, 16, 16),
            "table.txt, row 4 (Conv): a 5×5 kernel does not fit a map of 4×4 without padding: a smaller kernel, more padding, or one pooling less before it would",
        ),
        (
            HEAD + "Attention\t8",
            (3, 16, 16),
            "table.txt, row 1: “Attention” is no single layer: a table is read as one layer after the other, so write the layers of it, or give the network as model.py",
        ),
        (
            HEAD + "Cnov\t8\t3",
            (3, 16, 16),
            "table.txt, row 1: “Cnov” is no layer that is known; did you mean conv or tconv or upconv?",
        ),
        (
            HEAD + "-\t8\t3",
            (3, 16, 16),
            "table.txt, row 1: which layer it is does not stand there: write Conv2d, MaxPool2d, Linear and the like",
        ),
        (
            HEAD + "Conv\t-\t5",
            (3, 16, 16),
            "table.txt, row 1 (Conv): how many filters it has is not said: give it a number, as in the column of filters or as Conv 5x5x32",
        ),
        (
            HEAD + "Conv\t8\t5\nFC\t-\t-",
            (3, 16, 16),
            "table.txt, row 2 (FC): how many units it has is not said: give it a number, as in FC 64",
        ),
        (
            HEAD + "Conv\t8\t5\nFC\t10\t-",
            None,
            "table.txt, row 1: how many channels go into this Conv hangs on the input, which the table does not say: add --input, such as --input 3x32x32",
        ),
        (
            "Layer\tIn\tOut\tKernel\nConv\t3\t16\t3\nLinear\t-\t10\t-",
            None,
            "table.txt, row 2: how many features go into this Linear hangs on the input, which the table does not say: add --input, such as --input 3x32x32",
        ),
        (
            "Layer\tFilters\tKernel / Stride / Padding\nConv\t8\t5 / 2\n",
            (3, 16, 16),
            "table.txt, row 1: “5 / 2” has 2 parts where its heading “Kernel / Stride / Padding” has 3",
        ),
        (
            HEAD + "Conv\t8\t5\n... three times more ...\nFC\t10",
            (3, 16, 16),
            "table.txt, row 2: “... three times more ...” stands for rows that are not written: write them out",
        ),
        (
            HEAD + "Dense\t10\nConv\t8\t3\nDense\t10",
            (3, 16, 16),
            "table.txt, row 2 (Conv): a convolution takes maps, and the layer above leaves 10 features: are the rows in order?",
        ),
        (
            "hello",
            None,
            "table.txt holds no layer table: its first row should name columns such as Layer type, Filters, Kernel size",
        ),
        (HEAD, None, "table.txt has the headings of a table and no row that is a layer"),
    ],
)
def test_what_is_missing_or_impossible_is_said_at_its_row(text: str, shape: tuple[int, ...] | None, said: str) -> None:
    with pytest.raises(Impossible) as refused:
        read(text, shape)
    assert str(refused.value) == said


def test_a_wrong_count_is_said_with_the_rule_that_leads_to_it() -> None:
    text = "Layer\tFilters\tKernel\tParams\nConv\t32\t5x5\t832\nMaxPool\t\t2\t0\nFC\t10\t\t62,730\nTotal\t\t\t63,562\n"
    assert read(text).notes[-2:] == (
        "Row 1 (Conv): the table has 832 parameters, 2 432 are right here: each kernel is as deep as its input: the input channels are missing.",
        "The table's total is 63 562 parameters, the sum of its rows: 65 162 are right here.",
    )
    slip = text.replace("832", "2432").replace("63,562", "65,126")
    assert read(slip).notes[-1:] == (
        "The table's total is 65 126 parameters, where its rows add up to 65 162: 65 162 are right here.",
    )
    assert not [note for note in read(slip.replace("65,126", "65.2k")).notes if "right here" in note]


def test_the_wrong_counts_of_a_course_are_recognised() -> None:
    text = TABLES["a course's table with its counts put right"].text
    for right, wrong in (("608 ", "208"), ("3216", "416"), ("48120", "48001"), ("10164", "10081"), ("850 ", "841")):
        text = text.replace(right, wrong)
    said = [note.partition(": ")[2] for note in read(text, None).notes if "right here" in note]
    assert said == [
        "the table has 208 parameters, 608 are right here: each kernel is as deep as its input: the input channels are missing.",
        "the table has 416 parameters, 3 216 are right here: each kernel is as deep as its input: the input channels are missing.",
        "the table has 48 001 parameters, 48 120 are right here: every output has a bias of its own, not one for the layer.",
        "the table has 10 081 parameters, 10 164 are right here: every output has a bias of its own, not one for the layer.",
        "the table has 841 parameters, 850 are right here: every output has a bias of its own, not one for the layer.",
    ]


def test_a_wrong_shape_is_said_and_a_right_one_is_not() -> None:
    text = "Layer\tOutput\tKernel\tPadding\tFilters\nConv\t32x30x30\t3\t0\t32\nMaxPool\t32x15x15\t2\t\t\nConv\t64x14x14\t3\t0\t64\nFC\t10"
    assert "Row 3 (Conv): the table has 64×14×14 coming out, 64×13×13 does here." in read(text).notes
    assert not [note for note in read(text.replace("14x14", "13x13")).notes if "here" in note]


@pytest.mark.parametrize("heading", ["Output", "Output size", "Size"])
def test_one_number_for_what_comes_out_may_be_a_side(heading: str) -> None:
    text = f"Layer\t{heading}\tFilters\tKernel\nConv\t28\t6\t5\nPool\t14\t-\t2\nFC\t10\t\t"
    assert not [note for note in read(text).notes if "here" in note]


def test_what_a_table_leaves_open_is_said() -> None:
    text = "Kernel 3, padding 1.\n\nLayer\tUnits\nConv\t16\nPooling\nConv\t-\nLinear\t10\n"
    assert read(text).notes == (
        "The text around the table says: convolutions with kernel 3, padding 1.",
        "Stride is not said: stride 1 is taken: rows 1, 3.",
        "Which pooling is not said: the maximum is taken: row 2.",
        "The pooling window is not said: 2×2 with its stride is taken: row 2.",
        "The filters are a dash: as in the convolution above: row 3.",
        "No row says Flatten: the 16×16×16 before it become 4 096 features: row 4.",
    )
    assert read("Layer\tUnits\nConv\t16\n").notes == ("The kernel is not said: 3 with padding 1 is taken: row 1.",)


def test_a_report_around_the_table_is_left_alone() -> None:
    text = """\
# Report

| Run | Accuracy |
|-----|----------|
| 1   | 0.91     |

Convolutions have padding 1.

| Layer | Filters | Kernel |
|-------|---------|--------|
| Conv  | 8       | 3x3    |
| FC    | 10      |        |

| Epoch | Loss |
|-------|------|
| 1     | 2.3  |

The kernel was never 5x5.
"""
    assert parameters(read(text)) == (3 * 3 * 3 + 1) * 8 + (8 * 32 * 32 + 1) * 10
    assert "The text around the table says: convolutions with padding 1." in read(text.replace("5x5", "large")).notes


def test_a_column_that_is_not_read_is_named() -> None:
    assert read("Layer,Filters,Kernel,FLOPs\nConv,8,3x3,100\n").notes[0] == "Not read: the column “FLOPs”."


def test_rows_are_called_as_the_table_calls_them() -> None:
    network = read(TABLES["model 1, tabs"].text)
    assert [call.name for call in network.calls][:8] == [
        "1 Conv2D",
        "1 ReLU",
        "2 Conv2D",
        "2 ReLU",
        "3 Conv2D",
        "3 ReLU",
        "3 MaxPool2D",
        "3 BatchNorm2D",
    ]
    for text, shape, _ in TABLES.values():
        names = [call.name for call in read(text, shape).calls]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Layer Num", "name"),
        ("Layer Type", "kind"),
        ("Operation", "kind"),
        ("Number of Hidden Units / Num Filter", "filters"),
        ("#Filters", "filters"),
        ("Output channels", "filters"),
        ("Kernel Size / Padding / Stride", "kernel padding stride"),
        ("K/S/P", "kernel stride padding"),
        ("Filter size", "kernel"),
        ("k", "kernel"),
        ("S", "stride"),
        ("Pad", "padding"),
        ("Activation Function", "activation"),
        ("Input shape", "input"),
        ("Output size (HxWxC)", "output"),
        ("# Param", "params"),
        ("Number of parameters", "params"),
        ("Add. Info", "notes"),
        ("FLOPs", ""),
        ("32", ""),
    ],
)
def test_headings(heading: str, role: str) -> None:
    assert " ".join(roles(heading)) == role


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("Conv2d, ReLU", "conv relu"),
        ("Conv-BN-ReLU", "conv batchnorm relu"),
        ("Convolution + Max Pooling", "conv pool"),
        ("MaxPooling2D", "pool"),
        ("Subsampling", "avgpool"),
        ("Pooling (average)", "avgpool"),
        ("Global average pooling", "gap"),
        ("Fully-connected layer", "linear"),
        ("Batch Normalization", "batchnorm"),
        ("Conv2D (ReLU)", "conv relu"),
        ("conv2d_3 (Conv2D)", "conv"),
        ("Dropout (0.5)", "dropout"),
        ("Leaky ReLU", "leakyrelu"),
        ("something else", ""),
    ],
)
def test_kinds_of_layers(cell: str, kinds: str) -> None:
    assert " ".join(item.kind for item in read_items(cell)[0]) == kinds


def test_numbers_in_cells() -> None:
    assert read_said("5x5, s=2, p=same").given == {"padding": "same", "stride": (2,)}
    assert read_said("0 Padding").given == {"padding": (0,)}
    assert read_said("32 filters of 3×3, stride 2, no padding").given == {
        "padding": (0,),
        "stride": (2,),
        "out": (32,),
    }
    assert read_said("(5, 5)").sizes == read_said("5×5").sizes == [(5, 5)]
    assert read_said("7×7/2").given == {"stride": (2,)}


@pytest.mark.parametrize(
    ("cell", "sizes"),
    [
        ("3*128*128", (3, 128, 128)),
        ("8x124x124", (8, 124, 124)),
        ("(None, 26, 26, 32)", (26, 26, 32)),
        ("[-1, 32, 26, 26]", (32, 26, 26)),
        ("6@28x28", (6, 28, 28)),
        ("64", (64,)),
        ("-", None),
        ("0x3", None),
    ],
)
def test_shapes_in_cells(cell: str, sizes: tuple[int, ...] | None) -> None:
    shape = read_shape_cell(cell)
    assert (shape and shape.sizes) == sizes


@pytest.mark.parametrize(
    ("cell", "least", "most"),
    [
        ("61,706", 61_706, 61_706),
        ("61 706", 61_706, 61_706),
        ("61.706", 61_706, 61_706),
        ("61.7k", 61_650, 61_750),
        ("138M", 137_500_000, 138_500_000),
        ("(5·5·3 + 1)·32 = 2 432", 2_432, 2_432),
        ("0", 0, 0),
    ],
)
def test_counts_in_cells(cell: str, least: int, most: int) -> None:
    count = read_count(cell)
    assert count is not None
    assert (count.number - count.within, count.number + count.within) == (least, most)


@pytest.mark.parametrize("cell", ["", "-", "3.5", "5x5", "9" * 99, "about 3"])
def test_what_is_no_count(cell: str) -> None:
    assert read_count(cell) is None


@pytest.mark.parametrize(
    "text", ["", "conv 3, pool 2", "Conv2d(3, 12, 9)", "Sequential(\n  (0): Linear(1, 2)\n)", "1,2,3\n4,5,6"]
)
def test_other_texts_are_no_tables(text: str) -> None:
    assert not looks_like_table(text)


WORDS = st.sampled_from(
    [
        "Conv2d",
        "Conv",
        "MaxPool",
        "Linear",
        "ReLU",
        "BatchNorm",
        "Flatten",
        "Dropout",
        "Softmax",
        "Input",
        "Output",
        "Upsample",
        "ZeroPadding",
        "Reshape",
        "LRN",
        "PReLU",
        "GLU",
        "GroupNorm",
        "ConvTranspose2d",
        "depthwise",
        "... twice more with 3 and 4 ...",
        "Total",
        "3",
        "32",
        "0",
        "-",
        "",
        "5x5",
        "3x32x32",
        "(None, 4, 4, 8)",
        "8@4x4",
        "same",
        "5 / 2 / 1",
        "1/2",
        "k=3",
        "s=0",
        "p=99",
        "99999999999",
        "61.7k",
        "0.5",
        "(((",
        "\x1b[31m",
        "\x00",
        "None",
        "“",
        "conv3-64",
        "FC-4096",
        "groups=7",
        "dilation 9",
        "/2",
        "3,4",
        "5x5x5x5x5",
        "Conv 3 (Conv)",
    ]
)
HEADINGS = st.lists(
    st.sampled_from(
        [
            "Layer",
            "Type",
            "Filters",
            "Kernel",
            "Kernel / Stride / Padding",
            "Stride",
            "Padding",
            "Input",
            "Output",
            "Output size",
            "Params",
            "Notes",
            "Activation",
            "#",
            "Repeat",
            "Size",
            "Pooling",
            "BN",
            "",
        ]
    ),
    min_size=2,
    max_size=6,
)
SHAPES = st.sampled_from([None, (3, 32, 32), (1, 8), (784,), (2, 4, 4, 4)])


@given(
    HEADINGS, st.lists(st.lists(WORDS | st.text(max_size=6), max_size=7), max_size=6), st.sampled_from("\t|;, "), SHAPES
)
@settings(max_examples=400, deadline=None)
def test_any_table_is_read_or_impossible(
    headings: list[str], rows: list[list[str]], sign: str, shape: tuple[int, ...] | None
) -> None:
    parted = sign if sign != " " else "   "
    text = "\n".join(parted.join(cells) for cells in (headings, *rows))
    refused = refusal(text, shape)
    assert refused.isprintable()
    assert refused.startswith("table.txt") or not refused
    if not refused:
        network = read(text, shape)
        assert all(note.isprintable() for note in network.notes)
        assert all(call.name.isprintable() for call in network.calls)
        assert parameters(network) >= 0


@given(st.text(max_size=80))
@example("Layer\tType\n\x1b\t\x1b")
def test_other_text_is_impossible(text: str) -> None:
    assert refusal(text, (3, 32, 32)).startswith("table.txt")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "Conv\t8\t3\n" * 20_000,
        "Layer|Filters\n" + "|" * 2**19,
        "Layer,Filters\n" + "Conv 3x3," * 2**16,
        "Layer\tFilters\nConv\t" + "(" * 2**19,
        "Layer\tFilters\n" + "Conv-" * 2**17,
        "Layer\tFilters\tKernel\nConv\t" + "9" * 5000 + "\t3",
        HEAD + "Conv" + "\t8" * 2**17,
        "x" * (2**20 + 1),
        "a  " * 2**18,
        "Layer\tRepeat\nReLU\t1000\n" * 1,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_hostile_text_is_refused_or_read(text: str) -> None:
    assert len(refusal(text, (3, 32, 32))) < 300


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_bytes(b"\xff\xfe\0")
    with pytest.raises(Impossible, match=r"^net\.csv is not text, nor weights: give a model\.py"):
        count(path)


def test_a_table_is_counted_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "net.md"
    text, shape, _ = TABLES["the baseline, semicolons"]
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    question = count(path, shape)
    assert (question.parameters, question.macs) == (390_410, 28_803_712)
    assert question.ledger().verdict == "agrees"
    assert question.source == "net.md"
