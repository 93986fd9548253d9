"""Tables as the public writes them: their parameters, no right figure accused, and what cannot be known refused."""

import re

import pytest

from calc import Impossible, count
from calc.network import Network
from calc.readers.tables.headings import roles
from calc.readers.tables.layer_table import looks_like_table, read_layer_table
from calc.readers.tables.markup import unmarked
from calc.readers.tables.repeats import read_block, read_convolutions, read_times
from calc.readers.tables.routes import needed
from calc.readers.tables.words import read_items
from tests.public_tables import PUBLIC

READ = {name: table for name, table in PUBLIC.items() if isinstance(table.wanted, int)}
REFUSED = {name: table for name, table in PUBLIC.items() if isinstance(table.wanted, str)}
ROUGH = {"googlenet table 1", "wrong count column"}
"""Tables whose own figures are not those of their layers."""

ACCUSED = re.compile(r"right here|does here|above\.$")


def read(text: str, shape: tuple[int, ...] | None = (3, 32, 32)) -> Network:
    return read_layer_table(text, "table.txt", shape)


@pytest.mark.parametrize("name", READ)
def test_a_public_table_has_its_parameters(name: str) -> None:
    text, shape, wanted = READ[name]
    assert looks_like_table(text)
    network = read(text, shape)
    assert sum(tensor.numel for tensor in network.tensors) == wanted
    assert bool([note for note in network.notes if ACCUSED.search(note)]) == (name in ROUGH)


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_public_table_does_not_say_is_refused(name: str) -> None:
    text, shape, said = REFUSED[name]
    with pytest.raises(Impossible, match=re.escape(str(said))):
        read(text, shape)


@pytest.mark.parametrize("name", READ)
def test_the_ledger_of_a_public_table_closes(name: str) -> None:
    text, shape, wanted = READ[name]
    question = count(text, shape)
    assert question.ledger().verdict == "agrees"
    assert question.answer["parameters"] == wanted


def test_published_totals() -> None:
    published = {
        "resnet 18 of the paper": 11_689_512,
        "resnet50 latex-like single": 25_557_032,
        "mobilenet v2 k 1000": 3_504_872,
        "googlenet table 1": 6_998_552,
        "alexnet grouped": 60_965_224,
        "geron alexnet": 62_378_344,
        "repeat in a cell": 138_357_544,
        "nvidia steering": 252_219,
    }
    assert {name: PUBLIC[name].wanted for name in published} == published


GRAPH = """\
Layer (type)                   Output Shape         Param #     Connected to
input_1 (InputLayer)           [(None, 8, 8, 3)]    0           []
a (Conv2D)                     (None, 8, 8, 4)      112         ['input_1[0][0]']
b (Conv2D)                     (None, 8, 8, 6)      168         ['input_1[0][0]']
c (KIND)                       (None, 8, 8, 10)     0           ['a[0][0]',
                                                                 'b[0][0]']
"""


def test_joined_shapes_follow_the_rows_that_are_named() -> None:
    assert read(GRAPH.replace("KIND", "Concatenate"), None).calls[-1].output == (10, 8, 8)
    with pytest.raises(Impossible, match=r"row 4 \(c\): 4×8×8 and 6×8×8 cannot be joined number by number"):
        read(GRAPH.replace("KIND", "Add"), None)
    with pytest.raises(Impossible, match=r"row 4 \(c\): it takes “z”, which is no row above it"):
        read(GRAPH.replace("KIND", "Add").replace("'b[", "'z["), None)


def test_of_a_repeated_row_only_the_first_has_the_stride() -> None:
    network = read("Layer,Filters,Kernel,Stride,Padding\nConv x 3,8,3x3,2,1\n")
    assert [call.output for call in network.calls] == [(8, 16, 16)] * 3
    assert "Row 1 comes 3 times: only the first has the stride, the others stride 1." in network.notes


def test_units_that_only_count_what_comes_in_are_no_layer() -> None:
    text = "Layer\tUnits\tKernel\nConv\t8\t3x3\nFC\t7200\t\nFC\t10\t\n"
    network = read(text)
    assert any("7 200 units are as many as the numbers of 8×30×30" in note for note in network.notes) is False
    odd = read(text.replace("7200", "7688").replace("3x3", "2x2"))
    assert any("7 688 units are as many as the numbers of 8×31×31" in note for note in odd.notes)


@pytest.mark.parametrize(
    ("cell", "left", "times"),
    [
        ("2 x Conv", "Conv", 2),
        ("Conv ×3", "Conv", 3),
        ("[3×3, 64; 3×3, 64] × 2", "[3×3, 64; 3×3, 64]", 2),
        ("Conv (x4)", "Conv", 4),
        ("conv3-64 x2", "conv3-64", 2),
        ("Conv, repeated twice", "Conv", 2),
        ("3 x 3 conv", "3 x 3 conv", 1),
        ("conv 3 x 3", "conv 3 x 3", 1),
        ("Conv 3x3", "Conv 3x3", 1),
        ("max pool, 2x2", "max pool, 2x2", 1),
    ],
)
def test_how_often_a_row_comes(cell: str, left: str, times: int) -> None:
    assert read_times(cell) == (left, times)


def test_blocks_in_brackets() -> None:
    assert read_block("[1×1, 64; 3×3, 64; 1×1, 256]") == [(1, 64), (3, 64), (1, 256)]
    assert read_block("3×3, 64") == read_block("[3×3, 64]") == read_block("(None, 3, 3, 64)") == []
    assert read_convolutions("3×3, 64, 3×3, 128") == [(3, 64), (3, 128)]


