"""JSON: the whole derivation as versioned data, which reads back into the same derivation.

Top level: version, title (and title_parts, the sentence it is), question, answer, solutions, headline, decimals, steps, checks. A number is an integer, or
"p/q" for a fraction. An expression is a number, ["k"] for a letter, or [operation, operand, …]. A sentence is a list of
strings and {"expr": expression}. A step is an object whose "kind" is its class in lower case. In the answer, an
expression is a string, as it is written in plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any, Literal, assert_never

from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Gallery,
    Given,
    Grid,
    Line,
    Link,
    Note,
    Picture,
    Pooled,
    Pools,
    Solve,
    Step,
    Table,
    Text,
    Volume,
    Volumes,
    Window,
    Windows,
)
from calc.errors import Impossible
from calc.exact import Cells, Entry, read_number
from calc.expr import Expr, Num, Number, Op, Sym, parse
from calc.records import Field, Form, fits, merged, values
from explain.notation import TEXT

VERSION = 1


def render(derivation: Derivation, checks: Iterable[Check] = ()) -> Iterator[str]:
    """The lines of a JSON document; steps are written as they are made, the checks last."""
    yield "{"
    yield f'"version": {VERSION},'
    yield f'"title": {_json(TEXT.text(derivation.title))},'
    yield f'"title_parts": {_json(_text(derivation.title))},'
    yield from _dumped('"question": ', derivation.question, ",")
    yield from _dumped('"answer": ', derivation.answer, ",")
    yield from _dumped('"solutions": ', derivation.solutions, ",")
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


def _number(number: Number | float) -> int | str | float:
    return number if isinstance(number, int | float) else f"{number.numerator}/{number.denominator}"


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


def _entry(value: Entry) -> int | str | float:
    """A cell: a number, letters as they are written in plain text, a rounded number as a float."""
    return TEXT.plain().write(value) if isinstance(value, Num | Sym | Op) else _number(value)


def _nested(rows: Any) -> Any:
    """Nested rows of cells; None stays where there is none."""
    if isinstance(rows, tuple):
        return [_nested(row) for row in rows]
    return None if rows is None else _entry(rows)


def _dumped(start: str, value: Any, end: str) -> Iterator[str]:
    """Plain data and cells as lines of JSON between two texts: a new line for each row of an array, made on its own."""
    line = start
    for piece in _pieces(value):
        if piece == "\n":
            yield line
            line = ""
        else:
            line += piece
    yield line + end


def _pieces(value: Any) -> Iterator[str]:
    match value:
        case Cells() if len(value.shape) > 1:
            yield from _joined("[]", (",", "\n"), (_pieces(value.plane(i)) for i in range(value.shape[0])))
        case Cells():
            plain = value.denominator == 1 and not value.letters
            yield _json(value.numerators.tolist() if plain else _nested(value.nested()))
        case Mapping():
            parts = ((f"{_json(name)}: ", part) for name, part in value.items())
            yield from _joined("{}", (", ",), (chain([name], _pieces(part)) for name, part in parts))
        case list() | tuple():
            yield from _joined("[]", (", ",), map(_pieces, value))
        case Num() | Sym() | Op():
            yield _json(TEXT.plain().write(value))
        case Fraction():
            yield _json(_number(value))
        case _:
            yield _json(value)


def _joined(brackets: str, between: Sequence[str], items: Iterable[Iterable[str]]) -> Iterator[str]:
    """Items in brackets, each in pieces, the same pieces between two of them."""
    yield brackets[0]
    for i, item in enumerate(items):
        if i:
            yield from between
        yield from item
    yield brackets[1]


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
        case Grid(cells, caption, sign, what, lit):
            grid = {"kind": "grid", "cells": cells, "caption": caption, "sign": sign, "what": what}
            yield from _dumped("", grid | ({"lit": list(map(_range, lit))} if lit else {}), "")
        case Picture(levels, signed, caption, scaled):
            drawn = {"kind": "picture", "levels": levels, "signed": signed, "caption": caption, "scaled": scaled}
            yield _json(drawn)
        case Gallery(frames, signs):
            yield f'{{"kind": "gallery", "signs": {_json(signs)}, "frames": ['
            for i, frame in enumerate(frames):
                yield "["
                yield from _listed(map(_step, frame))
                yield "]," if i < len(frames) - 1 else "]"
            yield "]}"
        case Table(header, rows, right, total, caption, details):
            cells_ = [[_text(cell) for cell in row] for row in rows]
            table = {
                "header": [_text(c) for c in header],
                "rows": cells_,
                "right": right,
                "total": [_text(c) for c in total],
                "caption": caption,
            }
            if not details:
                yield _json({"kind": "table", **table})
                return
            yield f'{_json({"kind": "table", **table})[:-1]}, "details": ['
            yield from _listed(["null"] if part is None else _step(part) for part in details)
            yield "]}"
        case Volumes(blocks):
            yield _json({"kind": "volumes", "blocks": [block._asdict() for block in blocks]})
        case Note(kind, text):
            yield _json({"kind": "note", "note": kind, "text": _text(text)})
        case Check():
            yield _json(_check(step))
        case Windows():
            yield from _windows(step)
        case Pools():
            yield from _pools(step)
        case Derivation():
            yield f'{{"kind": "derivation", "title": {_json(_text(step.title))}, "headline": {_json(_text(step.headline))}, "steps": ['
            yield from _listed(map(_step, step.steps))
            yield "]}"
        case _:
            assert_never(step)


def _windows(windows: Windows) -> Iterator[str]:
    head = {
        "kind": "windows",
        "picture": windows.picture,
        "kernel": windows.kernel,
        "stride": windows.stride,
        "places": windows.places,
        "working": windows.working,
        "dilation": windows.dilation,
        "bias": windows.bias,
        "groups": windows.groups,
        "own": [_range(span) for span in windows.own],
    }
    yield from _headed(head)
    if windows.places is None and fits(windows) and values(windows) is not None:
        yield from _listed([text.removesuffix(",\n")] for text in merged(windows, _form(windows)))
    else:
        yield from _listed([_json(_window(window))] for window in windows)
    yield "]}"


def _headed(head: Mapping[str, Any]) -> Iterator[str]:
    """What stands before the windows of a step."""
    *lines, last = _dumped("", head, "")
    yield from lines
    yield f'{last[:-1]}, "windows": ['


def _form(windows: Windows) -> Form:
    """What `_window` makes of a window, as a form."""
    rows, columns = (1, *windows.kernel.shape[2:])[-2:]
    axes: tuple[Literal["row", "column"], ...] = ("row", "column") if len(windows.stride) > 1 else ("column",)
    places = [Field(axis, _index) for axis in axes]
    form: list[str | Field] = ['{"at": [', *_parted(places), "]"]
    kinds: tuple[tuple[str, Literal["cell", "product"]], ...] = (("patch", "cell"), ("products", "product"))
    for name, of in kinds:
        form.append(f', "{name}": [')
        for i in range(rows):
            fields = [Field(of, _written, (i, j)) for j in range(columns)]
            form += ["[" if i == 0 else ", [", *_parted(fields), "]"]
        form.append("]")
    return [*form, ', "sum": ', Field("sum", lambda value, _: _written(value)), "},\n"]


def _parted(fields: Iterable[Field]) -> Iterator[str | Field]:
    for i, field in enumerate(fields):
        if i:
            yield ", "
        yield field


def _index(i: int) -> str:
    return str(i + 1)


def _written(value: Entry) -> str:
    return _json(_entry(value))


def _window(window: Window) -> dict[str, Any]:
    parts = [{"patch": _nested(part.patch), "products": _nested(part.products)} for part in window.slices]
    for data, part in zip(parts, window.slices, strict=True):
        if len(parts) > 1:
            data |= {"name": part.name, "sum": _entry(part.sum)}
    whole = parts[0] if len(parts) == 1 else {"slices": parts}
    return {"at": [i + 1 for i in window.at], **whole, "sum": _entry(window.sum)}


def _pools(pools: Pools) -> Iterator[str]:
    head = {
        "kind": "pools",
        "image": pools.image,
        "pooling": pools.kind,
        "spans": [[_range(span) for span in axis] for axis in pools.spans],
        "counted": [_range(span) for span in pools.counted],
        "places": pools.places,
        "power": pools.power,
    }
    yield from _headed(head)
    yield from _listed([_json(_pooled(window))] for window in pools)
    yield "]}"


def _pooled(window: Pooled) -> dict[str, Any]:
    patches = [_nested(layer.patch) for layer in window.layers]
    result = window.chain.links[-1].expression
    return {
        "at": [i + 1 for i in window.at],
        **({"patch": patches[0]} if len(patches) == 1 else {"patches": patches}),
        "winners": [[i + 1 for i in (place if len(patches) > 1 else place[1:])] for place in window.winners],
        "result": _entry(result.number if isinstance(result, Num) else result),
    }


def _range(span: range) -> list[int]:
    return [span.start, span.stop, span.step]


def read(text: str) -> Derivation:
    """The derivation that a JSON document of this version holds; `Impossible` if it holds none."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise Impossible(f"the document has version {data['version']}, version {VERSION} is read")
        steps = (*map(_read_step, data["steps"]), *map(_read_step, data["checks"]))
        lettered = "letters" in data["question"] and "reply" not in data["question"]
        read_answer = _read_lettered if lettered else _read_answer
        return Derivation(
            _read_text(data["title_parts"]),
            steps,
            _read_text(data["headline"]),
            read_answer(data["answer"]),
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


def _read_cells(nested: list[Any]) -> Cells:
    return Cells.of(_read_nested(nested))


def _read_nested(value: Any) -> Any:
    match value:
        case list():
            return [_read_nested(x) for x in value]
        case str() if any(sign.isalpha() for sign in value):
            return parse(value)
        case float():
            return value
    return _read_number(value)


def _read_answer(value: Any) -> Any:
    match value:
        case [[*_] | int() | str() | float(), *_]:
            return _read_cells(value)
        case {"parameters": _, "layers": [*layers]} if "macs" in value:
            return {**value, "layers": list(map(_read_row, layers))}
        case {"layers": [{"layer": _}, *_]} | {"first": _, "second": _}:
            return _read_fields(value)
    return value


def _read_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a ledger, its formula and where its fields lie as numbers and expressions."""
    known = {name: _read_numbers(row[name]) for name in ("jump", "start") if row.get(name) is not None}
    return {**row, **known, "formula": parse(row["formula"], grouped=True) if row["formula"] else None}


def _read_fields(value: Any) -> Any:
    """What layers one after the other come to, its jumps and starts as the fractions they are."""
    match value:
        case dict():
            return {
                name: _read_numbers(part) if name in ("jump", "start") else _read_fields(part)
                for name, part in value.items()
            }
        case list():
            return [_read_fields(part) for part in value]
    return value


def _read_numbers(value: Any) -> Any:
    return list(map(_read_number, value)) if isinstance(value, list) else _read_number(value)


def _read_lettered(value: Any) -> Any:
    """An answer with formulas and conditions in it."""
    match value:
        case dict():
            return {name: _read_lettered(part) for name, part in value.items()}
        case list():
            return [_read_lettered(part) for part in value]
        case str():
            return _read_condition(value)
    return value


def _read_condition(text: str) -> Expr:
    """A formula, or what must hold, as they are written: K odd, n ≥ 3."""
    parts = text.split(", ")
    if len(parts) > 1:
        return Op("and", tuple(map(_read_condition, parts)))
    if words := re.fullmatch(r"(.+) (even|odd)", text):
        return Op(words[2], (parse(words[1]),))
    if words := re.fullmatch(r"(.+) (≥|≤|a multiple of) (.+)", text):
        return Op(words[2].replace("a multiple of", "multiple"), (parse(words[1]), parse(words[3])))
    return parse(text)


def _read_question(value: dict[str, Any]) -> dict[str, Any]:
    if "letters" in value:
        words = {name for name, part in value.items() if isinstance(part, str)} - {"asks", "unknown", "reply"}
        return {name: parse(part) if name in words else part for name, part in value.items()}
    if value.get("asks") == "maps":
        return {
            name: _read_cells(part) if name in ("weights", "bias") and part else part for name, part in value.items()
        }
    if value.get("asks") not in ("conv", "transposed", "pool"):
        return value
    read: dict[str, Callable[[Any], Any]] = {
        "image": _read_cells,
        "kernel": lambda part: _read_cells(part) if value["asks"] != "pool" else part,
        "fill": _read_number,
        "bias": lambda part: part and _read_cells(part),
    }
    return {name: read[name](part) if name in read else part for name, part in value.items()}


def _read_expr(value: Any) -> Expr:
    match value:
        case int() | str():
            return Num(_read_number(value))
        case float():
            return Num(value)  # type: ignore[arg-type]
        case [str(name)]:
            return Sym(name)
        case [str(op), *args]:
            return Op(op, tuple(map(_read_expr, args)))
    raise TypeError(f"{value!r} is no expression")


def _read_text(value: list[Any]) -> Text:
    return tuple(part if isinstance(part, str) else _read_expr(part["expr"]) for part in value)


def _read_places(value: list[list[int]] | None) -> tuple[tuple[int, ...], ...] | None:
    return None if value is None else tuple(map(tuple, value))


def _read_volume(data: dict[str, Any]) -> Volume:
    return Volume(data["name"], data["layer"], tuple(data["shape"]), data["parameters"], tuple(data["takes"]))


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
            lit = tuple(range(*span) for span in data.get("lit", ()))
            return Grid(_read_cells(data["cells"]), data["caption"], data["sign"], data["what"], lit)
        case "picture":
            return Picture(tuple(map(tuple, data["levels"])), data["signed"], data["caption"], data["scaled"])
        case "gallery":
            frames: Any = tuple(tuple(map(_read_step, frame)) for frame in data["frames"])
            return Gallery(frames, tuple(data["signs"]))
        case "table":
            rows = tuple(tuple(map(_read_text, row)) for row in data["rows"])
            return Table(
                tuple(map(_read_text, data["header"])),
                rows,
                tuple(data["right"]),
                tuple(map(_read_text, data["total"])),
                data["caption"],
                tuple(part and _read_derivation(part) for part in data.get("details", ())),
            )
        case "volumes":
            return Volumes(tuple(map(_read_volume, data["blocks"])))
        case "note":
            return Note(data["note"], _read_text(data["text"]))
        case "check":
            return Check(data["by"], data["verdict"], _read_text(data["says"]), data["ours"], data["theirs"])
        case "windows":
            return Windows(
                _read_cells(data["picture"]),
                _read_cells(data["kernel"]),
                tuple(data["stride"]),
                _read_places(data["places"]),
                data["working"],
                tuple(data["dilation"]),
                None if data["bias"] is None else _read_cells(data["bias"]),
                data["groups"],
                tuple(range(*span) for span in data["own"]),
            )
        case "pools":
            spans = tuple(tuple(range(*span) for span in axis) for axis in data["spans"])
            counted = tuple(range(*span) for span in data["counted"])
            image, places = _read_cells(data["image"]), _read_places(data["places"])
            return Pools(image, data["pooling"], spans, counted, places, data["power"])
        case "derivation":
            return _read_derivation(data)
    raise TypeError(f"there is no step of kind {data['kind']}")


def _read_derivation(data: dict[str, Any]) -> Derivation:
    return Derivation(_read_text(data["title"]), tuple(map(_read_step, data["steps"])), _read_text(data["headline"]))
