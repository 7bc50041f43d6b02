"""``farthing user``: taking people in, and letting those back in who can't sign in any more."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farthing.entrypoints.cli.answers import answer_json, answer_table, say
from farthing.entrypoints.cli.options import AsJson, DataDir, checked

if TYPE_CHECKING:
    from pathlib import Path

    from farthing.core.settings import Settings
    from farthing.core.statements import Row
    from farthing.features.administration.schemas import PersonUpdate
    from farthing.features.identity.schemas import TokenPair
    from farthing.features.starters.schemas import RegistrationCreate

app = typer.Typer(help="People.", no_args_is_help=True)
PASSWORD_BYTES = 15
BY_OPERATOR = ("operator",)
"""How someone proved who they are whom the operator of the machine lets in."""


@app.callback()
def _group() -> None:
    """People."""


@app.command()
def create(
    *,
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    name: Annotated[str, typer.Option(help="The name they go by.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made.")
    ] = False,
    book: Annotated[str, typer.Option(help="What their first book is called.")] = "Household",
    currency: Annotated[str, typer.Option(help="Its base currency.")] = "EUR",
    no_starter: Annotated[bool, typer.Option("--no-starter", help="Begin without a set of categories.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a person in, with a first book. Registration needn't be open for that."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help
    from farthing.features.identity.password_rules import judge  # noqa: PLC0415 - as above
    from farthing.features.starters.schemas import RegistrationCreate  # noqa: PLC0415 - as above
    from farthing.kit import ids  # noqa: PLC0415 - as above

    made = None if password_stdin else ids.new_secret("pw", size_bytes=PASSWORD_BYTES)
    wanted = checked(
        RegistrationCreate,
        email=email,
        password=made or sys.stdin.readline().rstrip("\r\n"),
        name=name,
        book=book,
        currency=currency,
        starter=not no_starter,
    )
    if not made:
        judge(wanted.password.get_secret_value(), about=(wanted.email, wanted.name))
    with migrated_database(data_dir) as settings:
        taken_in = asyncio.run(_take_in(settings, wanted))
    if made:
        taken_in["password"] = made
    if as_json:
        answer_json(taken_in)
        return
    print(f"{wanted.email} is in, with the book {wanted.book} ({taken_in['book_id']}).")
    if made:
        print(f"Password: {made}")


@app.command(name="remove-factors")
def remove_factors(
    *,
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take away all authenticator apps, passkeys and recovery codes of someone who has lost them."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        count = asyncio.run(_remove_factors(settings, email))
    if as_json:
        answer_json({"email": email, "removed": count})
        return
    print(f"{email} had {count} authenticator apps and passkeys; the password alone is enough now.")


@app.command()
def delete(
    *,
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Delete someone for good, with the books that nobody else is a member of. Nobody gets them back."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    if not yes and not typer.confirm(f"Delete {email} and all books that are theirs alone?", err=True):
        say("Nothing was deleted.")
        return
    with migrated_database(data_dir) as settings:
        asyncio.run(_delete(settings, email))
    if as_json:
        answer_json({"email": email, "deleted": True})
        return
    print(f"{email} is gone.")


@app.command(name="sign-in")
def sign_in(
    *,
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Sign someone in without asking for anything, also where people sign in elsewhere only. Prints their tokens."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        pair = asyncio.run(_sign_in(settings, email))
    if as_json:
        answer_json(pair.model_dump())
        return
    print(f"Access token, good for {pair.expires_in} seconds: {pair.access_token}")
    print(f"Refresh token: {pair.refresh_token}")


@app.command("list")
def list_people(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List everyone on the instance: how many books they have, not which."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help
    from farthing.features.administration.schemas import PersonRead  # noqa: PLC0415 - as above

    with migrated_database(data_dir) as settings:
        people = [PersonRead.model_validate(row) for row in asyncio.run(_list(settings))]
    if as_json:
        answer_json([person.model_dump(mode="json") for person in people])
        return
    answer_table(
        "People",
        ("Address", "Name", "Since", "Last sign-in", "Books", "Operator", "Blocked"),
        [
            (
                person.email,
                person.name,
                person.created_at.date(),
                person.last_signed_in_at.date() if person.last_signed_in_at else "",
                person.books,
                "yes" if person.is_operator else "",
                "yes" if person.blocked_at else "",
            )
            for person in people
        ],
    )


Email = Annotated[str, typer.Option(help="Their e-mail address.")]


@app.command()
def block(*, email: Email, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Keep someone out: their sign-ins end at once. What they wrote stays."""
    _change(email, {"blocked": True}, data_dir, as_json=as_json)


