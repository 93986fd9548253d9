"""The topics of practice, a row each, and questions drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random
from typing import NamedTuple

from calc.derivation import Derivation, Note, Table, Text
from calc.errors import Impossible, listed, nearest, printable
from calc.practice import choices, maps, networks, sizes
from calc.practice.items import Draft, Item, drawn

LEVELS = (1, 2, 3)


class Topic(NamedTuple):
    """What can be practised: its name, what is asked, and what makes each level harder."""

    name: str
    asks: str
    levels: tuple[str, str, str]
    draw: Callable[[int, Random], Draft]


TOPICS = (
    Topic("convolution", "the map, the kernel flipped", ("2×2", "padding", "channels"), maps.convolution),
    Topic("cross-correlation", "the map of a CNN layer", ("2×2", "padding", "channels"), maps.correlation),
    Topic("pooling", "the pooled image", ("plain", "overlapping", "ceil"), maps.pooling),
    Topic("transposed", "the map, by stamps", ("2×2", "stride", "padding"), maps.transposed),
    Topic("size", "what comes out of a layer", ("padding", "stride", "dilation"), sizes.output),
    Topic("kernel", "the kernel for a size", ("plain", "padding", "stride"), sizes.kernel),
    Topic("padding", "the padding for a size", ("same", "any", "dilation"), sizes.padding),
    Topic("layers", "what comes out of several", ("2 layers", "3", "5"), sizes.layers),
    Topic("field", "the receptive field", ("kernels", "pooling", "dilation"), sizes.field),
    Topic("parameters", "how many are learnt", ("1 layer", "2", "a network"), networks.parameters),
    Topic("macs", "multiply-accumulates", ("1 layer", "stride", "a network"), networks.macs),
    Topic("concepts", "how layers behave", ("what moves", "kernels", "numbers"), choices.concept),
)
"""What can be practised."""

NAMES = tuple(topic.name for topic in TOPICS)


def topic(name: str) -> Topic:
    """The topic of that name, or the one that begins so; `Impossible` if there is none."""
    word = name.strip().lower()
    found = [each for each in TOPICS if each.name == word] or [each for each in TOPICS if each.name.startswith(word)]
    if len(found) != 1 or not word:
        near = nearest(word, NAMES) or "."
        raise Impossible(f"there is no topic “{printable(name, 40)}”{near} The topics are {listed(NAMES)}")
    return found[0]


def draw(name: str, level: int, random: Random, about: Collection[str] = ()) -> Item:
    """A question of a topic and level, one on which the misconceptions in `about` lead to another answer if there is one."""
    chosen = topic(name)
    return drawn(chosen.name, level, lambda numbers: chosen.draw(level, numbers), random, about)


def listing() -> Derivation:
    """All topics with their levels."""
    header: tuple[Text, ...] = (("topic",), ("what is asked",), ("levels 1 · 2 · 3",))
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((each.name,), (each.asks,), (" · ".join(each.levels),)) for each in TOPICS
    )
    how = Note("convention", ("One of them: cnncalc practice TOPIC. All of them, mixed: cnncalc practice.",))
    steps = (Table(header, rows, (False,) * 3), how)
    return Derivation((f"{len(TOPICS)} topics to practise",), steps, (), {"topics": [*NAMES]}, (), {"asks": "topics"})
