"""The one public exception, and the words of its sentences."""

import difflib
import re
from collections.abc import Iterable, Sequence


class Impossible(ValueError):
    """A question that cannot be asked so.

    The message says what is wrong, where, and what would be right, in the words of the field. The
    command line prints it without a traceback and ends with exit code 2, a notebook shows the sentence alone.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython and Jupyter show instead of a traceback."""
        return [f"✗ {self}"]


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that names the known words most like `word`: ", did you mean sobel-x or sobel-y?"."""
    spelled = {name.lower(): name for name in known}
    like = difflib.get_close_matches(word.lower(), list(spelled), n=3, cutoff=0.5)
    return f": did you mean {' or '.join(spelled[name] for name in like)}?" if like else ""


def counted(number: int, word: str) -> str:
    """1 row, 2 rows."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """kernel, stride and padding"""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def at(place: Iterable[int]) -> str:
    """A place counted from 0 as it is said, from 1: 2,3."""
    return ",".join(str(i + 1) for i in place)


def times(shape: Iterable[object]) -> str:
    """A shape as it is written: 3×32×32."""
    return "×".join(map(str, shape))


def printable(text: str, limit: int = 60) -> str:
    """Text of a stranger as it may stand in a sentence: one line, no control codes, cut to `limit`.

    The end is cut, of a path the middle, for the name of the file says most.
    """
    clean = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    if len(clean) <= limit:
        return clean
    path = _PATH.fullmatch(clean)
    kept = min(len(path[1]), 2 * limit // 3) if path else 0
    return f"{clean[: limit - 1 - kept]}…{clean[len(clean) - kept :]}"


_PATH = re.compile(r"(?:[.~]{0,2}[/\\]|[A-Za-z]:[/\\]|(?=.*\.\w{1,12}(?::\w*)?$)).*?([/\\][^/\\]+)")
"""A path, which begins as one or ends in a file's suffix, and what its last part is."""
