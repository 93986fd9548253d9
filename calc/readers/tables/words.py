"""Kinds of layers in the cells of a layer table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from calc.layers import activation
from calc.readers.families import BY_WORD, FAMILIES
from calc.readers.tables.headings import folded
from calc.readers.tables.numbers import NUMBER, Said, is_dash, numbers_in, read_said
from calc.readers.tables.patterns import waiting
from calc.readers.tables.repeats import read_convolutions


class Item(NamedTuple):
    """A layer that a cell names: the word of a family or one of `OTHERS`, the word as it is written, its numbers."""

    kind: str
    axes: int
    written: str
    said: Said
    suffix: str = ""
    """A number that the word ends with: conv1, FC-4096."""


_OTHERS: Mapping[str, str] = {
    "input": "input inputlayer inputimage image imageinput data eingabe eingabeschicht eingabebild entree entrada ingresso",
    "linear": "fullyconnections fullyconnection hidden output outputlayer innerproduct ip fclayer fullyconnectedlayer denselayer fullconnection fullconnected fullyconnect classifier logits mlp vollverbunden vollverbundeneschicht vollverbundene vollstaendigverbunden entierementconnectee entierementconnecte completementconnectee pleinementconnectee completamenteconectada totalmenteconectada completamenteconnesso densa ausgabeschicht",
    "avgpool": "subsampling subsample",
    "pool": "maxp maxpooled",
    "conv": "mlpconv cccp convolve faltung faltungsschicht convolucion convolucional convolucao convolucional2d convoluzione convoluzionale convolutif convolutive",
    "transposed": "conv2dtranspose convolutiontranspose transposedconvolutional",
    "flatten": "aplatissement aplanar aplanamiento flattening flat",
    "depthwise": "convdw dwconvolution depthwiseconv2d",
    "pointwise": "convpw",
    "pad": "zeropadding zeropadding2d",
    "batchnorm": "batchnormalisation batchnormalizationlayer batchnormalized batchnormlayer batchnormalizationv1",
    "lrn": "lrn localresponsenorm localresponsenormalization localresponsenormalisation crosschannelnormalization",
    "leakyrelu": "lrelu leaky",
    "relu": "relulayer rectifiedlinearunit",
    "sigmoid": "logistic",
    "tanh": "hyperbolictangent",
    "softmax": "softmaxlayer",
    "dropout": "dropoutlayer drop",
    "upsample": "upsampling2d",
    "as it is": "activation rescaling randomflip randomrotation randomzoom randomcrop randomcontrast gaussiannoise gaussiandropout classificationoutput regressionoutput crossentropyloss mseloss bceloss nllloss bcewithlogitsloss accuracy multiclassaccuracy masking activityregularization stochasticdepth droppath",
    "add": "add addition eltwise elementwisesum elementwiseaddition subtract",
    "multiply": "multiply multiplication mul",
    "concat": "concat concatenate concatenation concatenated depthconcat filterconcat filterconcatenation merge cat copyandcrop",
    "separable": "separable separableconv separableconv1d separableconv2d separableconvolution sepconv depthwiseseparable depthwiseseparableconv depthwiseseparableconvolution",
    "embedding": "embedding embeddings embeddinglayer wordembedding",
    "lstm": "lstm lstmlayer cudnnlstm",
    "bilstm": "bilstm bidirectionallstm blstm",
    "gru": "gru grulayer cudnngru",
    "bidirectional": "bidirectional",
    "bigru": "bigru bidirectionalgru",
    "rnn": "rnn simplernn vanillarnn",
    "layernorm": "layernorm layernormalization layernormalisation",
}
"""Words of tables beside those of chains, by the family that they stand for; “as it is” changes neither shape nor count."""

OTHERS: Mapping[str, str] = {word: kind for kind, words in _OTHERS.items() for word in words.split()}

ACTIVATIONS = frozenset(name for name, family in FAMILIES.items() if family.kind in vars(activation)) - {
    name for name in FAMILIES if "dropout" in name
}
"""The families of layers that follow others without weights."""

BRANCHING = frozenset(
    [
        "residual",
        "inception",
        "attention",
        "block",
        "bottleneck",
        "skip",
        "shortcut",
        "transformer",
        "fire",
        "squeeze",
        "excitation",
        "capsule",
        "primarycaps",
        "digitcaps",
        "fork",
        "resblock",
        "resnet",
        "densenet",
        "dense block",
        "mbconv",
        "fused",
        "transition",
    ]
)
"""Words of layers that are more than one, or take more than one input."""

MOST_WORDS = 40
"""Words of a cell that are looked at."""

_WORD = waiting(r"[Rr]e[Ll][Uu]6|[A-Za-z]+(?:[123][dD](?![a-z]))?(?:Transpose)?")
_AXES = waiting(r"(?<![\w.])([123])\s?-?[dD]\b")
_SEGMENTS = waiting(
    r"\s*(?:[,;+→&|]|->|\band\b|\bthen\b|\bfollowed by\b|(?<=[A-Za-z)])\s*/(?=\s*[A-Za-z]{3}))\s*(?![^()\[\]]*[)\]])"
)
_COPIED = waiting(r"\b(?:copy|crop)\w*\s*(?:and|&|\+|,)\s*(?:crop|copy|concat)\w*", re.IGNORECASE)
_VGG = waiting(r"conv(?:olution)?([0-9]{1,2})-([0-9]{1,5})", re.IGNORECASE)
_NUMBERED = waiting(r"((?:[A-Za-z]+[ _-])*[A-Za-z]+(?:[123][dD])?)([-_ ]?[0-9]{1,5}(?:[_-][0-9]+)?)")
_CLASS = waiting(r"(\S.*?)\s*\(\s*(\w+)\s*\)")
_CALLED = waiting(r"(?:(?:torch\.)?nn\.|layers\.)?(\w+)\((.*[0-9].*)\)")
_ARGUMENT = waiting(r"(?:[^,()]|\([^()]*\))+")
_CUT = waiting(r"([\w./-]+?(?:_[0-9]+)?) \((\w*)")
_CLASSES = [
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Conv2DTranspose",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "BatchNormalization",
    "MaxPooling1D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "ZeroPadding2D",
    "UpSampling2D",
    "Activation",
    "ReLU",
    "LeakyReLU",
    "Dropout",
    "Flatten",
    "Dense",
    "Reshape",
    "InputLayer",
    "Embedding",
    "Concatenate",
    "Bidirectional",
    "LayerNormalization",
    "Multiply",
]
"""Classes of Keras, whose names its summaries cut off."""
_DEPTH = waiting(r"(\w+)(?:\s\(\w+\))?:\s([0-9]+(?:-[0-9]+)*)")


def families(word: str) -> tuple[str, int]:
    """The family and the axes that a word stands for; an empty one if none."""
    plain = re.sub(r"[^a-z0-9]", "", folded(word))
    if plain in OTHERS:
        return OTHERS[plain], 0
    if plain in BY_WORD:
        return BY_WORD[plain][0].name, BY_WORD[plain][1]
    if plain.endswith("s") and plain[:-1] in BY_WORD:
        return BY_WORD[plain[:-1]][0].name, BY_WORD[plain[:-1]][1]
    return "", 0


def read_items(cell: str) -> tuple[list[Item], str, list[str]]:
    """The layers that a cell names in order, the name it gives them, and the words that are none of theirs."""
    cell = _accents(cell.strip().strip(":"))
    cell = _COPIED.sub("concat", re.sub(r"^(\d*\s*)max$", r"\1max pool", cell))
    if depth := _DEPTH.fullmatch(cell):
        kind, axes = families(depth[1])
        return ([Item(kind, axes, depth[1], Said())] if kind else []), cell, [] if kind else [depth[1]]
    named = ""
    if (classed := _CLASS.fullmatch(cell)) and families(classed[2])[0]:
        outer, inner = families(re.sub(r"_?[0-9]*$", "", classed[1]))[0], families(classed[2])[0]
        if inner == outer or inner not in ACTIVATIONS or (not outer and re.fullmatch(r"[\w./-]+", classed[1])):
            named, cell = classed[1], classed[2]
    elif (cut := _CUT.fullmatch(cell)) and (whole := _completed(cut[2])):
        named, cell = cut[1], whole
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
    if plain := [*read_convolutions(cell), *_vgg(cell)]:
        return [Item("conv", 0, "conv", Said({"kernel_size": (k,), "out": (f,)})) for k, f in plain], named, []
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


def _accents(cell: str) -> str:
    """A cell without accents, which no name of a layer has."""
    return cell if cell.isascii() else "".join(c if c.isascii() else _sign(c) for c in cell)


def _sign(c: str) -> str:
    plain = folded(c)
    return plain if plain.isascii() and plain.isalpha() else c


def _vgg(cell: str) -> list[tuple[int, int]]:
    """The kernels and filters of several convolutions in VGG's notation: conv3-64 conv3-64."""
    found = _VGG.findall(cell)
    alone = len(found) > 1 and not re.search(r"\w", _VGG.sub("", cell))
    return [(int(kernel), int(filters)) for kernel, filters in found] if alone else []


def _completed(cut: str) -> str:
    """The class of Keras whose name begins so; nothing if there are several or none."""
    found = [name for name in _CLASSES if len(cut) > 2 and name.startswith(cut)]
    return found[0] if len({families(name)[0] for name in found}) == 1 else ""


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
        said = Said(numbers=list(numbers_in(bare)), rest=re.sub(NUMBER, " ", bare))
    else:
        said = read_said(text)
    words = _WORD.findall(re.sub(r"[_-]", " ", said.rest))[:MOST_WORDS]
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
    if kind == "gap" or kind != "pool" or near & {"max", "maximum"}:
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