@app.command()
def unblock(*, email: Email, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Let someone in again who was blocked."""
    _change(email, {"blocked": False}, data_dir, as_json=as_json)


@app.command("make-operator")
def make_operator(*, email: Email, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Have someone run the instance, too."""
    _change(email, {"is_operator": True}, data_dir, as_json=as_json)


@app.command("unmake-operator")
def unmake_operator(*, email: Email, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Have someone run the instance no longer. One operator stays."""
    _change(email, {"is_operator": False}, data_dir, as_json=as_json)


def _change(email: str, changes: dict[str, bool], data_dir: Path | None, *, as_json: bool) -> None:
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help
    from farthing.features.administration.schemas import PersonRead, PersonUpdate  # noqa: PLC0415 - as above

    wanted = checked(PersonUpdate, **changes)
    with migrated_database(data_dir) as settings:
        person = PersonRead.model_validate(asyncio.run(_manage(settings, email, wanted)))
    if as_json:
        answer_json(person.model_dump(mode="json"))
        return
    standing = "blocked" if person.blocked_at else "let in"
    print(f"{person.email} is {standing}{', and runs the instance' if person.is_operator else ''}.")


async def _list(settings: Settings) -> list[Row]:
    from farthing.core.work import Request, Work  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.administration.schemas import PeopleQuery  # noqa: PLC0415 - as above
    from farthing.features.administration.service.people import PersonService  # noqa: PLC0415 - as above
    from farthing.kit.pages import MAX_LIMIT  # noqa: PLC0415 - as above

    found: list[Row] = []
    async with Clerk(settings) as clerk, clerk.transaction() as connection:
        people = PersonService(Work(connection, Request("cli.user_list"), clerk.tools))
        wanted = PeopleQuery(limit=MAX_LIMIT)
        while True:
            page = await people.find(wanted)
            found += page.data
            if page.next_cursor is None:
                return found
            wanted = PeopleQuery(limit=MAX_LIMIT, cursor=page.next_cursor)


async def _manage(settings: Settings, email: str, wanted: PersonUpdate) -> Row:
    from farthing.core.work import Request, Work  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.administration.service.people import PersonService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(email)
        async with clerk.transaction() as connection:
            people = PersonService(Work(connection, Request("cli.user_update"), clerk.tools))
            person = await people.change(actor.user_id, wanted)
            await connection.commit()
    return person


@app.command(name="reset-link")
def reset_link(
    *,
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make what someone who forgot their password can set a new one with, once, within a day. Hand it to them alone."""
    from farthing.entrypoints.cli.clerk import migrated_database  # noqa: PLC0415 - for a quick --help

    with migrated_database(data_dir) as settings:
        made = asyncio.run(_make_reset_link(settings, email))
    if as_json:
        answer_json(made)
        return
    print(f"{email} can set a new password with this, once, within a day, by POST /api/v1/auth/password/reset:")
    print(made["token"])
    if made["link"]:
        print(f"Or here: {made['link']}")


async def _make_reset_link(settings: Settings, email: str) -> dict[str, Any]:
    from farthing.core.letters import link_to  # noqa: PLC0415 - for a quick --help
    from farthing.core.work import Request, Work  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.identity.service.passwords import PasswordService  # noqa: PLC0415 - as above
    from farthing.features.identity.service.people import PeopleService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk, clerk.transaction() as connection:
        work = Work(connection, Request("cli.user_reset_link"), clerk.tools)
        person_id = await PeopleService(work).find_person(email)
        token = await PasswordService(work).make_reset_link(person_id, email, by_mail=False)
        await connection.commit()
        return {"token": token, "link": link_to(work, "reset-password", token)}


async def _take_in(settings: Settings, wanted: RegistrationCreate) -> dict[str, Any]:
    """Write the person down with their book, all or nothing."""
    from farthing.core.work import Request, Work, open_as  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.books.schemas import BookCreate  # noqa: PLC0415 - as above
    from farthing.features.identity.service.people import actor_of  # noqa: PLC0415 - as above
    from farthing.features.identity.service.register import RegisterService  # noqa: PLC0415 - as above
    from farthing.features.starters.service import StarterService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        password_hash = await clerk.passwords.hash(wanted.password.get_secret_value())
        async with clerk.transaction() as connection:
            request = Request("cli.user_create")
            person_id = await RegisterService(Work(connection, request, clerk.tools)).register(
                email=wanted.email, password_hash=password_hash, name=wanted.name, only_first=False
            )
            work = await open_as(connection, actor_of(person_id), request=request, tools=clerk.tools)
            book = await StarterService(work).found_book(
                BookCreate(name=wanted.book, currency=wanted.currency, starter=wanted.starter)
            )
            await work.seal(None)
            await connection.commit()
    return {"user_id": str(person_id), "email": wanted.email, "book_id": str(book["id"])}


async def _remove_factors(settings: Settings, email: str) -> int:
    from farthing.core.work import Request, open_as  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.factors.service.review import ReviewService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(email)
        async with clerk.transaction() as connection:
            request = Request("cli.user_remove_factors")
            work = await open_as(connection, actor, request=request, tools=clerk.tools)
            count = await ReviewService(work).remove_all()
            await connection.commit()
    return count


async def _delete(settings: Settings, email: str) -> None:
    from farthing.core.work import Request, open_as  # noqa: PLC0415 - for a quick --help
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.departures.service.leave import LeaveService  # noqa: PLC0415 - as above

    async with Clerk(settings) as clerk:
        actor = await clerk.person(email)
        async with clerk.transaction() as connection:
            work = await open_as(connection, actor, request=Request("cli.user_delete"), tools=clerk.tools)
            await LeaveService(work).delete_me()
            await connection.commit()


async def _sign_in(settings: Settings, email: str) -> TokenPair:
    from farthing.core.secrets import signing_key  # noqa: PLC0415 - for a quick --help
    from farthing.core.work import Request, Toolbox, Work  # noqa: PLC0415 - as above
    from farthing.entrypoints.cli.clerk import Clerk  # noqa: PLC0415 - as above
    from farthing.features.identity.service.sign_in import SignInService  # noqa: PLC0415 - as above
    from farthing.features.identity.tokens import Tokens  # noqa: PLC0415 - as above

    tools = Toolbox(settings, Tokens(signing_key(settings), seconds=settings.access_token_seconds))
    async with Clerk(settings) as clerk:
        actor = await clerk.person(email)
        async with clerk.transaction() as connection:
            work = Work(connection, Request("cli.user_sign_in", device="farthing user sign-in"), tools)
            pair = await SignInService(work).begin(actor.user_id, methods=BY_OPERATOR)
            await connection.commit()
    return pair
