"""Aliases of accounts: names that stand for others, plain or by a pattern.

A pattern comes with the file, so only such are followed as can't take long: few repetitions, none inside another.
"""

from __future__ import annotations

import re
from functools import partial

_MOST_ALIASES = 500
_LONGEST = 200
_MOST_STEPS = 50_000_000
"""So many characters are looked at by the patterns of a file, at the worst."""
_REPETITION = re.compile(r"(?<!\\)[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+?{]|[*+?}][*+?{]|\(\?|\\[1-9]")
_RULE = re.compile(r"/(?P<pattern>[^/\n]{1,200})/\s*=(?P<name>.*)\Z")
_MOST_REPETITIONS = 2
_LONGEST_NAME = 1_000
_GROUP = re.compile(r"\\([0-9])")


class Aliases:
    """The aliases of a file; the last that was written is followed first."""

    def __init__(self) -> None:
        self._rules: list[tuple[str | re.Pattern[str], str, int]] = []
        self._known: dict[str, str] = {}
        self._steps = 0

    def add(self, rule: str) -> bool:
        """Take ``old=new`` or ``/pattern/=new``; False for one that isn't followed."""
        rule = rule.strip()
        if len(self._rules) >= _MOST_ALIASES or len(rule) > 2 * _LONGEST:
            return False
        self._known.clear()
        if found := _RULE.match(rule):
            return self._add_pattern(found["pattern"], found["name"].strip())
        old, sign, new = rule.partition("=")
        if not sign or not old.strip():
            return False
        self._rules.insert(0, (old.strip(), new.strip(), 0))
        return True

    def _add_pattern(self, pattern: str, name: str) -> bool:
        repetitions = len(_REPETITION.findall(pattern))
        if repetitions > _MOST_REPETITIONS or _REPEATED_GROUP.search(pattern):
            return False
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError):
            return False
        if any(int(digit) > compiled.groups for digit in _GROUP.findall(name)):
            return False
        self._rules.insert(0, (compiled, name, repetitions))
        return True

    def applied(self, name: str) -> str | None:
        """The name that a name stands for; None if it takes too long to tell."""
        if not self._rules:
            return name
        if (known := self._known.get(name)) is not None:
            return known
        found = name
        for old, new, repetitions in self._rules:
            if isinstance(old, str):
                self._steps += 1
                if found == old:
                    found = new
                elif found.startswith(f"{old}:"):
                    found = new + found[len(old) :]
            else:
                self._steps += len(found) ** (1 + repetitions)
                found = old.sub(partial(_expanded, new), found)
            if self._steps > _MOST_STEPS or len(found) > _LONGEST_NAME:
                return None
        self._known[name] = found
        return found


def _expanded(name: str, match: re.Match[str]) -> str:
    r"""The name that a pattern gives: ``\1`` is what its first group found."""
    return _GROUP.sub(lambda group: match[int(group[1])] or "", name)
