"""JSON: the whole derivation as versioned data, which reads back into the same derivation.

Top level: version, title (and title_parts, the sentence it is), question, answer, solutions, headline, decimals, steps, checks. A number is an integer, or
"p/q" for a fraction. An expression is a number, ["k"] for a letter, or [operation, operand, …]. A sentence is a list of
strings and {"expr": expression}. A step is an object whose "kind" is its class in lower case. In the answer, an
expression is a string, as it is written in plain text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, assert_never

from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Given,
    Grid,
    Line,
    Link,
    Note,
    Solve,
    Step,
    Table,
    Text,
    Window,
    Windows,
)
from calc.errors import Impossible
from calc.exact import Cells, read_number
from calc.expr import Expr, Num, Number, Op, Sym, parse
from explain.notation import TEXT

VERSION = 1


def render(derivation: Derivation, checks: Iterable[Check] = ()) -> Iterator[str]:
    """The lines of a JSON document; steps are written as they are made, the checks last."""
    yield "{"
    yield f'"version": {VERSION},'
    yield f'"title": {_json(TEXT.text(derivation.title))},'
    yield f'"title_parts": {_json(_text(derivation.title))},'
    yield f'"question": {_json(_plain(derivation.question))},'
    yield f'"answer": {_json(_plain(derivation.answer))},'
    yield f'"solutions": {_json(_plain(derivation.solutions))},'
    yield f'"headline": {_json(_text(derivation.headline))},'
    yield f'"decimals": {_json(derivation.decimals)},'
    yield '"steps": ['
    steps = [step for step in derivation.steps if not isinstance(step, Check)]
    yield from _listed(map(_step, steps))
    yield "],"
    yield f'"checks": {_json([_check(check) for check in (*derivation.checks, *checks)])}'
    yield "}"


def _listed(items: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of items, a comma after each item but the last."""
    held: str | None = None
    for item in items:
        if held is not None:
            yield f"{held},"
            held = None
        for line in item:
            if held is not None:
                yield held
            held = line
    if held is not None:
        yield held


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(number: Number) -> int | str:
    return number if isinstance(number, int) else f"{number.numerator}/{number.denominator}"


def _expr(expression: Expr) -> Any:
    match expression:
        case Num(number):
            return _number(number)
        case Sym(name):
            return [name]
        case Op(op, args):
            return [op, *map(_expr, args)]
        case _:
            assert_never(expression)


def _text(text: Text) -> list[Any]:
    return [part if isinstance(part, str) else {"expr": _expr(part)} for part in text]


def _rows(rows: Iterable[Iterable[Number]]) -> list[list[int | str]]:
    return [[_number(x) for x in row] for row in rows]


def _plain(value: Any) -> Any:
    match value:
        case Cells():
            return _rows(value.rows())
        case Mapping():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case Num() | Sym() | Op():
            return TEXT.plain().write(value)
        case Fraction():
            return _number(value)
    return value


def _check(check: Check) -> dict[str, Any]:
    return {
        "kind": "check",
        "by": check.by,
        "verdict": check.verdict,
        "says": _text(check.says),
        "ours": check.ours,
        "theirs": check.theirs,
    }


def _step(step: Step) -> Iterator[str]:
    """A step on one line, but windows and parts on several, so that a long one is never held whole."""
    match step:
        case Given(facts):
            yield _json(
                {"kind": "given", "facts": [[symbol, _text(value), meaning] for symbol, value, meaning in facts]}
            )
        case Chain(left, links):
            yield _json(
                {"kind": "chain", "left": _text(left), "links": [[_expr(x.expression), x.why, x.sign] for x in links]}
            )
        case Solve(unknown, lines):
            yield _json(
                {
                    "kind": "solve",
                    "unknown": unknown,
                    "lines": [[[_expr(p) for p in x.parts], list(x.signs), x.why] for x in lines],
                }
            )
        case Grid(cells, caption, sign, what):
            yield _json({"kind": "grid", "cells": _rows(cells.rows()), "caption": caption, "sign": sign, "what": what})
        case Table(header, rows, right, total, caption):
            cells_ = [[_text(cell) for cell in row] for row in rows]
            table = {
                "header": [_text(c) for c in header],
                "rows": cells_,
                "right": right,
                "total": [_text(c) for c in total],
                "caption": caption,
            }
            yield _json({"kind": "table", **table})
        case Note(kind, text):
            yield _json({"kind": "note", "note": kind, "text": _text(text)})
        case Check():
            yield _json(_check(step))
        case Windows():
            yield from _windows(step)
        case Derivation():
            yield f'{{"kind": "derivation", "title": {_json(_text(step.title))}, "headline": {_json(_text(step.headline))}, "steps": ['
            yield from _listed(map(_step, step.steps))
            yield "]}"
        case _:
            assert_never(step)


