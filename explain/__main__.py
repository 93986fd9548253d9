"""`cnncalc`, and `python -m explain`."""

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line in a process of its own, which ends with it.

    Two habits of the interpreter cost a fifth of a short answer's time: looking for garbage among imports, which make
    none, and taking every module apart at the end.
    """
    gc.set_threshold(50_000)
    try:
        from explain.cli import main as run

        run()
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt:
        code = 130
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            if stream:
                stream.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
