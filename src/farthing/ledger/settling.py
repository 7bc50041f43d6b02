"""Settling: who of several people has paid for what is shared, who owes whom, and the fewest payments that settle it.

People have accounts of their own. What they share, the *pot*, is the categories they agreed on and the accounts that
are everyone's. Money that goes from someone's account into the pot is paid by them; what comes back is paid back to
them; what goes from one's account into another's is given. Each bears a share of what all have paid. Pure, and exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from farthing.ledger.money import EXACT, allocate

Amounts = dict[UUID, Decimal]
"""Amounts by person."""
MAX_EXACT = 12
"""Among so many people the fewest payments are found; among more, no more payments than people less one."""
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one transaction posted, in one currency, to people's own accounts and to the pot."""

    held: Mapping[UUID, Decimal]
    pot: Decimal


@dataclass(slots=True)
class Tally:
    """What people have paid and given, in one currency.

    Args:
        digits: how many digits after the point the currency has.
    """

    digits: int
    paid: Amounts = field(default_factory=dict)
    given: Amounts = field(default_factory=dict)
    unassigned: Decimal = NOTHING
    """What went into the pot, less what came out, that was nobody's."""

    @property
    def shared(self) -> Decimal:
        """What all have paid."""
        return sum(self.paid.values(), NOTHING)

    def count(self, movement: Movement) -> None:
        """Count a movement: first what went between people and the pot, then what went between people."""
        out = {person: EXACT.minus(amount) for person, amount in movement.held.items() if amount}
        payers = {person: amount for person, amount in out.items() if (amount > 0) == (movement.pot > 0)}
        available = sum(payers.values(), NOTHING)
        paid = min(movement.pot, available) if movement.pot > 0 else max(movement.pot, available)
        self._share(self.paid, paid, payers, out)
        self.unassigned = EXACT.add(self.unassigned, EXACT.subtract(movement.pot, paid))
        givers = {person: amount for person, amount in out.items() if amount > 0}
        takers = {person: amount for person, amount in out.items() if amount < 0}
        given = min(sum(givers.values(), NOTHING), EXACT.minus(sum(takers.values(), NOTHING)))
        self._share(self.given, given, givers, out)
        self._share(self.given, EXACT.minus(given), takers, out)

    def _share(self, kept: Amounts, amount: Decimal, among: Mapping[UUID, Decimal], out: Amounts) -> None:
        """Share an amount out among people, by how much each moved, and take it off what they moved."""
        if not amount:
            return
        people = sorted(among)
        shares = allocate(amount, [abs(among[person]) for person in people], self.digits)
        for person, share in zip(people, shares, strict=True):
            kept[person] = EXACT.add(kept.get(person, NOTHING), share)
            out[person] = EXACT.subtract(out[person], share)


@dataclass(frozen=True, slots=True)
class Payment:
    """What someone pays someone else."""

    payer: UUID
    payee: UUID
    amount: Decimal


def settle(balances: Mapping[UUID, Decimal]) -> list[Payment]:
    """The payments after which nobody owes anybody: as few as can be among a dozen people.

    People whose balances come to zero by themselves settle among themselves: the more such groups, the fewer payments,
    one less than people in each.

    Args:
        balances: what each is owed (positive) or owes (negative); together zero.

    Raises:
        ValueError: they don't come to zero.
    """
    if sum(balances.values(), NOTHING):
        raise ValueError("what is owed and what is owing differ")
    people = sorted(person for person, amount in balances.items() if amount)
    everyone = [list(range(len(people)))]
    groups = _groups([balances[person] for person in people]) if len(people) <= MAX_EXACT else everyone
    return [
        payment
        for group in groups
        for payment in _settle_group({people[place]: balances[people[place]] for place in group})
    ]


def _groups(amounts: Sequence[Decimal]) -> list[list[int]]:
    """Places of the amounts in as many groups as can be that come to zero each."""
    whole = (1 << len(amounts)) - 1
    sums = [NOTHING] * (whole + 1)
    best = [0] * (whole + 1)
    """How many groups of zero are passed when a set is filled one by one, at best."""
    last = [-1] * (whole + 1)
    for chosen in range(1, whole + 1):
        lowest = (chosen & -chosen).bit_length() - 1
        sums[chosen] = EXACT.add(sums[chosen & (chosen - 1)], amounts[lowest])
        for place in range(len(amounts)):
            if chosen >> place & 1 and best[before := chosen & ~(1 << place)] >= best[chosen]:
                best[chosen], last[chosen] = best[before], place
        best[chosen] += not sums[chosen]
    groups: list[list[int]] = []
    group: list[int] = []
    while whole:
        group.append(last[whole])
        whole &= ~(1 << last[whole])
        if not sums[whole]:
            groups.append(sorted(group))
            group = []
    return sorted(groups)


def _settle_group(balances: Mapping[UUID, Decimal]) -> list[Payment]:
    """At most one payment less than there are people: whoever owes most pays whoever is owed most."""
    left = dict(balances)
    payments = []
    while left:
        payer, payee = min(left, key=lambda each: (left[each], each)), max(left, key=lambda each: (left[each], each))
        amount = min(EXACT.minus(left[payer]), left[payee])
        payments.append(Payment(payer, payee, amount))
        for person, change in ((payer, amount), (payee, EXACT.minus(amount))):
            left[person] = EXACT.add(left[person], change)
            if not left[person]:
                del left[person]
    return payments
