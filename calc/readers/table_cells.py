"""What the cells of a layer table say: kinds of layers, numbers with and without a word, shapes, counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from calc.layers import activation
from calc.readers.families import BY_WORD, FAMILIES
from calc.readers.table_text import DASHES

_TIMES = r"\s*(?:[x×*✕,]|by)\s*"
_PART = r"(?:[0-9]{1,12}|None|none|-1|\?|[BN](?=\s*[,x×*]))"
_SHAPE = re.compile(rf"[(\[]*\s*{_PART}(?:{_TIMES}{_PART})*\s*,?\s*[)\]]*")
_MAPS = re.compile(
    r"([0-9]{1,12})\s*(?:@|(?:feature )?maps?(?: of)?(?: size)?)\s*([0-9]{1,12})\s*[x×*]\s*([0-9]{1,12})", re.IGNORECASE
)
_NUMBER = r"[0-9]{1,12}"
_SIZE = rf"[(\[]?\s*{_NUMBER}(?:\s*[x×*]\s*{_NUMBER}|\s*,\s*{_NUMBER}(?=[\s\d,]*[)\]]))*\s*[)\]]?"
_IS = r"\s*(?:=|:|of|is)?\s*"
_OF = r"(?:\s*size)?"

_SAID: tuple[tuple[str, str, str], ...] = (
    (
        "kernel_size",
        rf"(?:kernels?|windows?|patch){_OF}|(?:filters?|pool|pooling)[ _](?:size|window)|kernel_size|k|f",
        "after",
    ),
    ("stride", "strides?|step|s", "after"),
    ("padding", "(?:zero[ -]?)?(?:padding|pad|p)", "after"),
    ("dilation", "dilation(?:[ _]rate)?|dilated|rate|d", "after"),
    ("groups", "groups?|g", "after"),
    (
        "out",
        "(?:out|output)[ _]?(?:channels|features|units)?|units|neurons|nodes|channels|(?<![0-9] )filters?|num_filters",
        "after",
    ),
    ("in", "(?:in|input)[ _]?(?:channels|features)", "after"),
    ("padding", "(?:zero[ -]?)?(?:padding|pad)", "before"),
    ("stride", "strides?", "before"),
    (
        "out",
        "(?:output |hidden |feature )?(?:filters?|kernels?|units?|neurons?|nodes?|channels?|maps?|outputs?|classes)",
        "before",
    ),
    ("groups", "groups?", "before"),
)
"""Words that an argument stands after or before; “out” are filters of a convolution and units of a linear layer."""

_AFTER = {
    side: tuple(
        (name, re.compile(rf"(?<![\w.])(?:{words}){_IS}({_SIZE})(?![\w@.]|\s*[x×])", re.IGNORECASE))
        if side == "after"
        else (name, re.compile(rf"(?<![\w.])({_SIZE})\s*-?\s*(?:{words})(?![a-z])", re.IGNORECASE))
        for name, words, where in _SAID
        if where == side
    )
    for side in ("after", "before")
}
_WORDED = (
    (
        "padding",
        "same",
        re.compile(r"(?:padding|pad|p)?\s*[=:]?\s*[\"']?\bsame\b[\"']?(?:\s*-?padding)?", re.IGNORECASE),
    ),
    ("padding", 0, re.compile(r"(?:padding|pad|p)?\s*[=:]?\s*[\"']?\bvalid\b[\"']?(?:\s*-?padding)?", re.IGNORECASE)),
    ("padding", 0, re.compile(r"\b(?:no|without|w/o)[ -]?(?:zero[ -]?)?(?:padding|pad)\b", re.IGNORECASE)),
    ("bias", 0, re.compile(r"\b(?:no|without|w/o)[ -]?bias\b|\b(?:use_)?bias\s*=\s*(?:false|no|0)\b", re.IGNORECASE)),
    ("bias", 1, re.compile(r"\b(?:use_)?bias\s*=\s*(?:true|yes|1)\b", re.IGNORECASE)),
)
_OVER = re.compile(rf"(?<![\w])/\s*({_NUMBER})\b|(?<=[0-9])\s*/\s*({_NUMBER})\b|\b[sS]({_NUMBER})\b")
_DEEP = re.compile(rf"({_NUMBER})\s*@\s*({_NUMBER}(?:\s*[x×*]\s*{_NUMBER})*)")
_SIZES = re.compile(rf"[(\[]?\s*{_NUMBER}(?:\s*[x×*]\s*{_NUMBER})+\s*[)\]]?|[(\[]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[)\]]")
_ALONE = re.compile(rf"(?<![\w.])({_NUMBER})(?![\w.%])")

Numbers = tuple[int, ...]


@dataclass
class Said:
    """The numbers of a layer by torch's names, but for “out” and “in”; sizes and numbers without a word apart."""

    given: dict[str, Numbers | str] = field(default_factory=dict)
    sizes: list[Numbers] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rest: str = ""

    def take(self, other: Said) -> None:
        """What another cell of the row says, where this one does not."""
        self.given = {**other.given, **self.given}
        self.sizes += other.sizes
        self.numbers += other.numbers


