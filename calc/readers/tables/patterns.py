"""Regular expressions that are compiled when they are first used: a table needs few of them, and compiling takes time."""

from __future__ import annotations

import re
from typing import Any, cast


class _Waiting:
    """An expression that is not compiled yet; afterwards it has the methods of the one that is."""

    def __init__(self, source: str, flags: int) -> None:
        self.source, self.flags = source, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.source, self.flags)
        for method in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def waiting(source: str, flags: int = 0) -> re.Pattern[str]:
    """The expression, compiled at its first use."""
    return cast("re.Pattern[str]", _Waiting(source, flags))
