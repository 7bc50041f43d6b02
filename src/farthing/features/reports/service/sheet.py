"""Sheets: figures laid out as a statement, with totals, averages, shares, and a way to what each figure is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from farthing.features.journal.models import PostingStatus
from farthing.features.reports.schemas import Lines, StatementQuery
from farthing.features.reports.service.amounts import divided, money, share
from farthing.features.reports.service.conversion import AS_POSTED, Notes, Part, Parts
from farthing.features.reports.service.figures import NOTHING, Figures, Sums, minus, summed, turned
from farthing.features.reports.service.layouts import Layout, Section
from farthing.features.reports.service.links import AND_UNDER, LineLinks, TransactionLinks
from farthing.kit.wire import FIRST_DAY
from farthing.ledger.accounts import SEPARATOR
from farthing.ledger.currencies import Currencies
from farthing.ledger.periods import Period

Chart = Sequence[Mapping[str, Any]]


class Sheet:
    """A statement on its way to who asked for it.

    Args:
        layout: what it is made of.
        wanted: how much of it is shown.
        status: which postings are counted; None: all.
        periods: its columns.
        chart: all accounts, children behind their parents.
        figures: what was posted to each account itself.
        currencies: of the figures.
        book_id: whose transactions the figures lead to.
    """

    def __init__(
        self,
        layout: Layout,
        wanted: StatementQuery,
        status: PostingStatus | None,
        periods: Sequence[Period],
        chart: Chart,
        figures: Figures,
        currencies: Currencies,
        book_id: UUID,
    ) -> None:
        self.layout = layout
        self.wanted = wanted
        self.status = status
        self.periods = periods
        self.chart = chart
        self.figures = figures
        self.currencies = currencies
        self.book_id = book_id
        self._others: tuple[Sequence[Period], Figures] | None = None
        besides = {
            "status": None if status is None else status.value,
            "known_at": wanted.known_at,
            # What balances exchanges is what their gains are made of.
            "generated": "true" if layout.of_worth else None,
        }
        self._links = TransactionLinks(book_id, besides)
        self._where = [] if status is None else [f"status:{status.value}"]
        self._notes: Notes | None = None
        self._refunds: Figures | None = None

    def note(self, notes: Notes) -> None:
        """Say of each figure what of it was converted, and by which rates."""
        self._notes = notes

    def tell_refunds(self, moved: Figures) -> None:
        """Say of each figure what refunds move to it, or away."""
        self._refunds = moved

    def compare_with(self, periods: Sequence[Period], figures: Figures) -> None:
        """Show beside each figure what it was in another period."""
        self._others = periods, figures

    def shown(self) -> dict[str, Any]:
        """The statement as it is answered."""
        sections = [self._section(section) for section in self.layout.sections]
        net = self._net(self.figures)
        return {
            "report": self.layout.name,
            "date_from": self.periods[0].first,
            "date_to": self.periods[-1].last,
            "columns": [
                {"first": period.first, "last": period.last, "compared": compared}
                for period, compared in zip(self.periods, self._compared_periods(), strict=True)
            ],
            "sections": sections,
            "net": self._totalled(
                self._cells(net, self._net(self._others[1]) if self._others else None, self._net_parts()),
                self.layout.lines,
            ),
            "net_total": self._whole(summed(net)),
            **(AS_POSTED if self._notes is None else self._notes.conversion.shown()),
        }

    def _compared_periods(self) -> Sequence[dict[str, Any] | None]:
        if self._others is None:
            return [None] * len(self.periods)
        return [{"first": period.first, "last": period.last} for period in self._others[0]]

    def _net(self, figures: Figures) -> list[Sums]:
        totals = [self._totals(section, figures) for section in self.layout.sections]
        return [self.layout.net(place) for place in zip(*totals, strict=True)]

    def _totals(self, section: Section, figures: Figures) -> Sequence[Sums]:
        return self._turned(section, figures.total(account["id"] for account in self._accounts(section)))

    def _accounts(self, section: Section) -> Chart:
        return [account for account in self.chart if section.has(account)]

    def _whole(self, sums: Sums) -> list[dict[str, Any]] | None:
        """The sum over all periods: of what is held at their ends there is none."""
        return None if self.layout.cumulative else self._money(sums)

    def _cells(
        self,
        figures: Sequence[Sums],
        others: Sequence[Sums] | None,
        parts: Sequence[Parts] | None,
        *,
        is_turned: bool = False,
    ) -> list[dict[str, Any]]:
        cells = []
        for place, sums in enumerate(figures):
            other = None if others is None else others[place]
            cells.append(
                {
                    "amounts": self._money(sums),
                    "compared": None if other is None else self._money(other),
                    "change": None if other is None else self._money(minus(sums, other)),
                    "converted": None if parts is None else self._converted(parts[place], is_turned=is_turned),
                }
            )
        return cells

    def _converted(self, parts: Parts, *, is_turned: bool = False) -> list[dict[str, Any]] | None:
        return (
            None if self._notes is None else self._notes.conversion.noted(parts, self.currencies, is_turned=is_turned)
        )

    def _parts(self, section: Section) -> Sequence[Parts] | None:
        """What the totals of a section rest on."""
        if self._notes is None:
            return None
        return self._notes.total(account["id"] for account in self._accounts(section))

    def _net_parts(self) -> Sequence[Parts] | None:
        """What the net rests on."""
        if self._notes is None:
            return None
        sections = [
            self._notes.total(account["id"] for account in self._accounts(section)) for section in self.layout.sections
        ]
        return [self._net_part(of_sections) for of_sections in zip(*sections, strict=True)]

    def _net_part(self, of_sections: Sequence[Parts]) -> Parts:
        """Amounts are counted as the figures are, rates all the same."""
        totals: list[Sums] = []
        rates: dict[str, set[int]] = {}
        for section, parts in zip(self.layout.sections, of_sections, strict=True):
            total = {code: part.amount for code, part in parts.items()}
            totals.append(turned(total) if section.is_turned else total)
            for code, part in parts.items():
                rates[code] = rates.get(code, set()) | part.rates
        return {code: Part(amount, rates[code]) for code, amount in self.layout.net(totals).items()}

    def _section(self, section: Section) -> dict[str, Any]:
        accounts = self._accounts(section)
        totals = self._totals(section, self.figures)
        whole = summed(totals)
        rows: list[dict[str, Any]] = []
        if self.layout.with_rows:
            figures = self.figures.rolled_up(accounts)
            others = self._others[1].rolled_up(accounts) if self._others else None
            notes = None if self._notes is None else self._notes.rolled_up(accounts)
            refunds = None if self._refunds is None else self._refunds.rolled_up(accounts)
            rows = [
                self._row(section, account, figures, others, notes, refunds, whole)
                for account in accounts
                if self._is_shown(account, figures, others)
            ]
        others_totals = self._totals(section, self._others[1]) if self._others else None
        return {
            "section": section.name,
            "rows": rows,
            "totals": self._totalled(
                self._cells(totals, others_totals, self._parts(section), is_turned=section.is_turned), section.lines
            ),
            "total": self._whole(whole),
        }

    def _of(self, section: Section, account_id: UUID, figures: Figures) -> Sequence[Sums]:
        return self._turned(section, figures.of_accounts.get(account_id, self._none))

    @property
    def _none(self) -> Sequence[Sums]:
        return [NOTHING] * self.figures.periods

    def _turned(self, section: Section, figures: Sequence[Sums]) -> Sequence[Sums]:
        return [turned(sums) for sums in figures] if section.is_turned else figures

    def _is_shown(self, account: Mapping[str, Any], *all_figures: Figures | None) -> bool:
        if self.wanted.depth is not None and account["full_name"].count(SEPARATOR) > self.wanted.depth:
            return False
        return self.wanted.empty or any(
            any(sums.values())
            for figures in all_figures
            if figures is not None
            for sums in figures.of_accounts.get(account["id"], ())
        )

    def _row(
        self,
        section: Section,
        account: Mapping[str, Any],
        figures: Figures,
        others: Figures | None,
        notes: Mapping[UUID, Sequence[Parts]] | None,
        refunds: Figures | None,
        whole: Sums,
    ) -> dict[str, Any]:
        own = self._of(section, account["id"], figures)
        cells = self._cells(
            own,
            self._of(section, account["id"], others) if others else None,
            None if notes is None else notes.get(account["id"], [{}] * self.figures.periods),
            is_turned=section.is_turned,
        )
        moved = None if refunds is None else self._of(section, account["id"], refunds)
        total = summed(own)
        return {
            "account_id": account["id"],
            "account": account["full_name"],
            "name": account["name"],
            "parent_id": account["parent_id"],
            "depth": account["full_name"].count(SEPARATOR),
            "figures": [
                {
                    **cell,
                    "transactions": self._link(section, account["id"], period),
                    "refunds": None if moved is None else self._money(moved[place]),
                }
                for place, (cell, period) in enumerate(zip(cells, self.periods, strict=True))
            ],
            "total": self._whole(total),
            "average": None
            if self.layout.cumulative
            else self._money(divided(total, self.figures.periods, self.currencies)),
            "share": None if self.layout.cumulative else share(total, whole),
        }

    def _link(self, section: Section, account_id: UUID, period: Period) -> str:
        """Where the transactions of a figure are; its lines, if the status is that of the transaction."""
        if self.layout.by_transaction and self.status is not None and section.lines is not None:
            where = [f"category:{account_id}{AND_UNDER}", *self._where]
            links = LineLinks(self.book_id, section.lines.value, {"known_at": self.wanted.known_at})
            return links.of(where, period.first, period.last)
        return self._links.of(account_id, self._since(period), period.last)

    def _money(self, sums: Mapping[str, Decimal]) -> list[dict[str, Any]]:
        return money(sums, self.currencies)

    def _since(self, period: Period) -> dt.date:
        """From which day on what was posted counts for a figure: a gain is of all that was ever exchanged."""
        is_since_ever = self.layout.cumulative or (self.layout.of_worth and self._notes is not None)
        return FIRST_DAY if is_since_ever else period.first

    def _totalled(self, cells: Sequence[Mapping[str, Any]], of: Lines | None) -> list[dict[str, Any]]:
        """Totals, each with the lines that it is the sum of, where they can be listed."""
        if of is None or self.wanted.account or self._refunds is not None:
            return [{**cell, "lines": None} for cell in cells]
        links = LineLinks(self.book_id, of.value, {"known_at": self.wanted.known_at})
        return [
            {**cell, "lines": links.of(self._where, self._since(period), period.last)}
            for cell, period in zip(cells, self.periods, strict=True)
        ]