def read_said(text: str) -> Said:
    """The numbers in a text, with the words that they stand by; what is left of the text beside them."""
    said = Said()
    for name, value, pattern in _WORDED:
        if pattern.search(text):
            said.given.setdefault(name, value if isinstance(value, str) else (value,))
            text = pattern.sub(" ", text)
    for found in _DEEP.finditer(text):
        said.given.setdefault("out", (int(found[1]),))
        said.sizes.append(_numbers(found[2]))
    text = _DEEP.sub(" ", text)
    for side in ("after", "before"):
        for name, pattern in _AFTER[side]:
            for found in pattern.finditer(text):
                key = "kernel_size" if name == "out" and len(_numbers(found[1])) > 1 else name
                said.given.setdefault(key, _numbers(found[1]))
            text = pattern.sub(" ", text)
    for found in _OVER.finditer(text):
        said.given.setdefault("stride", _numbers(found[0]))
    text = _OVER.sub(" ", text)
    said.sizes += [_numbers(found[0]) for found in _SIZES.finditer(text)]
    text = _SIZES.sub(" ", text)
    said.numbers += [int(found[1]) for found in _ALONE.finditer(text)]
    said.rest = _ALONE.sub(" ", text)
    return said


def _numbers(text: str) -> Numbers:
    return tuple(int(n) for n in re.findall(_NUMBER, text))


def is_dash(cell: str) -> bool:
    """Whether a cell says nothing."""
    return cell.strip().lower() in DASHES | {"none"}


def is_ditto(cell: str) -> bool:
    """Whether a cell says that it is as the one above."""
    return cell.strip().lower() in ('"', "''", "〃", "ditto", "same as above", "as above", "idem", "”", "“")


class Shaped(NamedTuple):
    """A shape as a cell has it; `first` says whether its channels stand first, None if that is open."""

    sizes: Numbers
    first: bool | None = None
    batched: bool = False


def read_shape_cell(cell: str) -> Shaped | None:
    """The shape in a cell, without the batch; None if the cell is no shape."""
    cell = cell.strip()
    if maps := _MAPS.search(cell):
        return Shaped(tuple(map(int, maps.groups())), first=True)
    cell = re.sub(
        r"\s*(?:rgb|grayscale|greyscale|gr[ae]y|images?|pixels?|px|colou?r|features?)\b", "", cell, flags=re.IGNORECASE
    )
    found = _SHAPE.fullmatch(cell)
    if not found:
        return None
    parts = re.findall(_PART, cell)
    batched = len(parts) > 1 and not parts[0].isdigit()
    sizes = parts[batched:]
    if not all(part.isdigit() and int(part) for part in sizes):
        return None
    return Shaped(tuple(map(int, sizes)), None, batched)


