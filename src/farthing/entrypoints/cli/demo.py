"""``farthing demo``: a household to look at, recorded through the same services as HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farthing.entrypoints.cli.answers import Advance, answer_json, progress
from farthing.entrypoints.cli.options import AsJson, DataDir, checked
from farthing.entrypoints.cli.people import PASSWORD_BYTES
from farthing.kit.faults import Conflict

if TYPE_CHECKING:
    from farthing.core.settings import Settings
    from farthing.features.starters.schemas import RegistrationCreate

OPERATION = "cli.demo"


class DemoThere(Conflict):
    """The demo was made before."""

    code = "demo_there"
    message = "The demo is there already: sign in as {email}."
    sample = {"email": "demo@farthing.example"}


def demo(
    *,
    password: Annotated[str | None, typer.Option(help="The password to sign in with; else one is made.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a household with three months of transactions, all of it made up, the same each time."""
    from farthing.entrypoints.cli import household  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - as above
    from farthing.features.starters.schemas import RegistrationCreate  # noqa: PLC0415 - as above
    from farthing.kit import ids  # noqa: PLC0415 - as above

    chosen = password or ids.new_secret("pw", size_bytes=PASSWORD_BYTES)
    wanted = checked(
        RegistrationCreate,
        email=household.EMAIL,
        password=chosen,
        name=household.NAME,
        book=household.BOOK,
        currency=household.CURRENCY,
    )
    with migrated_database(data_dir) as settings, progress("Recording") as advance:
        made = asyncio.run(_record(settings, wanted, advance))
    if password is None:
        made["password"] = chosen
    if as_json:
        answer_json(made)
        return
    print(f"{wanted.book} is ready, with {made['transactions']} transactions: sign in as {wanted.email}.")
    if password is None:
        print(f"Password: {chosen}")


async def _record(settings: Settings, wanted: RegistrationCreate, advance: Advance) -> dict[str, Any]:
    """Found the household and record its months: several changes in the log, but committed all or none."""
    from farthing.core.work import Request, Work, open_as, open_to_write  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli import household  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.accounts.service.open import OpeningService  # noqa: PLC0415 - as above
    from farthing.features.books.schemas import BookCreate  # noqa: PLC0415 - as above
    from farthing.features.identity.errors import EmailTaken  # noqa: PLC0415 - as above
    from farthing.features.identity.service.people import actor_of  # noqa: PLC0415 - as above
    from farthing.features.identity.service.register import RegisterService  # noqa: PLC0415 - as above
    from farthing.features.starters.service import StarterService  # noqa: PLC0415 - as above
    from farthing.features.transactions.service.record import RecordService  # noqa: PLC0415 - as above

    request = Request(OPERATION)
    accounts, months = household.accounts(), household.months()
    total, done = sum(map(len, months)), 0
    async with Clerk(settings) as clerk:
        password_hash = await clerk.passwords.hash(wanted.password.get_secret_value())
        async with clerk.transaction() as connection:
            try:
                person_id = await RegisterService(Work(connection, request, clerk.tools)).register(
                    email=wanted.email, password_hash=password_hash, name=wanted.name, only_first=False
                )
            except EmailTaken:
                raise DemoThere(email=wanted.email) from None
            actor = actor_of(person_id)
            work = await open_as(connection, actor, request=request, tools=clerk.tools)
            book = await StarterService(work).found_book(
                BookCreate(name=wanted.book, currency=wanted.currency, time_zone=household.ZONE)
            )
            for account in accounts:
                await OpeningService(work).open(account)
            work.tell(f"Founded the book {wanted.book} with {len(accounts)} accounts.")
            await work.seal(None)
            for month in months:
                work = await open_to_write(
                    connection, actor, book["id"], needs="transactions:write", request=request, tools=clerk.tools
                )
                records = RecordService(work)
                for transaction in month:
                    await records.record(transaction)
                    advance(done := done + 1, total)
                work.tell(f"Recorded {len(month)} transactions.")
                await work.seal(None)
            await connection.commit()
    return {
        "email": wanted.email,
        "user_id": str(person_id),
        "book_id": str(book["id"]),
        "accounts": len(accounts),
        "transactions": total,
    }
