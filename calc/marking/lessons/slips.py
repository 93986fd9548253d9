"""What slips are called."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

LESSONS: Mapping[str, Lesson] = {
    "sign-lost": Lesson("minus sign lost or added"),
    "digit-added": Lesson("digit added or doubled"),
    "digit-lost": Lesson("digit lost"),
    "digits-swapped": Lesson("two digits swapped"),
    "digit-misread": Lesson("digit misread"),
    "cells-swapped": Lesson("two cells swapped"),
    "product-left-out": Lesson("product left out"),
    "product-sign": Lesson("product with the other sign"),
    "product-twice": Lesson("product taken twice"),
    "bias-forgotten-here": Lesson("bias left out in one cell"),
    "border-row-misaligned": Lesson("kernel one row off at the border"),
    "border-column-misaligned": Lesson("kernel one column off at the border"),
    "copying-slip": Lesson("row miscopied, total as it was meant"),
    "total-from-elsewhere": Lesson("total right, rows do not add up to it"),
    "sum-slip": Lesson("total added up wrongly"),
    "layer-left-out": Lesson("layer left out of the total"),
    "another-layer": Lesson("answer of another layer"),
    "arithmetic-slip": Lesson("calculated wrongly"),
    "other-letter": Lesson("number given another letter"),
    "copied-wrongly": Lesson("given number copied wrongly"),
    "wrong-line": Lesson("line with a wrong number"),
    "sign-in-working": Lesson("term with the other sign"),
}
