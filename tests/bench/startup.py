"""How long a short answer takes, beside a bare interpreter and a hello-world of typer with a rich table."""

from tests.bench.timing import alternate, process, report

HELLO = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you"):
    from rich.console import Console
    from rich.table import Table
    table = Table("hello")
    table.add_row(name)
    Console().print(table)
@app.command()
def other(): ...
import sys
sys.argv = ["hello", "hello"]
app()
"""


def main() -> None:
    medians = alternate(
        {
            "python -c pass": process("-c", "pass"),
            "typer and a rich table": process("-c", HELLO),
            "cnncalc --help": process("-m", "explain", "--help"),
            "cnncalc shape --in 512 --out 504 --no-check": process(
                "-m", "explain", *["shape", "--in", "512", "--out", "504", "--no-check"]
            ),
            "cnncalc conv --image … --kernel sobel --no-check": process(
                "-m", "explain", "conv", "--image", "1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4", "--kernel", "sobel", "--no-check"
            ),
        },
        25,
    )
    report("start-up: whole processes", medians, "python -c pass")