class Counted(NamedTuple):
    """A number of parameters as a cell has it: 61,706 exactly, 61.7k within half a unit of its last digit."""

    number: int
    within: int
    written: str

    def fits(self, number: int) -> bool:
        return abs(number - self.number) <= self.within


_COUNT = re.compile(
    r"([0-9]{1,3}(?:[ ,.'\u2009\u202f_][0-9]{3})+|[0-9]+)([.,][0-9]+)?\s*([kKmMbB]|million|Million)?(?![\w])"
)


def read_count(cell: str) -> Counted | None:
    """The number of parameters in a cell, which may be worked out there: (5·5·3 + 1)·32 = 2 432; None if there is none."""
    cell = cell.strip()
    last = cell.rpartition("=")[2].strip().strip("*~≈ ")
    found = _COUNT.match(last)
    if not found or (
        found.end() != len(last) and not re.match(r"\s*(?:\(|param|weights|trainable)", last[found.end() :])
    ):
        return None
    whole = re.sub(r"\D", "", found[1])
    if len(whole) > 18 or (found[2] and not found[3]):
        return None
    unit = {"": 1, "k": 1000, "m": 10**6, "b": 10**9}[(found[3] or "").lower()[:1]]
    places = (found[2] or "")[1:]
    if unit > 1 and not places and "." in found[1]:
        whole, places = re.sub(r"\D.*", "", found[1]), re.sub(r"^\d+\D", "", found[1])
    if len(places) > 9:
        return None
    number = int(whole + places) * unit // 10 ** len(places)
    within = 0 if unit == 1 else unit // (2 * 10 ** len(places))
    return Counted(number, within, found[0].strip())


class Item(NamedTuple):
    """A layer that a cell names: the word of a family or one of `OTHERS`, the word as it is written, its numbers."""

    kind: str
    axes: int
    written: str
    said: Said
    suffix: str = ""
    """A number that the word ends with: conv1, FC-4096."""


OTHERS: Mapping[str, str] = {
    "input": "input",
    "inputlayer": "input",
    "inputimage": "input",
    "image": "input",
    "imageinput": "input",
    "data": "input",
    "hidden": "linear",
    "output": "linear",
    "outputlayer": "linear",
    "innerproduct": "linear",
    "ip": "linear",
    "fclayer": "linear",
    "fullyconnectedlayer": "linear",
    "denselayer": "linear",
    "fullconnection": "linear",
    "fullconnected": "linear",
    "fullyconnect": "linear",
    "classifier": "linear",
    "logits": "linear",
    "mlp": "linear",
    "subsampling": "avgpool",
    "subsample": "avgpool",
    "maxp": "pool",
    "maxpooled": "pool",
    "convolve": "conv",
    "conv2dtranspose": "transposed",
    "convolutiontranspose": "transposed",
    "transposedconvolutional": "transposed",
    "convdw": "depthwise",
    "dwconvolution": "depthwise",
    "depthwiseconv2d": "depthwise",
    "convpw": "pointwise",
    "zeropadding": "pad",
    "zeropadding2d": "pad",
    "batchnormalisation": "batchnorm",
    "batchnormalizationlayer": "batchnorm",
    "batchnormalized": "batchnorm",
    "batchnormlayer": "batchnorm",
    "batchnormalizationv1": "batchnorm",
    "lrn": "lrn",
    "localresponsenorm": "lrn",
    "localresponsenormalization": "lrn",
    "localresponsenormalisation": "lrn",
    "crosschannelnormalization": "lrn",
    "lrelu": "leakyrelu",
    "leaky": "leakyrelu",
    "relulayer": "relu",
    "rectifiedlinearunit": "relu",
    "logistic": "sigmoid",
    "hyperbolictangent": "tanh",
    "softmaxlayer": "softmax",
    "dropoutlayer": "dropout",
    "drop": "dropout",
    "flattening": "flatten",
    "flat": "flatten",
    "upsampling2d": "upsample",
    "activation": "as it is",
    "rescaling": "as it is",
    "randomflip": "as it is",
    "randomrotation": "as it is",
    "randomzoom": "as it is",
    "gaussiannoise": "as it is",
    "classificationoutput": "as it is",
}
"""Words of tables beside those of chains, and the family that each stands for; “as it is” changes neither shape nor count."""

