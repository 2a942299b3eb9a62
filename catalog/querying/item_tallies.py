"""Tallies: how many items have which day, cell, text or number, on plain values: no database.

A tally has parts, each a count by key. Tallies add up, those of what went taken away; so a collection's are kept true
without looking at its items again. What a part can't count is under ``UNCOUNTED``: such a part says nothing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.documents.summaries import LISTED, MEASURED, MEASURED_PREFIX

Part = dict[str, int]
Tally = dict[str, Part]
BEGIN, END = "begin", "end"
TEXT, NUMBER = "text ", "number "
UNCOUNTED = ""
# So many that no item that goes makes a part say something again.
LOST = 2**40
# Texts of a part, and the characters of one, beyond which they are not counted.
MAX_TEXTS, MAX_CHARACTERS = 1_000, 256
# Numbers are counted by steps of a power of ten: so many of their digits, as long as there are no more steps.
DIGITS, MAX_STEPS = 6, 1_000
LEAST_POWER = -9
# Of a step, as `distributions` has it.
NUDGE = 1e-9
SECONDS_A_DAY = 86_400


def is_tallied(name: str) -> bool:
    """Return whether numbers and texts of a property are counted."""
    is_known = name in LISTED or name in MEASURED or name.startswith(MEASURED_PREFIX)
    return is_known and len(name) <= MAX_CHARACTERS


def day_of(moment: datetime) -> int:
    """Return the day in UTC, counted from that of 1970."""
    return math.floor(moment.astimezone(UTC).timestamp() / SECONDS_A_DAY)


def tally_times(times: Iterable[tuple[datetime, datetime]]) -> Tally:
    begins: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for begin, end in times:
        begins[str(day_of(begin))] += 1
        ends[str(day_of(end))] += 1
    return {BEGIN: dict(begins), END: dict(ends)}


def tally_properties(documents: Iterable[Mapping[str, Any]]) -> Tally:
    found: dict[str, Counter[str]] = {}
    for properties in documents:
        for name, value in properties.items():
            if is_tallied(name):
                if isinstance(value, str):
                    key = f"={value}" if len(value) <= MAX_CHARACTERS else UNCOUNTED
                    found.setdefault(f"{TEXT}{name}", Counter())[key] += 1
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    found.setdefault(f"{NUMBER}{name}", Counter())[_step_of(float(value))] += 1
    return {part: dict(counts) for part, counts in found.items()}


def add_up(tallies: Iterable[tuple[Tally, int]]) -> Tally:
    """Return the sum of tallies, each times a number: -1 takes it away. What is left of nothing is left out."""
    found: dict[str, Counter[str]] = {}
    for tally, times in tallies:
        for part, counts in tally.items():
            total = found.setdefault(part, Counter())
            for key, count in counts.items():
                total[key] += times * count
    return {part: counts for part, total in found.items() if (counts := _bounded(part, total))}


def _bounded(part: str, total: Mapping[str, int]) -> Part:
    counts = {key: count for key, count in total.items() if count}
    if part.startswith(TEXT) and (len(counts) > MAX_TEXTS or counts.get(UNCOUNTED, 0) >= LOST / 2):
        return {UNCOUNTED: LOST}
    if part.startswith(NUMBER) and counts:
        power, steps = read_steps(counts)
        return {f"{power}:{step}": count for step, count in steps.items() if count}
    return counts


def _step_of(number: float) -> str:
    power = math.floor(math.log10(abs(number))) - DIGITS if number else LEAST_POWER
    power = max(power, LEAST_POWER)
    return f"{power}:{math.floor(number / 10.0**power + NUDGE)}"


def read_steps(counts: Part) -> tuple[int, dict[int, int]]:
    """Return the power of ten that all steps of a part of numbers have, and how many numbers there are in each step."""
    keys = {key: tuple(map(int, key.split(":"))) for key in counts}
    power = max(own for own, _ in keys.values())
    while True:
        steps: Counter[int] = Counter()
        for key, (own, step) in keys.items():
            steps[step // 10 ** (power - own)] += counts[key]
        if max(steps) - min(steps) <= MAX_STEPS:
            return power, dict(steps)
        power += 1
