"""The tutor's marking measured: right answers accused, causes found of wrong ones, causes claimed of random ones.

Of the held part only counts are shown, unless `MARKING_HELD` is set in the environment.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from calc.errors import Impossible
from calc.marking.front import mark
from tests.marking_cases import Case, Part, all_cases


class Result(NamedTuple):
    """What was said of a case: whether that is as it should be, and in words."""

    case: Case
    good: bool
    said: str
    accused: bool = False
    unread: bool = False


def result(case: Case) -> Result:
    """What marking says of a case, judged."""
    try:
        verdict = mark(case.ask(), case.reply, working=case.working).verdict
    except Impossible as fault:
        return Result(case, case.want == "none", f"unread: {fault}", unread=True)
    except Exception as fault:  # a fault of the program is a result, too
        return Result(case, False, f"{type(fault).__name__}: {fault}", unread=True)
    first = verdict.causes
    said = f"{verdict.outcome}: " + " | ".join(
        ", ".join(f"{c.name} {c.where}".strip() for c in e.causes) for e in verdict.explanations[:3]
    )
    match case.want:
        case "right":
            accused = verdict.outcome == "wrong"
            return Result(case, not accused, said, accused)
        case "wrong":
            return Result(case, verdict.outcome == "wrong", said)
        case "none":
            return Result(case, not verdict.explanations, said)
    rules = frozenset(c.name for c in first if c.kind == "misconception")
    slips = {c.name for c in first if c.kind == "slip"}
    good = verdict.outcome == "wrong" and rules in case.causes and (not case.slips or bool(case.slips & slips))
    return Result(case, good, said)


def measured(cases: Iterable[Case]) -> list[Result]:
    return [result(case) for case in cases]


GROUPS = {
    "right": "right answers, not accused",
    "cause": "wrong answers, the cause found",
    "none": "random answers, nothing claimed",
    "wrong": "only found to be wrong",
}


def is_small(kind: str) -> bool:
    """Kinds that are counted apart: so few cells or so small numbers that almost any answer is what some rule gives."""
    return "small" in kind or "near (" in kind


def total(results: Iterable[Result], want: str) -> tuple[int, int]:
    """How many cases of that kind are as they should be, and of how many; those counted apart left out."""
    those = [each for each in results if each.case.want == want and not is_small(each.case.kind)]
    return sum(each.good for each in those), len(those)


def share(good: int, of: int) -> str:
    return f"{good:6} of {of:6}  {100 * good / of if of else 100:6.2f} %"


def report(part: Part) -> list[Result]:
    results = measured(all_cases(part))
    print(f"\n{part}: {len(results)} answers")
    for want, title in GROUPS.items():
        print(f"  {title:<62} {share(*total(results, want))}")
    print(f"  {'right answers accused':<62} {sum(r.accused for r in results):6}")
    print(
        f"  {'right answers that could not be read':<62} {sum(r.unread and r.case.want == 'right' for r in results):6}"
    )
    kinds: dict[tuple[str, str], list[bool]] = defaultdict(list)
    per: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for each in results:
        kinds[each.case.want, each.case.kind].append(each.good)
        per[each.case.want, each.case.kind, each.case.rule].append(each.good)
    print("  per kind of question")
    for (want, kind), good in sorted(kinds.items()):
        print(f"    {want:<6} {kind:<53} {share(sum(good), len(good))}")
    if part == "open" or os.environ.get("MARKING_HELD"):
        print("  per rule, where not all are as they should be")
        for (want, kind, rule), good in sorted(per.items()):
            if not all(good):
                print(f"    {want:<6} {kind + ': ' + rule:<69} {share(sum(good), len(good))}")
        failures(results)
    return results


def failures(results: Iterable[Result], most: int = 3) -> None:
    """Some of each kind and rule that went wrong."""
    seen: Counter[tuple[str, str]] = Counter()
    for each in results:
        case = each.case
        place = (case.kind, case.rule)
        if each.good or seen[place] >= most:
            continue
        seen[place] += 1
        wanted: Any = (
            case.want
            if case.want != "cause"
            else " or ".join(" + ".join(sorted(names)) or "no rule" for names in sorted(case.causes, key=sorted)[:3])
        )
        wanted += f" + slip {' or '.join(sorted(case.slips))}" if case.slips else ""
        print(
            f"  [{case.kind}: {case.rule}] {case.call}{' (working)' if case.working else ''}\n    reply {case.reply!r}\n    wanted {wanted}\n    got {each.said}"
        )


def main() -> None:
    for part in ("open", "held"):
        report(part)


if __name__ == "__main__":
    main()