def _windows(windows: Windows) -> Iterator[str]:
    head = {
        "kind": "windows",
        "picture": _rows(windows.picture.rows()),
        "kernel": _rows(windows.kernel.rows()),
        "stride": windows.stride,
        "places": windows.places,
        "working": windows.working,
        "dilation": windows.dilation,
        "bias": _number(windows.bias),
    }
    yield f'{_json(head)[:-1]}, "windows": ['
    yield from _listed([_json(_window(window))] for window in windows)
    yield "]}"


def _window(window: Window) -> dict[str, Any]:
    return {
        "at": [window.at[0] + 1, window.at[1] + 1],
        "patch": _rows(window.patch),
        "products": _rows(window.products),
        "sum": _number(window.sum),
    }


def read(text: str) -> Derivation:
    """The derivation that a JSON document of this version holds; `Impossible` if it holds none."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise Impossible(f"the document has version {data['version']}, version {VERSION} is read")
        steps = (*map(_read_step, data["steps"]), *map(_read_step, data["checks"]))
        return Derivation(
            _read_text(data["title_parts"]),
            steps,
            _read_text(data["headline"]),
            _read_answer(data["answer"]),
            tuple(map(_read_answer, data["solutions"])),
            _read_question(data["question"]),
            data["decimals"],
        )
    except Impossible:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as fault:
        raise Impossible(f"this is not a derivation of cnncalc: {type(fault).__name__} {fault}") from None


def _read_number(value: int | str) -> Number:
    return value if isinstance(value, int) else read_number(value)


def _read_cells(rows: list[list[int | str]]) -> Cells:
    return Cells.of([[_read_number(x) for x in row] for row in rows])


def _read_answer(value: Any) -> Any:
    match value:
        case [[*_], *_]:
            return _read_cells(value)
        case {"layers": [*layers]}:
            return {
                **value,
                "layers": [{**row, "formula": parse(row["formula"]) if row["formula"] else None} for row in layers],
            }
    return value


def _read_question(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("asks") != "conv":
        return value
    read: dict[str, Callable[[Any], Any]] = {
        "image": _read_cells,
        "kernel": _read_cells,
        "fill": _read_number,
        "bias": _read_number,
    }
    return {name: read[name](part) if name in read else part for name, part in value.items()}


def _read_expr(value: Any) -> Expr:
    match value:
        case int() | str():
            return Num(_read_number(value))
        case [str(name)]:
            return Sym(name)
        case [str(op), *args]:
            return Op(op, tuple(map(_read_expr, args)))
    raise TypeError(f"{value!r} is no expression")


def _read_text(value: list[Any]) -> Text:
    return tuple(part if isinstance(part, str) else _read_expr(part["expr"]) for part in value)


def _read_step(data: dict[str, Any]) -> Step:
    match data["kind"]:
        case "given":
            return Given(tuple((symbol, _read_text(value), meaning) for symbol, value, meaning in data["facts"]))
        case "chain":
            return Chain(
                _read_text(data["left"]), tuple(Link(_read_expr(e), why, sign) for e, why, sign in data["links"])
            )
        case "solve":
            lines = tuple(Line(tuple(map(_read_expr, parts)), tuple(signs), why) for parts, signs, why in data["lines"])
            return Solve(data["unknown"], lines)
        case "grid":
            return Grid(_read_cells(data["cells"]), data["caption"], data["sign"], data["what"])
        case "table":
            rows = tuple(tuple(map(_read_text, row)) for row in data["rows"])
            return Table(
                tuple(map(_read_text, data["header"])),
                rows,
                tuple(data["right"]),
                tuple(map(_read_text, data["total"])),
                data["caption"],
            )
        case "note":
            return Note(data["note"], _read_text(data["text"]))
        case "check":
            return Check(data["by"], data["verdict"], _read_text(data["says"]), data["ours"], data["theirs"])
        case "windows":
            places = None if data["places"] is None else tuple((r, c) for r, c in data["places"])
            stride = (data["stride"][0], data["stride"][1])
            dilation, bias = (data["dilation"][0], data["dilation"][1]), _read_number(data["bias"])
            picture, kernel = _read_cells(data["picture"]), _read_cells(data["kernel"])
            return Windows(picture, kernel, stride, places, data["working"], dilation, bias)
        case "derivation":
            return Derivation(
                _read_text(data["title"]), tuple(map(_read_step, data["steps"])), _read_text(data["headline"])
            )
    raise TypeError(f"there is no step of kind {data['kind']}")