ACTIVATIONS = frozenset(name for name, family in FAMILIES.items() if family.kind in vars(activation)) - {
    name for name in FAMILIES if "dropout" in name
}
"""The families of layers that follow others without weights."""

BRANCHING = frozenset(
    [
        "residual",
        "inception",
        "attention",
        "lstm",
        "gru",
        "rnn",
        "block",
        "bottleneck",
        "concat",
        "concatenate",
        "concatenation",
        "add",
        "addition",
        "skip",
        "shortcut",
        "embedding",
        "transformer",
        "separable",
        "fire",
        "squeeze",
        "excitation",
        "multiply",
        "capsule",
        "fork",
        "merge",
    ]
)
"""Words of layers that are more than one, or take more than one input."""

_WORD = re.compile(r"[Rr]e[Ll][Uu]6|[A-Za-z]+(?:[123][dD](?![a-z]))?(?:Transpose)?")
_AXES = re.compile(r"(?<![\w.])([123])\s?-?[dD]\b")
_SEGMENTS = re.compile(
    r"\s*(?:[,;+→&|]|->|\band\b|\bthen\b|\bfollowed by\b|(?<=[A-Za-z)])\s*/(?=\s*[A-Za-z]{3}))\s*(?![^()\[\]]*[)\]])"
)
_VGG = re.compile(r"conv(?:olution)?([0-9]{1,2})-([0-9]{1,5})", re.IGNORECASE)
_NUMBERED = re.compile(r"((?:[A-Za-z]+[ _-])*[A-Za-z]+(?:[123][dD])?)([-_ ]?[0-9]{1,5}(?:[_-][0-9]+)?)")
_CLASS = re.compile(r"(\S.*?)\s*\(\s*(\w+)\s*\)")
_CALLED = re.compile(r"(?:(?:torch\.)?nn\.|layers\.)?(\w+)\((.*[0-9].*)\)")
_ARGUMENT = re.compile(r"(?:[^,()]|\([^()]*\))+")
_CUT = re.compile(r"(\S+?(?:_[0-9]+)?) \(\w*")
_DEPTH = re.compile(r"(\w+)(?:\s\(\w+\))?:\s([0-9]+(?:-[0-9]+)*)")


def families(word: str) -> tuple[str, int]:
    """The family and the axes that a word stands for; an empty one if none."""
    plain = re.sub(r"[^a-z0-9]", "", word.lower())
    if plain in OTHERS:
        return OTHERS[plain], 0
    if plain in BY_WORD:
        return BY_WORD[plain][0].name, BY_WORD[plain][1]
    if plain.endswith("s") and plain[:-1] in BY_WORD:
        return BY_WORD[plain[:-1]][0].name, BY_WORD[plain[:-1]][1]
    return "", 0


