"""The named kernels as a derivation: what `cnncalc kernels` shows."""

from __future__ import annotations

from calc.derivation import Derivation, Grid, Note
from calc.errors import Impossible, nearest, printable
from calc.exact import Cells
from calc.kernels import BY_NAME, KERNELS, Named


def catalogue(name: str = "") -> Derivation:
    """Every named kernel, or the one of that name: its values, what it responds to, where it comes from."""
    if name and name.lower() not in BY_NAME:
        raise Impossible(f"no kernel is called “{printable(name)}”{nearest(name, BY_NAME)}")
    kernels = (BY_NAME[name.lower()],) if name else KERNELS
    title = f"The kernel {kernels[0].name}" if name else "Named kernels, for --kernel"
    return Derivation((title,), tuple(map(_entry, kernels)), question={"asks": "kernels", "name": name})


def _entry(kernel: Named) -> Derivation:
    called = " or ".join((kernel.name, *kernel.aliases))
    grid = Grid(Cells.of(kernel.rows), what="kernel")
    return Derivation(
        (called,),
        (grid, Note("why", (f"responds to {kernel.responds}",)), Note("convention", (f"from {kernel.origin}",))),
    )
