"""Worksheets: what is read, what each edition shows in each format, and a sentence for every fault."""

import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.errors import Impossible
from explain.data import read
from explain.documents import FORMATS, document
from explain.progress import counted
from explain.solving import EDITIONS, Edition, Sheet, solve
from explain.text import WIDTH
from explain.worksheet import BEGIN, END, Worksheet, parsed, read_worksheet
from tests.cases import EXAMPLES
from tests.test_cli import Run

SHEETS = Path(__file__).parent / "worksheets"
SOURCE = SHEETS / "sheet.md"
SUFFIX = {"text": "txt", "markdown": "md", "latex": "tex", "json": "json", "html": "html"}
BLOCK = "```cnncalc\nshape --in 512 --out 504\n```\n"


def sheet(text: str) -> Worksheet:
    return parsed(text, "task.md", EXAMPLES)


def solved(text: str, edition: Edition = "solved") -> Sheet:
    return solve(sheet(text), edition, check=False)


def written(text: str, edition: Edition = "solved", format_: str = "markdown") -> str:
    return "".join(document(solved(text, edition), format_))


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_worksheet_is_the_golden_file(edition: Edition, format_: str, request: pytest.FixtureRequest) -> None:
    golden = SHEETS / f"{edition}.{SUFFIX[format_]}"
    said = "".join(document(solve(read_worksheet(str(SOURCE)), edition, check=False), format_))
    if format_ == "html":
        said = re.sub(
            r"(<style>|<script>).*?(</style>|</script>)|(?<=Policy\" content=\")[^\"]*", r"\1\2", said, flags=re.DOTALL
        )
    if request.config.getoption("--rewrite"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_orphaned() -> None:
    wanted = {f"{edition}.{suffix}" for edition in EDITIONS for suffix in SUFFIX.values()}
    assert {path.name for path in SHEETS.iterdir()} == wanted | {SOURCE.name}


def test_every_block_is_a_task_with_its_label_and_line() -> None:
    tasks = read_worksheet(str(SOURCE)).tasks
    assert [(task.label, task.line, task.lead, task.level) for task in tasks] == [
        ("1", 10, "", 2),
        ("2a", 20, "   ", 2),
        ("", 27, "   > ", 2),
        ("", 39, "", 2),
        ("5", 44, "", 2),
    ]
    assert tasks[0].command == 'conv --image "1 0 2; 3 2 0" --kernel sobel --windows 1'
    assert tasks[2].command == 'params "Conv2d(3, 32, 5)"'


def test_what_is_no_block_comes_out_as_it_stands() -> None:
    text = SOURCE.read_text()
    said = written(text)
    without = re.sub(rf"\n[> ]*\n[> ]*{BEGIN}\n(?:.*\n)*?[> ]*{END}\n", "\n", said)
    assert without == text
    assert said.count(BEGIN) == said.count(END) == 5


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_solved_worksheet_is_solved_to_the_same(edition: Edition) -> None:
    text = SOURCE.read_text()
    assert written(written(text), edition) == written(text, edition)


def test_a_changed_question_gets_another_solution() -> None:
    before = written("# Sheet\n\n" + BLOCK + "\nAfter it.\n")
    after = written(before.replace("--out 504", "--out 508"))
    assert "**9×9**" in before
    assert "**5×5**" in after
    assert "9×9" not in after
    assert after.endswith(f"{END}\n\nAfter it.\n")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_end_as_those_of_the_worksheet(end: str) -> None:
    text = f"# Sheet\n\n{BLOCK}".replace("\n", end)
    said = written(text)
    assert said.startswith(text)
    assert said.count("\n") == said.count(end)
    assert written(said) == said


def test_a_mark_of_byte_order_and_a_last_line_without_end_are_kept() -> None:
    said = written("\ufeff" + BLOCK.rstrip("\n"))
    assert said.startswith(f"\ufeff{BLOCK}\n{BEGIN}\n")
    assert written(said) == said


def test_headings_of_a_solution_stand_below_those_around_it() -> None:
    assert "\n## Which kernel" in written(BLOCK)
    assert "\n### Which kernel" in written(f"## Deep\n\n{BLOCK}")
    assert "\n###### Which kernel" in written(f"###### Deepest\n\n{BLOCK}")


def test_a_block_in_a_comment_or_in_another_block_is_no_task() -> None:
    text = f"<!--\n{BLOCK}-->\n\n````text\n{BLOCK}````\n\n{BLOCK}"
    assert len(sheet(text).tasks) == 1


def test_an_edition_without_solutions_has_room_around_each_question() -> None:
    said = written(f"Before\n{BLOCK}After\n", "student")
    assert said.startswith("Before\n\n## Which kernel turns 512 into 504?\n")
    assert said.endswith(f"Your answer: {'.' * 40}\n\nAfter\n")


STUDENT = {
    "map": ('conv --image "1 0 2; 3 2 0" --kernel sobel', [r"-4\s+5\s+4", r"\[-4, 5, 4\]", "not flipped"]),
    "kernel": ("shape --in 512 --out 504", ["9", "sign in a bracket"]),
    "several": ("shape --in 33 --out 16 --kernel ? --stride ?", ["kernel 3", "stride 2"]),
    "layers": ("shape --in 512 'conv 9, pool 2, conv 3'", ["250", "252", "504"]),
    "parameters": ("params model.py", ["390 410", "390410", "input channels forgotten"]),
    "marked": ("shape --in 508 --kernel 2 --pool --answer 253", ["254", "253", "misconception"]),
    "hinted": ("shape --in 508 --kernel 2 --pool --hint 5", ["254", "int"]),
    "concept": ("concept translation", ["equivariance", "stays the largest"]),
    "kernel explained": ("kernels sobel", ["vertical edges", "separable as", "antisymm", "flipped"]),
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("command", "hidden"), STUDENT.values(), ids=STUDENT)
def test_the_students_edition_has_no_answer(command: str, hidden: list[str], format_: str) -> None:
    said = written(f"```cnncalc\n{command}\n```\n", "student", format_)
    if format_ == "html":
        said = said[said.index("<main>") : said.index("</main>")]
    assert "Your answer: ...." in said
    assert [each for each in hidden if re.search(rf"(?<![\w×]){each}(?![\w×])", said)] == []
    assert command not in said
    solved_page = written(f"```cnncalc\n{command}\n```\n", "key", format_)
    assert any(re.search(rf"(?<![\w×]){each}(?![\w×])", solved_page) for each in hidden)


def test_a_page_that_only_lists_is_the_same_in_each_edition() -> None:
    said = {edition: written("```cnncalc\nkernels\n```\n", edition, "text") for edition in EDITIONS}
    assert said["student"] == said["key"]
    assert "Your answer" not in said["student"]


def test_json_holds_prose_and_whole_derivations() -> None:
    whole = json.loads(written(SOURCE.read_text(), format_="json"))
    assert (whole["version"], whole["worksheet"], whole["edition"]) == (1, "task.md", "solved")
    kinds = [part["kind"] for part in whole["parts"]]
    assert kinds == [
        "prose",
        "question",
        "prose",
        "question",
        "prose",
        "question",
        "prose",
        "question",
        "prose",
        "question",
    ]
    questions = [part for part in whole["parts"] if part["kind"] == "question"]
    assert [part["label"] for part in questions] == ["1", "2a", "", "", "5"]
    assert read(json.dumps(questions[1]["derivation"])).answer["padding"] == 2
    assert "".join(part["markdown"] for part in whole["parts"] if part["kind"] == "prose").startswith("---\ntitle")


def test_text_fits_into_80_columns() -> None:
    for edition in EDITIONS:
        assert [line for line in written(SOURCE.read_text(), edition, "text").split("\n") if len(line) > WIDTH] == []


HOSTILE = """# <script>alert(1)</script> & \x1b \u202e

<script>alert(1)</script>

<div style="x" onclick="y">text</div>

[a](javascript:alert(1)) [b](data:text/html,x) ![c](https://example.org/c.png) <b onclick="z">d</b> `<i>` $<e>$

| <u> |
|----:|
| 1 |

    <code>

"""


class Seen(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_prose_in_html_loads_and_runs_nothing() -> None:
    page = written(HOSTILE + BLOCK, format_="html")
    found = Seen(page[page.index("<body>") : page.index("</main>")]).found
    data = [attributes for tag, attributes in found if tag == "script"]
    assert all(each.get("type") == "application/json" for each in data)
    assert not {"img", "iframe", "link", "b", "i", "u", "e"} & {tag for tag, _ in found}
    assert not [name for _, attributes in found for name in attributes if name == "style" or name.startswith("on")]
    assert [attributes for tag, attributes in found if tag == "a"] == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in page
    assert "<title>&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


PLAIN = [r"a_1 + \frac{1}{2}", r"\lfloor (n + 2p - k)/s \rfloor + 1", r"x \leftarrow y", r"\left( x \right)", "5*5*3"]
UNKNOWN = [
    *(r"\input{/etc/passwd}", r"\write18{ls}", "x^^5cinput", "}{", "{x", r"\left( x", "x % y", "a & b", "#1", "é"),
    *(r"\begin{x}", r"\def\x{y}", r"\$", r"\\"),
]


@pytest.mark.parametrize(
    ("formula", "plain"), [*((each, True) for each in PLAIN), *((each, False) for each in UNKNOWN)]
)
def test_formulas_of_the_prose_are_set_in_latex_where_they_are_plain(formula: str, plain: bool) -> None:
    said = written(f"Here ${formula}$ stands.\n\n{BLOCK}", format_="latex")
    before = said[said.index("Here") : said.index("stands.")]
    assert (before == f"Here ${formula}$ ") is plain
    if not plain:
        assert not re.search(r"(?<!\\)\$", before.replace("{}", ""))


DEEP = "".join(f"{'   ' * i}1. a\n" for i in range(7)) + "\n".join(f"{'> ' * i}b" for i in range(1, 8)) + "\n"


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_every_edition_compiles(engine: str, tmp_path: Path) -> None:
    if not shutil.which(engine):
        pytest.skip(f"{engine} is not installed")
    formulas = "".join(f"${formula}$ and\n\n$$\n{formula}\n$$\n\n" for formula in (*PLAIN, *UNKNOWN))
    hostile = written(HOSTILE + DEEP + "\n```tex\n\\end{verbatim} %\n\n漢\n```\n\n" + formulas + BLOCK, format_="latex")
    (tmp_path / "hostile.tex").write_text(hostile, encoding="utf-8")
    for edition in EDITIONS:
        (tmp_path / f"{edition}.tex").write_text(written(SOURCE.read_text(), edition, "latex"), encoding="utf-8")
    for source in sorted(tmp_path.iterdir()):
        words = [engine, "-interaction=nonstopmode", "-halt-on-error", source.name]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
        log = source.with_suffix(".log").read_text(encoding="latin-1")
        assert done.returncode == 0, log[-2000:]
        assert "Missing character" not in log


def test_ids_of_a_page_of_html_are_its_own() -> None:
    ids = [
        attributes["id"]
        for _, attributes in Seen(written(SOURCE.read_text(), format_="html")).found
        if "id" in attributes
    ]
    assert len(ids) == len(set(ids)) > 10


def test_control_codes_in_prose_do_not_reach_a_terminal() -> None:
    said = written(
        f"Red \x1b[31m and \u202eback, `\x07`\n\n    \x1b[2J\n\n<b>\x1b</b>\n\n| \x1b |\n|--|\n\n{BLOCK}",
        format_="text",
    )
    assert {c for c in said if not c.isprintable()} == {"\n"}


FAULTS = {
    "```cnncalc\nshape --in 5 --kernel 9\n": "line 1: the block that begins here has no end: close it with ```",
    "x\n\n- ~~~~cnncalc\n  shape --in 5\n\nafter\n": "line 3: the block that begins here has no end: close it with ~~~~",
    "```cnncalc 1c\n\n```\n": "line 1 (1c): the block is empty: write a command into it, such as shape --in 512 --out 504",
    "```cnncalc\nshape --in 5\nshape --in 6\n```\n": "line 1: the block holds 2 commands: give each a block of its own",
    "```cnncalc\nshap --in 5\n```\n": "line 1: “shap --in 5” is no question of a worksheet: did you mean shape or maps?",
    "```cnncalc\npractice\n```\n": "line 1: “practice” is no question of a worksheet: write it as a command, such as shape --in 512 --out 504",
    "```cnncalc\nshape --in\n```\n": "line 1: in “shape --in”: Option '--in' requires an argument.",
    "```cnncalc\nshape --in '5\n```\n": "line 1: “shape --in '5” has a quotation mark without its other",
    "```cnncalc\nshape --help\n```\n": "line 1: “shape --help” asks for help, which is no question of a worksheet: leave --help out",
    "```cnncalc\nconv --image nothing.txt --kernel sobel\n```\n": "line 1: there is no file nothing.txt",
    "```cnncalc\nconv --image - --kernel sobel\n```\n": "line 1: a question in a file has no standard input: name a file, or write the numbers",
    "```cnncalc\nparams -\n```\n": "line 1: a question in a file has no standard input: name a file, or write the numbers",
    "```cnncalc\nshape --in 5 --kernel 3 -o x.md\n```\n": "line 1: the worksheet is written as a whole: leave -o out here and give it to solve",
    "```cnncalc\nshape --in 5 --kernel 3 --format json\n```\n": "line 1: the worksheet is written as a whole: leave --format out here and give it to solve",
    "```cnncalc\nmaps edges.py --image disc.png\n```\n": "line 1: maps runs the file of the network: add --run if you trust it",
    "```cnncalc\nparams model.py --input 3x32x32\n```\n": "line 1: a file that is not run is given nothing: leave --input and --args out, or run it with --run",
    "```cnncalc\nparams 'Flatten(), Linear(8, 4)' --input 3x4x4\n```\n": "line 1: `Linear(8, 4)` expects 8 features but receives 48 = 3·4·4: write `Linear(48, 4)`",
    f"{BLOCK}\n{BEGIN}\n\nwith no end\n": f"line 1: the solution behind this block has no end: put {END} where it ends, or take it out",
    f"- {BLOCK.replace(chr(10), chr(10) + '  ')}\n  {BEGIN}\n\n{END}\n": f"line 1: the solution behind this block has no end: put {END} where it ends, or take it out",
    "```cnncalc\n"
    + "x" * 20_001
    + "\n```\n": "line 1: the block has 20002 characters, more than the 20000 that are read",
}


@pytest.mark.parametrize(("text", "says"), FAULTS.items(), ids=[*map(str, range(len(FAULTS)))])
def test_a_block_that_cannot_be_asked_is_named(text: str, says: str) -> None:
    with pytest.raises(Impossible) as refused:
        solved(text)
    assert str(refused.value).startswith(f"task.md, {says}")
    assert "\n" not in str(refused.value)


def test_a_fault_of_several_lines_keeps_its_caret(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "task.md"
    path.write_text("```cnncalc\nshape --in 9 'conv 3, pol 2'\n```\n\n```cnncalc\nshap\n```\n")
    _, _, err = run("solve", str(path))
    first, written_as, caret, second, _ = err.split("\n")
    assert first.startswith("✗ task.md, line 1: ")
    assert (written_as.strip(), caret.strip("~ ")) == ("conv 3, pol 2", "^")
    assert second.startswith("✗ task.md, line 5: ")


def test_every_fault_is_told_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    path, output = tmp_path / "task.md", tmp_path / "out.md"
    path.write_text(f"# T\n\n```cnncalc\nshap\n```\n\n{BLOCK}\n```cnncalc 2\nshape --in 3 --kernel 9\n```\n")
    output.write_text("kept")
    code, out, err = run("solve", str(path), "-o", str(output))
    assert (code, out, output.read_text()) == (2, "", "kept")
    first, second, _ = err.split("\n")
    assert first.startswith("✗ task.md, line 3: “shap” is no question of a worksheet")
    assert second.startswith("✗ task.md, line 11 (2): ")
    assert {each.name for each in tmp_path.iterdir()} == {"task.md", "out.md"}


REFUSED = {
    "nothing.md": "there is no file {path}: give the name of a Markdown file with blocks of cnncalc",
    "folder": "{path} is a folder, not a worksheet",
    "prose.md": "prose.md has nothing to solve: a question is a fenced block, ```cnncalc, with a command in it, such as shape --in 512 --out 504",
    "latin.md": "{path}, line 2 is not UTF-8: save the worksheet as UTF-8",
    "zero.md": "zero.md, line 2 holds a zero byte: a worksheet is text",
    "large.md": "{path} is larger than the 4 MiB that are read",
}


@pytest.mark.parametrize(("name", "says"), REFUSED.items())
def test_what_is_no_worksheet_is_refused(name: str, says: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "prose.md").write_text("# Only prose\n\n```text\nshape\n```\n")
    (tmp_path / "latin.md").write_bytes(b"# T\nfa\xe7ade\n")
    (tmp_path / "zero.md").write_bytes(b"# T\n\0\n" + BLOCK.encode())
    (tmp_path / "large.md").write_bytes(b"# T\n" * (2**20 + 1))
    path = tmp_path / name
    code, out, err = run("solve", str(path))
    from calc.errors import printable

    assert (code, out) == (2, "")
    assert err == f"✗ {says.format(path=printable(str(path)))}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--edition", "teacher"], "there is no edition “teacher”: choose solved, student, key"),
        (["--format", "docx"], "there is no format “docx”: choose terminal, "),
        (["-o", "x.docx"], "x.docx does not say its format: end its name in "),
        (["--edition", "key", "-o", "task.md"], "task.md is "),
    ],
)
def test_an_edition_or_a_file_that_cannot_be_is_refused(
    words: list[str], says: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("task.md").write_text(BLOCK)
    code, _, err = run("solve", "task.md", "--no-check", *words)
    assert code == 2
    assert err.startswith(f"✗ {says}")
    assert Path("task.md").read_text() == BLOCK


def test_a_worksheet_is_solved_in_its_own_place(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "task.md"
    path.write_text(BLOCK)
    for _ in range(2):
        assert run("solve", str(path), "--no-check", "-o", str(path))[0] == 0
        assert path.read_text() == written(BLOCK)


def test_files_are_looked_for_beside_the_worksheet(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "image.txt").write_text("1 0 2\n3 2 0\n")
    (folder / "task.md").write_text("```cnncalc\nconv --image image.txt --kernel sobel\n```\n")
    monkeypatch.chdir(tmp_path)
    code, _, err = run("solve", "sheets/task.md", "--no-check", "-o", "out.txt")
    assert (code, err) == (0, "")
    assert "-4  5  4" in (tmp_path / "out.txt").read_text()
    assert Path.cwd() == tmp_path


def test_a_file_of_python_runs_only_where_that_is_allowed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nimport sys\nnet = nn.Linear(2, 3 if 'numpy' in sys.modules else 3)\n"
    )
    path = tmp_path / "task.md"
    path.write_text("```cnncalc\nparams net.py --run\n```\n")
    code, _, err = run("solve", str(path))
    assert code == 2
    assert "task.md, line 1: net.py, line 3: " in err
    assert err.endswith("--run runs it\n")
    code, out, _ = run("solve", str(path), "--run")
    assert code == 0
    assert "9 parameters" in out


def test_torch_is_asked_unless_it_is_not_to_be(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "task.md"
    path.write_text(f"{BLOCK}\n```cnncalc\nshape --in 7 --kernel 3 --no-check\n```\n")
    assert run("solve", str(path))[1].count("✓ torch") == 1
    assert run("solve", str(path), "--no-check")[1].count("✓ torch") == 0
    assert run("solve", str(path), "--edition", "student")[1].count("✓ torch") == 0


def test_a_disagreement_ends_with_1(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc import crosscheck
    from calc.derivation import Check

    monkeypatch.setattr(crosscheck, "check", lambda *_: [Check("torch", "differs", ("torch says 8",))])
    path = tmp_path / "task.md"
    path.write_text(BLOCK)
    code, out, _ = run("solve", str(path))
    assert code == 1
    assert "✗ torch says 8" in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_says_how_many_questions_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with counted(2, "questions") as told:
        solve(sheet(BLOCK + "\n" + BLOCK), check=False, told=told)
    assert "questions" in screen.getvalue()
    assert "2/2" in screen.getvalue()
    screen.truncate(0)
    with counted(1, "questions") as told:
        solve(sheet(BLOCK), check=False, told=told)
    assert "questions" not in screen.getvalue()


def test_standard_input_is_a_worksheet_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BLOCK.encode())))
    code, out, _ = run("solve", "-", "--no-check", "--format", "markdown")
    assert code == 0
    assert out == written(BLOCK)


WORDS = [
    "> ",
    "- ",
    "1. ",
    "   ",
    "\t",
    "```cnncalc",
    "```",
    "~~~",
    "shape --in 512 --out 504",
    "\n",
    "\r\n",
    "\r",
    BEGIN,
    END,
]
WORDS += ["<!--", "-->", "# ", "text", "$", "|", "\\", "\x1b", "\ufeff", "\u2028", "--- "]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join))
def test_whatever_is_written_is_solved_or_refused_in_sentences(text: str) -> None:
    faults: list[str] = []
    try:
        said = written(text)
        assert written(said) == said
        assert written(text, "student", "text")
    except Impossible as fault:
        faults = str(fault).split("\n✗ ")
    assert all(line.startswith("task.md") for line in faults)