def read_items(cell: str) -> tuple[list[Item], str, list[str]]:
    """The layers that a cell names in order, the name it gives them, and the words that are none of theirs."""
    cell = cell.strip().strip(":")
    if depth := _DEPTH.fullmatch(cell):
        kind, axes = families(depth[1])
        return ([Item(kind, axes, depth[1], Said())] if kind else []), cell, [] if kind else [depth[1]]
    named = ""
    if (classed := _CLASS.fullmatch(cell)) and families(classed[2])[0]:
        outer, inner = families(re.sub(r"_?[0-9]*$", "", classed[1]))[0], families(classed[2])[0]
        if inner == outer or inner not in ACTIVATIONS:
            named, cell = classed[1], classed[2]
    elif (cut := _CUT.fullmatch(cell)) and families(re.sub(r"_?[0-9]*$", "", cut[1]))[0]:
        named, cell = cut[1], re.sub(r"_?[0-9]*$", "", cut[1])
    if (called := _CALLED.fullmatch(cell)) and families(called[1])[0]:
        return _called(called[1], called[2]), named, []
    if vgg := _VGG.fullmatch(cell):
        said = Said({"kernel_size": (int(vgg[1]),), "out": (int(vgg[2]),)})
        return [Item("conv", 0, "conv", said)], named, []
    if (numbered := _NUMBERED.fullmatch(cell)) and not families(cell)[0]:
        kind, axes = families(numbered[1])
        if kind:
            return [Item(kind, axes, numbered[1], Said(), numbered[2])], named, []
    items: list[Item] = []
    odd: list[str] = []
    waiting = Said()
    for segment in _SEGMENTS.split(cell):
        found, said, strange = _segment(segment, first=not items)
        odd += strange
        if not found:
            (items[-1].said if items else waiting).take(said)
            continue
        items += found
        target = next((item for item in found if item.kind not in ACTIVATIONS), found[0])
        target.said.take(said)
        if len(items) == len(found):
            target.said.take(waiting)
    if not items and waiting.sizes and not odd:
        items.append(Item("conv", 0, "conv", waiting))
    return items, named, odd


def _called(word: str, arguments: str) -> list[Item]:
    """The layer that a constructor makes, torch's or Keras's, and the activation that it is told."""
    kind, axes = families(word)
    said = Said()
    items = [Item(kind, axes, word, said)]
    for argument in _ARGUMENT.findall(arguments):
        name, _, value = argument.rpartition("=")
        if name.strip() == "activation":
            items += (
                [Item(families(value)[0], 0, value.strip("'\" "), Said())] if families(value)[0] in ACTIVATIONS else []
            )
        else:
            said.take(read_said(argument))
    if family := FAMILIES.get(kind):
        for option, place in (("stride", 3), ("padding", 4)) if family.kind == "Conv{}d" else ():
            said.given.setdefault(option, (said.numbers[place],) if len(said.numbers) > place else (int(place == 3),))
    return items


def _segment(text: str, *, first: bool) -> tuple[list[Item], Said, list[str]]:
    """The layers in a part of a cell, its numbers, and its words that are no layer."""
    axes = next((int(found[1]) for found in _AXES.finditer(text)), 0)
    text = _AXES.sub(" ", text)
    padding = first and re.match(r"\s*(?:zero|reflect|reflection)?[ _-]?pad", text, re.IGNORECASE)
    if padding:
        bare = re.sub(r"[123][dD]\b", "", text)
        said = Said(numbers=list(_numbers(bare)), rest=re.sub(_NUMBER, " ", bare))
    else:
        said = read_said(text)
    words = _WORD.findall(re.sub(r"[_-]", " ", said.rest))
    found: list[Item] = []
    odd: list[str] = []
    at = 0
    while at < len(words):
        for count in (4, 3, 2, 1):
            kind, along = families("".join(words[at : at + count]))
            if kind:
                found.append(Item(_pooled(kind, words), along or axes, " ".join(words[at : at + count]), Said()))
                at += count
                break
        else:
            odd.append(words[at])
            at += 1
    return found, said, odd


def _pooled(kind: str, words: list[str]) -> str:
    """The pooling that other words of its cell make of “pool”: average, global."""
    near = {word.lower() for word in words}
    if kind != "pool" or near & {"max", "maximum"}:
        return "gmp" if kind == "pool" and "global" in near else kind
    if near & {"avg", "average", "mean", "averaging", "averaged"}:
        return "gap" if "global" in near else "avgpool"
    return kind


def read_activation(cell: str) -> tuple[list[Item], list[str]]:
    """The layers that a cell of the column of activations names, and the words that are none."""
    bare = re.sub(r"\([^()]*\)", " ", cell)
    if is_dash(bare) or bare.strip().lower() in ("linear", "identity", "no", "none"):
        return [], []
    items, _, odd = read_items(bare)
    return [item for item in items if item.kind in ACTIVATIONS or item.kind in ("dropout", "batchnorm")], odd
