"""Questions with choices: how layers behave."""

from __future__ import annotations

from random import Random

from calc.concepts import kernels, moving, numbers
from calc.practice.drawing import command
from calc.practice.items import Draft

GROUPS = (moving.CONCEPTS, kernels.CONCEPTS, numbers.CONCEPTS)


def concept(level: int, random: Random) -> Draft:
    """A concept of what moves, of what kernels do, or of numbers."""
    chosen = random.choice(GROUPS[level - 1])
    return Draft(command("concept", chosen.name), chosen, tuple(dict.fromkeys(each.name for each in chosen.mistaken())))
