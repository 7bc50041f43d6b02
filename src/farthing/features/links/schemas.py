"""Links on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from farthing.features.journal.models import LinkKind
from farthing.kit.pages import PageQuery, PageRead
from farthing.kit.wire import Answered, Given, Id, Instant, LongText, absent
from farthing.ledger.wire import Amount, PositiveAmount


class LinkCreate(Given):
    """A new link between a line that was spent and one that came back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "refund",
                    "from_posting_id": "019aad3e-7a10-7cc3-98c4-dc0c0c07398f",
                    "to_posting_id": "019aad3e-7a10-7cc3-98c4-dc0c0c073990",
                    "amount": "30.00",
                    "note": "The blue shoes",
                }
            ]
        }
    )

    id: Annotated[Id | None, Field(description="A UUID of the client's own making, so that a retry is safe.")] = None
    kind: LinkKind
    from_posting_id: Annotated[Id, Field(description="What was spent: a line that adds to an expense account.")]
    to_posting_id: Annotated[
        Id, Field(description="What came back: a line that takes from an expense or an income account.")
    ]
    amount: Annotated[
        PositiveAmount | None,
        Field(description="How much of it came back there; all that neither line has linked yet, if left out."),
    ] = None
    note: LongText | None = None


class LinkUpdate(Given):
    """What can be changed about a link (merge patch, RFC 7396): absent keeps, null clears."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "25.00"}]})

    amount: PositiveAmount = Field(default_factory=absent)
    note: LongText | None = None


class LinkQuery(PageQuery):
    """Filters of the list of links. All that are given must hold."""

    transaction_id: Annotated[Id | None, Field(description="Of a line of this transaction.")] = None
    posting_id: Annotated[Id | None, Field(description="Of this line.")] = None
    kind: LinkKind | None = None


class LinkRead(Answered):
    """A link between a line that was spent and one that came back."""

    id: Id
    kind: LinkKind
    from_posting_id: Id
    from_transaction_id: Id
    to_posting_id: Id
    to_transaction_id: Id
    amount: Annotated[Amount, Field(examples=["30.00"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    note: str | None
    created_revision: Annotated[int, Field(examples=[7])]
    revision: Annotated[int, Field(examples=[7])]
    created_at: Instant
    changed_at: Instant


class LinkPage(PageRead[LinkRead]):
    """Links, oldest first."""