@pytest.mark.parametrize(
    ("number", "channels", "filters", "wanted"),
    [
        (896, 3, 32, ((3, 3), 1, True)),
        (864, 3, 32, ((3, 3), 1, False)),
        (288, 32, 32, ((3, 3), 32, False)),
        (8_192, 64, 128, ((1, 1), 1, False)),
        (777, 3, 32, None),
    ],
)
def test_kernels_that_parameters_need(number: int, channels: int, filters: int, wanted: object) -> None:
    assert needed(number, channels, filters, 2) == wanted


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Schrittweite", "stride"),
        ("Kernelgröße", "kernel"),
        ("Anzahl der Filter", "filters"),
        ("Taille du noyau", "kernel"),
        ("Paramètres", "params"),
        ("Salida", "output"),
        ("Connected to", "connected"),
        ("#3×3 reduce", "part 3 reduce"),
        ("patch size/stride", "kernel stride"),
        ("t", "part expansion"),
    ],
)
def test_headings_of_other_tongues_and_papers(heading: str, role: str) -> None:
    assert " ".join(roles(heading)) == role


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("conv1_bn (BatchNormalization", "batchnorm"),
        ("conv1_relu (ReLU)", "relu"),
        ("conv2d (Conv2D)", "conv"),
        ("global_average_pooling2d_1 (", "gap"),
        ("Faltung", "conv"),
        ("Entièrement connectée", "linear"),
        ("conv3-64, conv3-64", "conv conv"),
        ("Pooling (average)", "avgpool"),
    ],
)
def test_kinds_in_summaries_and_other_tongues(cell: str, kinds: str) -> None:
    assert " ".join(item.kind for item in read_items(cell)[0]) == kinds


def test_cells_that_stretch() -> None:
    html = "<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d &times; e</table>"
    assert unmarked(html).split("\n")[:2] == ["| a | b |  |", "| a | c | d × e |"]
    latex = r"\begin{tabular}{ll}\multirow{2}{*}{a} & \multicolumn{2}{c}{b} \\ & $2\times 2$ & 61{,}706\\\end{tabular}"
    assert unmarked(latex).strip().split("\n") == ["| a | b |  |", "|  | 2× 2 | 61,706 |"]


def test_a_row_that_turns_to_an_earlier_one_says_so_and_ends_what_is_known_of_fields() -> None:
    question = count(GRAPH.replace("KIND", "Concatenate"), None)
    assert [(row.call.kind, tuple(field.size for field in row.field)) for row in question.rows] == [
        ("Conv2d", (3, 3)),
        ("from input_1", ()),
        ("Conv2d", ()),
        ("Concatenate", ()),
    ]


@pytest.mark.parametrize("name", [name for name in READ if name.startswith("size is the kernel")])
def test_a_size_that_is_the_kernel_leaves_none_open(name: str) -> None:
    notes = read(READ[name].text, READ[name].shape).notes
    assert not [note for note in notes if "ernel" in note or "window" in note or "coming out" in note]


PLAIN = """\
Layer	Type	Filters	Kernel	Stride	Padding	Params
1	Conv2D	32	3x3	1	same	896
2	Conv2D	32	3x3	1	same	9248
3	MaxPool	-	2x2	2	-	0
4	Conv2D	64	3x3	1	valid	18496
5	AvgPool	-	2x2	2	-	0
6	Flatten	-	-	-	-	0
7	Dense	128	-	-	-	401536
8	Dense	10	-	-	-	1290
"""


def test_an_input_that_nobody_names_is_taken_as_the_linear_layer_needs_it() -> None:
    network = read(PLAIN, None)
    assert network.input == (3, 32, 32)
    assert network.inferred
    assert network.notes == (
        "Taken as input: 3×32×32; at sizes from 32 to 35 along each axis `7 Dense` receives its 3136 = 64·7·7 features; --input sets another.",
    )


def test_channels_that_the_layer_above_gives_are_no_assumption() -> None:
    rows = "\n".join(PLAIN.split("\n")[:6])
    network = read(rows, None)
    assert network.input is None
    assert network.notes == ("3 channels go in, as the parameters of the table need: row 1.",)


@pytest.mark.parametrize(
    "text",
    [
        "conv1  conv 5x5, 6\nrelu\n",
        "conv 5x5 6\nrelu\nfc 10\n",
        "conv1   some words\npool1   MaxPool 2\nfc1   Linear 10\n",
        "conv1: conv 5x5 6\nrelu\nfc1: fc 10\n",
    ],
)
def test_lines_that_are_no_rows_are_no_table(text: str) -> None:
    assert not looks_like_table(text)


@pytest.mark.parametrize(
    ("features", "shape"), [(5, (3, 28, 28)), (6, (3, 32, 32)), (8, (3, 32, 32)), (16, (3, 64, 64)), (9, None)]
)
def test_where_padding_is_open_too_only_a_usual_input_is_taken(features: int, shape: tuple[int, ...] | None) -> None:
    rows = "Conv\t8\t3x3\t1\t224\nMaxPool\t\t2x2\t2\t0\nConv\t8\t3x3\t1\t584\nMaxPool\t\t2x2\t2\t0\n"
    network = read(f"Type\tFilters\tKernel\tStride\tParams\n{rows}FC\t10\t\t\t{(8 * features**2 + 1) * 10}\n", None)
    assert network.input == shape
    assert network.inferred == (shape is not None)
