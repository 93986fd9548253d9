"""The headings of a layer table, and what the cells under each of them say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from calc.readers.tables.patterns import waiting

_COUNTED = r"(?:(?:output|out|hidden) )?"
_SHAPES = r"(?: (?:shape|size|sizes|dimension|dimensions|dim|dims|volume|tensor|resolution|map|maps))?"

_ROLES: Mapping[str, str] = {
    "name": r"(?:layer )?(?:number|num|no|nr|index|idx|id|name|label)|stage|block|step|level|section|",
    "either": r"layers?(?: name type| type name)?",
    "kind": r"(?:layer )?(?:types?|operations?|operators?|ops?|kinds?|description of layer|modules?|components?|class)(?: of layer)?|type depth idx|layer type depth idx",
    "filters": _COUNTED
    + r"(?:hidden units|units|neurons|nodes|channels?|filters?|kernels|features?|feature maps|maps|outputs|filter count|depth)|hidden|width|kernel number|filter number|out dim|output dim|channels out",
    "map": r"feature map",
    "kernel": r"(?:kernels?|filters?|windows?|patch|pool|pooling|conv|receptive field) (?:size|sizes|shape|shapes|dimensions?|dims?)|kernel|window|patch|k|ks|f|kernel filter size|filter kernel size|size of (?:kernel|filter)s?|kernel pool size",
    "stride": r"strides?(?: size)?|s",
    "padding": r"(?:zero )?(?:padding|paddings|pad|pads|p)(?: size| type)?",
    "dilation": r"dilations?(?: rate)?|d",
    "groups": r"groups?",
    "activation": r"activations?(?: functions?| fn| type| layer)?|acts?|non ?linearity|non ?linearities|transfer function|act fn",
    "input": rf"(?:input|in)(?:{_SHAPES}| (?:channels?|features?|depth))|input s|channels in",
    "output": rf"(?:output|out)(?:{_SHAPES}|{_SHAPES} after(?: \w+)?)|activation shape|tensor (?:size|shape)|feature (?:maps? )?(?:size|shape)|output feature maps? size|output s|output map size|maps? size|size of (?:the )?(?:output )?(?:feature maps?|output)|channels size",
    "size": r"size|spatial size|(?:feature )?map size|image size|resolution|dimensions?|shape",
    "params": r"(?:(?:total|learnable|trainable|all|the) )*(?:parameters?|params?|weights)(?: count| number)?|number params?|learnables?",
    "notes": r"(?:add|additional|extra|other|further)? ?(?:info|information|notes?|comments?|details?|descriptions?|remarks?|hyper ?parameters?|config|configurations?|settings?|options?|arguments?|args|other|others|properties|specifications?|specs?|attributes?|layer (?:details|description|parameters|configuration|settings))",
    "dropout": r"dropout(?: rate| probability| p)?|drop",
    "norm": r"(?:use )?(?:bn|batch ?norm|batch normali[sz]ation|normali[sz]ation|norm)",
    "pooled": r"pool|pooling|max ?pool(?:ing)?",
    "bias": r"(?:use )?bias(?:es)?",
    "connected": r"connected (?:to|from)|inputs? from|from|previous layers?|bottoms?|sources?|connections?|inputs? layers?|parents?",
    "repeat": r"repeats?|times|repetitions?|repeated|count|n",
}
"""What a heading says, as an expression for its words."""

_FOREIGN: Mapping[str, str] = {
    word: english
    for english, words in {
        "layer": "schicht ebene couche capa camada strato livello",
        "type": "typ art schichttyp tipo layertyp",
        "filters": "filter filtres filtros filtri faltungskerne",
        "number filters": "filteranzahl filterzahl",
        "kernel size": "filtergroesse kernelgroesse kerngroesse fenstergroesse filtergrosse kernelgrosse",
        "size": "groesse grosse taille tamano tamanho dimensione",
        "kernel": "kern noyau nucleo",
        "stride": "schrittweite schritt pas paso passo",
        "padding": "auffuellung polsterung fuellung rembourrage relleno preenchimento riempimento",
        "activation": "aktivierung aktivierungsfunktion activacion ativacao attivazione",
        "output": "ausgabe ausgang sortie salida saida uscita",
        "output size": "ausgabegroesse ausgangsgroesse ausgabeform ausgabedimension",
        "output channels": "ausgangskanaele ausgabekanaele",
        "input": "eingabe eingang entree entrada ingresso",
        "input size": "eingabegroesse eingangsgroesse eingabeform",
        "input channels": "eingangskanaele eingabekanaele",
        "params": "parameteranzahl parameterzahl parametres parametros parametri",
        "number": "anzahl nombre numero",
        "channels": "kanaele canaux canales canais canali",
        "neurons": "neuronen neurones neuronas neuronios neuroni",
        "units": "einheiten unites unidades unidades unita",
        "notes": "bemerkung bemerkungen anmerkung remarques notas",
        "shape": "form forme forma",
        "of": "der de du des von di do da",
        "function": "funktion fonction funcion funcao funzione",
    }.items()
    for word in words.split()
}
"""Headings in German, French, Spanish, Portuguese and Italian."""

_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
    | dict(zip("éèêëáàâãíìîóòôõúùûçñ", "eeeeaaaaiiioooouuucn", strict=True))
)

_MATCHED = {role: waiting(words) for role, words in _ROLES.items()}
_SIZED = waiting(r"(?:filter |kernel |patch )?size\s*/\s*strides?.*", re.IGNORECASE)
_PARTED = waiting(r"\s*(?:[/,&+|]|\band\b|×(?=\s*\D))\s*")
_COMPOSED = {"filters", "kernel", "stride", "padding", "dilation", "groups"}


_PARTS = (
    (waiting(r"#?\s*([135])\s*[x×]\s*\1\s*(?:reduce|reduction|red\.?)", re.IGNORECASE), "{} reduce"),
    (waiting(r"#\s*([135])\s*[x×]\s*\1(?: conv\w*)?", re.IGNORECASE), "{}"),
    (waiting(r"(pool)(?:ing)?[ -]*proj(?:ection|\.)?", re.IGNORECASE), "pool"),
    (waiting(r"s_?(1)\s*[x×]\s*1(?:\s*\(.*\))?|#?\s*1\s*[x×]\s*1\s*squeeze", re.IGNORECASE), "squeeze"),
    (
        waiting(r"e_?([13])\s*[x×]\s*\1(?:\s*\(.*\))?|#?\s*(?:[13])\s*[x×]\s*([13])\s*expand", re.IGNORECASE),
        "expand {}",
    ),
    (waiting(r"(t)|expansion(?: factor)?"), "expansion"),
)
"""Columns for one of the convolutions in a row that stands for several."""


def part(heading: str) -> str:
    """Which of the convolutions of a row the heading stands for, or the expansion; nothing if none."""
    for pattern, name in _PARTS:
        if found := pattern.fullmatch(heading.strip()):
            return name.format(next((group for group in found.groups() if group), ""))
    return ""


@lru_cache(maxsize=500)
def roles(heading: str) -> tuple[str, ...]:
    """What the cells under a heading say, in the order of its words; several for “Kernel Size / Padding / Stride”."""
    if named := part(heading):
        return (f"part {named}",)
    whole = "filters" if heading.strip() in ("c", "C") else _role(heading)
    if whole:
        return (whole,)
    if _SIZED.fullmatch(heading.strip()):
        return ("kernel", "stride")
    found = tuple(dict.fromkeys(_role(part) for part in _PARTED.split(_bare(heading)) if part))
    if not found or "" in found:
        return ()
    if "kind" in found or "either" in found:
        return ("kind",)
    if len(found) > 1 and set(found) == {"filters", "kernel"} and "kernels" in heading.lower():
        return ("filters",)
    return found if len(found) == 1 or set(found) <= _COMPOSED else ()


def single_is_channels(heading: str) -> bool:
    """Whether one number under the heading counts channels, not cells along an axis."""
    return not re.search(r"size|resolution|dimension", heading.lower())


def channels_last(heading: str) -> bool | None:
    """Whether the heading says in which order shapes are written: (H×W×C), (C, H, W)."""
    letters = re.search(r"\b([CDFMN]?)\W*[HW]\W*[HW]\W*([CDFMN]?)\b", heading)
    return None if not letters or bool(letters[1]) == bool(letters[2]) else bool(letters[2])


def folded(text: str) -> str:
    """A text in small letters without accents."""
    return text.lower().translate(_LETTERS)


def _bare(heading: str) -> str:
    """A heading without what stands in brackets, unless that is all of it, and without marks."""
    kept = re.sub(r"\([^()]*\)|\[[^][]*\]|:", " ", heading)
    return (kept if re.search(r"\w|#", kept) else heading).strip()


def _role(heading: str) -> str:
    words = folded(re.sub(r"([a-z])(?=[A-Z][a-z])", r"\1 ", _bare(heading))).replace("#", " number ")
    said = re.findall(r"[a-z]+", words)
    words = " ".join(said)
    if re.search("[0-9]", _bare(heading)) or (not words and heading.strip()):
        return ""
    counted = re.sub(r"^(?:(?:the )?(?:number|num|no|nr|n) (?:of )?)|(?: number| num| count)$", "", words)
    order = [words] if words in ("number", "num", "no", "nr", "n") else [words, counted]
    translated = " ".join(_FOREIGN.get(word, word) for word in said)
    if translated != words:
        order += [
            translated,
            re.sub(r"^number (?:of )?", "", translated),
            re.sub(r"(\w+) of (\w+)", r"\2 \1", translated),
        ]
    for phrase in order:
        for role, pattern in _MATCHED.items():
            if pattern.fullmatch(phrase):
                return role
    return ""
