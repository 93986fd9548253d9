"""A coverage-guided fuzzer for what learners type: `python -m tests.fuzz -max_total_time=60`; it needs `pip install atheris`.

Whatever the text, marking ends in a verdict or in one sentence that can be printed.
"""

import sys
from contextlib import suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["calc"]):
    from calc import convolve, count, size, through
    from calc.concepts import concept
    from calc.errors import Impossible
    from calc.marking.front import mark
    from calc.marking.matrices import read_matrix
    from calc.marking.replies import read_sizes_said, read_value, read_values
    from calc.marking.size_replies import read_sizes_reply
    from calc.marking.working import read_lines
    from calc.practice.lines import unfinished

QUESTIONS = (
    size(508, kernel=2, pool=True),
    size(512, 508),
    through("conv 4 filters 8, pool 2, flatten", "1x28x28"),
    count("Conv2d(3, 8, 3), BatchNorm2d(8), Flatten(), Linear(8, 2)"),
    convolve("1 2; 3 4", "1 2; 3 4"),
    concept("translation"),
)
READERS = (read_value, read_values, read_sizes_said, read_sizes_reply, read_lines, read_matrix)


SEEDS = (
    *("252", "(5*5*3+1)*32 = 2432", "[(502-2+0)/2]+1 = 254", "P = 2", "250x250", "2 432", "1e5", "5²·3", "⌊223/2⌋ + 1"),
    *(
        "conv1 = 2432; total: 390,410",
        "layer,params\nconv1,2432",
        "k = 512 - 508 - 1\nk = 3",
        "1 2; 3 4",
        "[[1, 2], [3, 4.5]]",
    ),
    *(
        r"\begin{bmatrix} -2 & 1 \\ 3 & 4 \end{bmatrix}",
        r"\lfloor\frac{504-2}{2}\rfloor",
        "nan",
        "9**9**9",
        "macs = 7",
        "(i) and (iii)",
        "max pooling",
        "max pooling isn't",
        "layer 1 = 224; layer 2: 16",
        "s = 9",
        "1 2\n3 4",
        "| 1 | 2 |\n|---|---|\n| 3 | 4 |",
        "{'k': 5}",
    ),
)


def once(data: bytes) -> None:
    """One text, read in one form or given as the answer to one question; the first byte says which."""
    choice, working = data[0] % CHOICES if data else 0, bool(data and data[0] > 127)
    text = data[1:].decode(errors="ignore")
    try:
        if choice < len(READERS):
            READERS[choice](text)
        else:
            question = QUESTIONS[choice - len(READERS)]
            unfinished(question, text.split("\n"))
            mark(question, text, working=working, files=False).derivation()
    except Impossible as fault:
        if not str(fault).isprintable():
            raise AssertionError("a sentence that cannot be printed") from fault


CHOICES = len(READERS) + len(QUESTIONS)

if __name__ == "__main__":
    with suppress(KeyboardInterrupt), TemporaryDirectory() as folder:
        for number, (choice, seed) in enumerate(product(range(CHOICES), SEEDS)):
            Path(folder, str(number)).write_bytes(bytes([choice]) + seed.encode())
        atheris.Setup([*sys.argv, folder, "-max_len=300"], once)
        atheris.Fuzz()
