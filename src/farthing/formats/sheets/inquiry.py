"""Inquiry: what a person has to be asked about a table, how it is read until they answer, and what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from farthing.formats.drafts import DraftChoice, DraftQuestion, FileUnreadable

EVEN = Decimal("0.5")
"""As likely one as the other."""
LIKELY = Decimal("0.8")
MOST_CHOICES = 30
"""More choices than this help nobody."""


class Unanswered(Exception):
    """Nothing can be read before a question is answered; the inquiry knows which."""


@dataclass(slots=True)
class Inquiry:
    """The answers that were given about a file, and the questions that it leaves open."""

    answers: Mapping[str, str]
    _open: dict[str, DraftQuestion] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[DraftQuestion, ...]:
        """What is still to be asked."""
        return tuple(self._open.values())

    def settle(
        self,
        name: str,
        question: str,
        choices: Iterable[DraftChoice],
        chosen: str | None,
        confidence: Decimal = EVEN,
    ) -> str:
        """A person's answer; until there is one, how it is read for now.

        Raises:
            FileUnreadable: the answer is none of the choices.
            Unanswered: there is no answer, and nothing to go by.
        """
        possible = tuple(choices)[:MOST_CHOICES]
        told = self.answers.get(name)
        if told is not None:
            if told not in {choice.value for choice in possible}:
                raise FileUnreadable.on_line(None, problem=f"the answer to '{name}' is none of those that fit the file")
            return told
        self._open[name] = DraftQuestion(name, question, possible, chosen, confidence if chosen else Decimal(0))
        if chosen is None:
            raise Unanswered
        return chosen


def examples(line: int, cells: Sequence[tuple[str, str]]) -> tuple[DraftChoice, ...]:
    """Columns as choices, by label, each with what stands in it on a line."""
    return tuple(DraftChoice(label, f"line {line} has '{_short(cell)}' there") for label, cell in cells)


def _short(cell: str) -> str:
    words = " ".join(cell[:_LONGEST].split())
    return words if len(cell) <= _LONGEST else f"{words}…"


_LONGEST = 40
