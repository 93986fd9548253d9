"""An answer to a concept marked: which choices a reply means, and what leads to choosing them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from calc.concepts.base import NUMERALS, Concept
from calc.errors import Impossible, counted, listed, printable
from calc.marking.replies import check_length
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, wrong

READ = 2_000
"""Characters of a reply in which choices are looked for: they stand at its beginning."""

TITLE = 52
"""Characters of both choices up to which the choices are written out: it becomes a title."""

LABELS = (NUMERALS, tuple("abcde"), tuple("12345"), ("first", "second", "third", "fourth", "fifth"))
"""How a choice may be named: by the numeral that it is shown with, by letters, numbers or ordinals."""

Words = tuple[str, ...]

_LEAD = re.compile(
    r"\s*(?:(?:i\s+(?:think|believe|guess|would\s+say)(?:\s+that)?|my\s+answer\s+is|the\s+answer\s+is|answer|answers|ans|"
    r"option|options|choice|choices|number|one|it\s+is|it['’]s|it|they|are|is|detects?|finds?|both|either|the|a|an|only(?=\s*\())\b\s*[:=]?\s*)",
)
_LABEL = re.compile(
    r"\s*(?:\(\s*(?P<inside>i{1,3}|iv|v|vi{1,3}|[a-h]|\d)\s*\)|"
    r"(?P<long>ii|iii|iv|vi{1,3}|first|second|third|fourth|fifth)\b(?![\w'’])|"
    r"(?P<bare>i|v|[a-h]|\d)(?!\w)(?=\s*(?:[).:,;&+]|$|(?:and|or|because|since|as|for)\b)))\s*[).:]?"
)
_ALL = re.compile(r"\s*all(?:\s+(?:of\s+them|of\s+these|two|three|four|five|the\s+above))?\s*[.!]?\s*")
_AND = re.compile(
    r"\s*(?:,?\s*(?:and|&|\+|plus|as\s+well\s+as)\s*(?!not\b)|(?P<comma>[,;/])\s*)(?:also\s+|the\s+|a\s+|an\s+)?"
)
_OR = re.compile(r"\s*,?\s*or\b")
_CLAUSE = re.compile(
    r"[.:;,–—()]|\b(?:because|since|not|unlike|than|instead|rather|as|for|so|while|whereas|though|although)\b"
)
_LATER = re.compile(r"(?:[.:;,]|\b(?:but|so|hence|therefore|thus)\b)\s*(?:(?:it\s+is|it's|the|a|an)\s+)?(?=\w|-\d)")
_DENIED = re.compile(
    r"""[\s"'”’)(?:,–—-]*(?:
        (?:(?:is|are|was|were|looks|seems|would\s+be|must\s+be|can\s+only\s+be)\s+(?:\w+ly\s+|the\s+|a\s+|an\s+|just\s+|all\s+)*)
            (?:wrong|false|incorrect|untrue|mistaken|excluded|impossible)\b
        |(?:wrong|false|incorrect|untrue|no|nope)\s*[.!)]*$
        |(?:(?:is|are|was|does|do|did|can|could|would|will|should)(?:\s+(?:\w+ly\s+)?(?:not|no|never)|n['’]?t)|cannot|can['’]?t|won['’]?t|not|never)\b
            \s*(?:(?:be|the|a|an|one\s+of|really|at\s+all)\b\s*)*
            (?:$|[.,;!?)]|(?:right|correct|true|it|answer|case|choice|option|solution|valid|possible|these|them|that)\b)
    )""",
    re.VERBOSE,
)
_NO = re.compile(r"\b(?:no|not|none|nothing|never|nowhere)\b|n['’]t\b")
_LAYER = re.compile(r"\s*(?:layers?|operations?|functions?)\b")


class Meant(NamedTuple):
    """A choice that stands in a reply: its numeral, and where it ends."""

    numeral: str
    end: int


def plain(text: str) -> str:
    """A reply in small letters, with one sign for times, and without spaces within numbers."""
    small = unicodedata.normalize("NFKC", text).casefold().replace("−", "-")
    small = re.sub(r"(?<=\d)[ ,](?=\d{3}(?:\D|$))", "", small)
    return re.sub(r"(?<=\d)\s*[×·*x]\s*(?=\d)", "x", small)


@dataclass(frozen=True)
class Reading:
    """A reply to a concept, read."""

    concept: Concept
    reply: str

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The numerals of the choices that it means, in its order; `Impossible` where that cannot be told."""
        check_length(self.reply)
        text = plain(self.reply[:READ])
        if not text.strip():
            raise Impossible(f"the answer is empty: {self._wanted}")
        if _ALL.fullmatch(text) and not self._worded(text, 0):
            return NUMERALS[: len(self.concept.choices)]
        found, at = self._first(text)
        chosen = [found.numeral]
        while True:
            if _OR.match(text, at):
                raise Impossible(f"“{printable(self.reply, 40)}” leaves open which it is: {self._wanted}")
            joint = _AND.match(text, at)
            more = self._next(text, joint.end()) if joint else None
            if joint is None or more is None:
                break
            if joint["comma"] and more.numeral not in chosen and not self._ends(text, more.end):
                raise self._two(chosen[0], more.numeral)
            chosen.append(more.numeral)
            at = more.end
        if _DENIED.match(text, at) and not _NO.search(text, 0, at):
            raise Impossible(f"“{printable(self.reply, 40)}” says what it is not: {self._wanted}")
        self._contradicted(text, at, chosen)
        return tuple(dict.fromkeys(chosen))

    def _first(self, text: str) -> tuple[Meant, int]:
        """The choice at the beginning, after words such as “I think it is”."""
        at = 0
        while True:
            found = self._next(text, at)
            if found:
                return found, found.end
            lead = _LEAD.match(text, at)
            if lead is None or lead.end() == at:
                break
            at = lead.end()
        raise Impossible(self._why_none(text))

    def _next(self, text: str, at: int) -> Meant | None:
        """The choice that begins at a place: its label, with its words after it if they stand there, or its words."""
        label = _LABEL.match(text, at)
        words = self._worded(text, at)
        if label is None or (words and words.end > label.end()):
            return words
        named = label["inside"] or label["long"] or label["bare"]
        if words and not any(named in labels for labels in self._labels):
            return words
        numeral = self._numeral(named)
        after = self._worded(text, label.end())
        if after and after.numeral != numeral:
            raise self._two(numeral, after.numeral)
        return after or Meant(numeral, label.end())

    def _numeral(self, label: str) -> str:
        for labels in self._labels:
            if label in labels:
                return NUMERALS[labels.index(label)]
        raise Impossible(f"there is no choice ({label}): {self._wanted}")

    @property
    def _labels(self) -> list[Words]:
        """The names of the choices that there are."""
        return [labels[: len(self.concept.choices)] for labels in LABELS]

    def _worded(self, text: str, at: int) -> Meant | None:
        """The choice whose words begin there, the longest of those that do."""
        found = [
            Meant(numeral, end)
            for numeral, phrases in self._phrases.items()
            for phrase in phrases
            if (end := _follows(text, at, phrase))
        ]
        best = max(found, key=lambda each: each.end, default=None)
        if best is None:
            return None
        layer = _LAYER.match(text, best.end)
        return Meant(best.numeral, layer.end()) if layer else best

    @cached_property
    def _phrases(self) -> dict[str, tuple[Words, ...]]:
        """The words of each choice."""
        return {
            numeral: tuple(dict.fromkeys(tokens(phrase) for phrase in (choice.text, *choice.words)))
            for numeral, choice in self.concept.lettered
        }

    def _ends(self, text: str, at: int) -> bool:
        """Whether nothing but further choices and stops follows."""
        return not text[at:].strip(" .!)") or bool(_AND.match(text, at))

    def _contradicted(self, text: str, at: int, chosen: list[str]) -> None:
        """`Impossible` where the words of another choice stand in the same clause, or begin a later one."""
        stop = _CLAUSE.search(text, at)
        end = stop.start() if stop else len(text)
        places = [found.start() for found in re.finditer(r"\b\w|-\d", text[:end]) if found.start() >= at]
        for place in (*places, *(found.end() for found in _LATER.finditer(text, at))):
            other = self._worded(text, place)
            if other and other.numeral not in chosen:
                raise self._two(chosen[0], other.numeral)

    def _two(self, one: str, other: str) -> Impossible:
        return Impossible(
            f"“{printable(self.reply, 40)}” means ({one}) and then has the words of ({other}): answer with one of them, or with “({one}) and ({other})”"
        )

    def _why_none(self, text: str) -> str:
        """The sentence for a reply that no choice begins."""
        said = tokens(text)
        like = [n for n, phrases in self._phrases.items() if any(phrase[: len(said)] == said for phrase in phrases)]
        if said and len(like) > 1:
            both = listed([f"({numeral})" for numeral in like])
            return f"“{printable(self.reply, 40)}” is the beginning of {both}: answer with one of them"
        return f"“{printable(self.reply, 40)}” is none of the {counted(len(self.concept.choices), 'choice')}: {self._wanted}"

    @property
    def _wanted(self) -> str:
        last = NUMERALS[len(self.concept.choices) - 1]
        return f"answer with (i) to ({last}), or with the first words of a choice"


def tokens(text: str) -> Words:
    """The words and numbers of a text, without what stands between them."""
    return tuple(re.findall(r"\w+|-\d+|[+=]", plain(text)))


def _follows(text: str, at: int, phrase: Words) -> int:
    """Where the words end that stand at a place of a text; 0 if they do not, or if what follows makes them others."""
    pattern = r"[\s.,;:()'’–—-]*".join(re.escape(word) for word in phrase)
    found = re.compile(rf"\s*{pattern}(?!\w|[\s-]*equivarian)").match(text, at)
    if found is None or (phrase[-1][-1].isdigit() and re.match(r"\s*[+=]\s*\d|[.]\d|\s+\d", text[found.end() :])):
        return 0
    return found.end()


@dataclass(frozen=True)
class ChoiceMarking:
    """One answer to a concept."""

    concept: Concept
    reply: str

    @cached_property
    def verdict(self) -> Verdict:
        answer, chosen = set(self.concept.answer), Reading(self.concept, self.reply).chosen
        if set(chosen) == answer:
            return RIGHT
        causes = {
            choice.misconception: Cause("misconception", choice.misconception, choice.why)
            for numeral, choice in self.concept.lettered
            if choice.misconception and (numeral in chosen) != (numeral in answer)
        }
        told = [Explanation(tuple(causes.values()))] if causes else []
        return wrong(told, differs=self._differs(chosen), found=self._found(chosen))

    def _differs(self, chosen: tuple[str, ...]) -> tuple[str, str] | None:
        """The one choice that was taken and the one that is right."""
        answer = self.concept.answer
        if len(chosen) > 1 or len(answer) > 1:
            return None
        said = self.concept.said(chosen), self.concept.said(answer)
        return said if sum(map(len, said)) <= TITLE else (f"({chosen[0]})", f"({answer[0]})")

    def _found(self, chosen: tuple[str, ...]) -> str:
        """Which of several choices are right, wrong and missing."""
        answer = self.concept.answer
        if len(chosen) == len(answer) == 1:
            return ""
        groups = (
            ("right", [n for n in chosen if n in answer]),
            ("wrong", [n for n in chosen if n not in answer]),
            ("missing", [n for n in answer if n not in chosen]),
        )
        return "; ".join(
            f"{self.concept.said(group)} {'are' if len(group) > 1 else 'is'} {word}" for word, group in groups if group
        )
