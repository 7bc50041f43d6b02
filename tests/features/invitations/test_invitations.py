"""Invitations: nobody shares a book before they accept, and nobody else can accept for them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tests.architecture.plain_sql import as_app, connected
from tests.features.answers import granted, refused
from tests.features.identity.post_office import PostOffice, post_office
from tests.household import Client, Household, Person, serving

from farthing.core import bounds
from farthing.kit import ids

PATH = "/invitations"
ACCEPT, DECLINE, FIND = "/invitations/accept", "/invitations/decline", "/invitations/find"


async def invited(home: Household, **wanted: Any) -> Any:
    return await home.made(PATH, {"role": "editor"} | wanted)


async def offers(person: Person) -> list[Any]:
    return list(granted(await person.ask("GET", PATH))["data"])


async def test_what_one_is_invited_to_is_seen_by_name_and_no_more_until_it_is_accepted(household: Household) -> None:
    bob = await Person.registered(household.person.client, name="Bob")
    made = await invited(household, email=bob.email.upper(), message="Join us")
    assert (made["role"], made["token"], made["is_good"]) == ("editor", None, True)
    (offer,) = await offers(bob)
    assert offer == {
        "id": made["id"],
        "book": "Household",
        "invited_by": "Ada",
        "role": "editor",
        "message": "Join us",
        "expires_at": made["expires_at"],
    }
    refused(await bob.ask("GET", f"/books/{household.book_id}"), 404, "book_not_found")
    assert bob.id not in [each["user_id"] for each in (await household.got("/members"))["data"]]
    revision = await household.revision()
    book = granted(await bob.ask("POST", ACCEPT, {"id": made["id"]}))
    assert (book["id"], book["role"], book["revision"]) == (household.book_id, "editor", revision + 1)
    assert granted(await bob.ask("GET", f"/books/{household.book_id}"))["role"] == "editor"
    assert (await household.got(PATH))["data"] == await offers(bob) == []
    refused(await bob.ask("POST", ACCEPT, {"id": made["id"]}), 404, "invitation_not_found")


async def test_the_log_says_who_was_invited_as_what_and_by_whom_they_came(household: Household) -> None:
    bob = await household.joined("viewer")
    invite, join = (await household.got("/changes", params={"after": await household.revision() - 2}))["data"]
    assert (invite["operation"], invite["summary"]) == ("invite", "Invited someone as viewer.")
    assert (join["operation"], join["actor_id"], join["summary"]) == (
        "accept_invitation", bob.id, "Joined as viewer.")  # fmt: skip
    refused(await household.ask("POST", f"/changes/{join['revision']}/undo", {}), 409, "change_not_undoable")


async def test_a_token_is_good_for_whoever_has_it_once(client: Client, household: Household) -> None:
    made = await invited(household, role="viewer")
    assert made["email"] is None
    token = {"token": made["token"]}
    bob, eve = await Person.registered(client), await Person.registered(client)
    assert await offers(bob) == []
    assert granted(await bob.ask("POST", FIND, token))["book"] == "Household"
    refused(await bob.ask("POST", ACCEPT, {"id": made["id"]}), 404, "invitation_not_found")
    assert granted(await bob.ask("POST", ACCEPT, token))["role"] == "viewer"
    for path in (FIND, ACCEPT, DECLINE):
        refused(await eve.ask("POST", path, token), 404, "invitation_not_found")


async def test_a_token_is_kept_as_a_digest_and_told_once(household: Household, superuser: Any) -> None:
    body, key = {"role": "viewer"}, {"headers": {"Idempotency-Key": "invite"}}
    first = await household.made(PATH, body, **key)
    again = await household.made(PATH, body, **key)
    assert first["token"].startswith("inv_")
    assert again == first | {"token": None}
    assert "token" not in await household.got(f"{PATH}/{first['id']}")
    for table in ("invitations", "changes", "history"):
        rows = await superuser.fetch(f"SELECT t::text AS row FROM {table} t WHERE book_id = $1", household.book_id)
        assert rows or table == "history"
        assert not any(first["token"] in row["row"] for row in rows), table


async def test_a_foreign_invitation_and_none_look_alike(client: Client, household: Household) -> None:
    bob, eve = await Person.registered(client), await Person.registered(client)
    made = await invited(household, email=bob.email)
    for path in (ACCEPT, DECLINE):
        foreign = refused(await eve.ask("POST", path, {"id": made["id"]}), 404, "invitation_not_found")
        absent = refused(await eve.ask("POST", path, {"id": str(ids.new_id())}), 404, "invitation_not_found")
        forged = refused(await eve.ask("POST", path, {"token": "inv_" + "A" * 43}), 404, "invitation_not_found")
        assert foreign | {"request_id": ""} == absent | {"request_id": ""} == forged | {"request_id": ""}
    assert await offers(eve) == []
    other = await Household.founded(client)
    refused(await other.ask("DELETE", f"{PATH}/{made['id']}"), 404, "invitation_not_found")
    refused(await other.ask("GET", f"{PATH}/{made['id']}"), 404, "invitation_not_found")
    assert len(await offers(bob)) == 1


async def test_whether_an_address_is_registered_is_not_told(household: Household) -> None:
    someone = await Person.registered(household.person.client)
    known, unknown = await invited(household, email=someone.email), await invited(household, email="x@example.com")
    assert known.keys() == unknown.keys()
    late = await Person.registered(household.person.client, email=f"{ids.new_id().hex}@example.com")
    assert await offers(late) == []


async def test_where_mail_is_sent_an_address_is_shown_to_be_ones_own_first(
    fresh_database_url: str, signing_key: str
) -> None:
    mailing = {"smtp_url": "smtp://localhost:1", "worker": "none", "public_url": "https://money.example.org"}
    async with serving(fresh_database_url, signing_key, registration="open", **mailing) as client:
        household = await Household.founded(client)
        bob = await Person.registered(client)
        made, link = await invited(household, email=bob.email), await invited(household)
        assert await offers(bob) == []
        for path in (ACCEPT, DECLINE):
            for invitation_id in (made["id"], str(ids.new_id())):
                refused(await bob.ask("POST", path, {"id": invitation_id}), 409, "address_unverified")
        assert granted(await bob.ask("POST", FIND, {"token": link["token"]}))["role"] == "editor"
        async with connected(fresh_database_url) as superuser:
            await superuser.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", bob.id)
        assert [each["id"] for each in await offers(bob)] == [made["id"]]
        granted(await bob.ask("POST", ACCEPT, {"id": made["id"]}))


async def test_one_who_registers_later_finds_the_invitation(client: Client, household: Household) -> None:
    address = f"{ids.new_id().hex}@example.com"
    made = await invited(household, email=address, role="observer")
    late = await Person.registered(client, email=address.upper())
    assert [each["id"] for each in await offers(late)] == [made["id"]]
    assert granted(await late.ask("POST", ACCEPT, {"id": made["id"]}))["role"] == "observer"


@pytest.mark.parametrize(
    ("inviter", "role", "then", "holds"),
    [
        ("admin", "viewer", "owner", True),
        ("admin", "admin", "editor", False),
        ("admin", "viewer", "viewer", False),
        ("admin", "viewer", None, False),
        ("owner", "owner", "admin", False),
        ("owner", "editor", "admin", True),
    ],
)
async def test_what_an_invitation_gives_is_what_its_writer_may_give_on_the_day(
    household: Household, inviter: str, role: str, then: str | None, holds: bool
) -> None:
    client = household.person.client
    writer, bob = await household.joined(inviter), await Person.registered(client)
    answer = await writer.ask("POST", f"/books/{household.book_id}{PATH}", {"email": bob.email, "role": role})
    made = granted(answer, 201)
    if then is None:
        granted(await household.ask("DELETE", f"/members/{writer.id}"), 204)
    else:
        granted(await household.ask("PATCH", f"/members/{writer.id}", {"role": then}))
    assert [each["id"] for each in await offers(bob)] == ([made["id"]] if holds else [])
    assert (await household.got(f"{PATH}/{made['id']}"))["is_good"] is holds
    answer = await bob.ask("POST", ACCEPT, {"id": made["id"]})
    if holds:
        assert granted(answer)["role"] == role
    else:
        refused(answer, 404, "invitation_not_found")
        refused(await bob.ask("GET", f"/books/{household.book_id}"), 404, "book_not_found")


async def test_nobody_invites_above_their_own_role(household: Household) -> None:
    body = {"email": "bob@example.com"}
    for role in ("observer", "viewer", "accountant", "editor"):
        member = await household.joined(role)
        answer = await member.ask("POST", f"/books/{household.book_id}{PATH}", body | {"role": "observer"})
        refused(answer, 403, "permission_missing")
    admin = await household.joined("admin")
    answer = await admin.ask("POST", f"/books/{household.book_id}{PATH}", body | {"role": "owner"})
    refused(answer, 403, "permission_missing")


async def test_an_invitation_is_declined_or_withdrawn_for_good(client: Client, household: Household) -> None:
    bob = await Person.registered(client)
    declined = await invited(household, email=bob.email)
    revision = await household.revision()
    granted(await bob.ask("POST", DECLINE, {"id": declined["id"]}), 204)
    assert await household.revision() == revision + 1
    withdrawn = await invited(household, email=bob.email)
    stale = await household.ask("DELETE", f"{PATH}/{withdrawn['id']}", headers={"If-Match": '"1"'})
    refused(stale, 412, "revision_stale")
    granted(await household.ask("DELETE", f"{PATH}/{withdrawn['id']}"), 204)
    for made in (declined, withdrawn):
        refused(await bob.ask("POST", ACCEPT, {"id": made["id"]}), 404, "invitation_not_found")
    refused(await bob.ask("GET", f"/books/{household.book_id}"), 404, "book_not_found")


async def test_whoever_came_by_one_invitation_does_not_come_back_by_another(
    client: Client, household: Household
) -> None:
    bob = await Person.registered(client)
    made, link = await invited(household, email=bob.email.upper(), role="admin"), await invited(household)
    granted(await bob.ask("POST", ACCEPT, {"token": link["token"]}))
    assert (await household.got(PATH))["data"] == []
    granted(await household.ask("DELETE", f"/members/{bob.id}"), 204)
    refused(await bob.ask("POST", ACCEPT, {"id": made["id"]}), 404, "invitation_not_found")
    refused(await bob.ask("GET", f"/books/{household.book_id}"), 404, "book_not_found")


async def test_out_of_date_is_as_good_as_never(client: Client, household: Household, superuser: Any) -> None:
    bob = await Person.registered(client)
    made, link = await invited(household, email=bob.email, expires_in_days=1), await invited(household)
    await superuser.execute(
        "UPDATE invitations SET created_at = created_at - interval '8 days', expires_at = now() WHERE book_id = $1",
        household.book_id,
    )
    assert await offers(bob) == []
    for answer in ({"id": made["id"]}, {"token": link["token"]}):
        refused(await bob.ask("POST", ACCEPT, answer), 404, "invitation_not_found")
    assert [each["is_good"] for each in (await household.got(PATH))["data"]] == [False, False]
    again = await invited(household, email=bob.email)
    assert [each["id"] for each in (await household.got(PATH))["data"]] == [again["id"]]


async def test_an_address_is_invited_once_and_a_member_not_at_all(household: Household) -> None:
    bob = await household.joined("viewer")
    refused(await household.ask("POST", PATH, {"email": bob.email.title(), "role": "admin"}), 409, "member_exists")
    made = await invited(household, email="carol@example.com")
    body = {"email": "Carol@example.com", "role": "viewer"}
    refused(await household.ask("POST", PATH, body), 409, "invitation_exists")
    taken = await household.ask("POST", PATH, {"id": made["id"], "role": "viewer"})
    refused(taken, 409, "id_taken")
    assert taken.headers["location"].endswith(f"{PATH}/{made['id']}")
    link = await invited(household)
    refused(await bob.ask("POST", ACCEPT, {"token": link["token"]}), 409, "member_exists")
    assert (await household.got(f"{PATH}/{link['id']}"))["is_good"] is True


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"role": "king"}, "/role"),
        ({"email": "nobody"}, "/email"),
        ({"expires_in_days": 31}, "/expires_in_days"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"message": "x" * 2001}, "/message"),
        ({"user_id": str(ids.new_id())}, "/user_id"),
    ],
)
async def test_an_invitation_that_breaks_a_rule_names_it(
    household: Household, wrong: dict[str, Any], pointer: str
) -> None:
    refused(await household.ask("POST", PATH, {"role": "viewer"} | wrong), 422, "request_invalid", pointer=pointer)
    for answer in ({}, {"id": str(ids.new_id()), "token": "x"}):
        refused(await household.person.ask("POST", ACCEPT, answer), 422, "request_invalid")


async def test_there_is_an_end_to_inviting_and_to_sharing(household: Household, superuser: Any) -> None:
    await superuser.execute(
        """INSERT INTO invitations (book_id, id, token_digest, role, invited_by, expires_at, created_revision, revision,
                                    created_at)
           SELECT $1, gen_random_uuid(), sha256(n::text::bytea), 'viewer', $2, now() + interval '1 day', 1, 1, now()
             FROM generate_series(1, $3 - 1) n""",
        household.book_id, household.person.id, bounds.INVITATIONS_PER_BOOK,
    )  # fmt: skip
    last = await invited(household)
    refused(await household.ask("POST", PATH, {"role": "viewer"}), 409, "invitations_too_many")
    pages = [await household.got(PATH, params={"limit": 60})]
    pages.append(await household.got(PATH, params={"limit": 60, "cursor": pages[0]["next_cursor"]}))
    assert sum(len(page["data"]) for page in pages) == bounds.INVITATIONS_PER_BOOK
    refused(await household.ask("GET", PATH, params={"cursor": "x"}), 400, "cursor_malformed")
    await superuser.execute(
        """WITH people AS (INSERT INTO users (id, email, email_key, name)
                           SELECT gen_random_uuid(), e, e, 'Crowd'
                             FROM (SELECT gen_random_uuid() || '@example.com' AS e FROM generate_series(1, $2 - 1)) t
                           RETURNING id)
           INSERT INTO members (book_id, user_id, role, created_revision, revision)
           SELECT $1, id, 'viewer', 1, 1 FROM people""",
        household.book_id, bounds.MEMBERS_PER_BOOK,
    )  # fmt: skip
    late = await Person.registered(household.person.client)
    refused(await late.ask("POST", ACCEPT, {"token": last["token"]}), 409, "members_too_many")


async def test_a_dry_run_invites_nobody(household: Household) -> None:
    granted(await household.ask("POST", PATH, {"role": "viewer"}, params={"dry_run": "true"}), 201)
    assert (await household.got(PATH))["data"] == []


# --- By mail ---


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture(scope="module")
async def mailing(database_url: str, signing_key: str, office: PostOffice) -> AsyncIterator[Client]:
    """An instance that sends mail, when it is told to."""
    settings = {"smtp_url": office.url, "public_url": "https://money.example.org/", "worker": "none"}
    async with serving(database_url, signing_key, registration="open", **settings) as client:
        office.sender = client
        yield client


async def _founded(mailing: Client, superuser: Any, **wanted: Any) -> Household:
    """A book of someone who has shown that mail reaches them."""
    household = await Household.founded(mailing, **wanted)
    await superuser.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", household.person.id)
    return household


async def test_who_has_not_shown_their_own_address_has_nothing_mailed(mailing: Client) -> None:
    household = await Household.founded(mailing)
    made = await invited(household, email=f"{ids.new_id().hex}@example.com")
    assert made["mailed"] is False
    refused(await household.ask("POST", f"{PATH}/{made['id']}/send"), 409, "address_unverified")


async def test_mail_goes_to_domains_of_any_script(mailing: Client, office: PostOffice, superuser: Any) -> None:
    household, name = await _founded(mailing, superuser), ids.new_id().hex
    await invited(household, email=f"{name}@b\u00fccher.example.com")
    await office.next(f"{name}@xn--bcher-kva.example.com", "You are invited to share a book")


async def test_a_mail_invites_and_what_it_carries_is_for_its_address_alone(
    mailing: Client, office: PostOffice, superuser: Any
) -> None:
    household = await _founded(mailing, superuser)
    bob, eve = await Person.registered(mailing), await Person.registered(mailing)
    made = await invited(household, email=bob.email, message="Click evil.example")
    assert (made["mailed"], made["token"]) == (True, None)
    letter = await office.next(bob.email, "You are invited to share a book")
    text = letter.get_content()
    token = office.token_in(letter)
    assert f"https://money.example.org/accept-invitation#token={token}" in text
    assert 'Ada invites you to share "Household"' in text.replace("\n", " ")
    assert "evil" not in letter.as_string()
    for table in ("invitations", "changes", "outgoing_mails"):
        assert not any(token in row["row"] for row in await superuser.fetch(f"SELECT t::text AS row FROM {table} t"))
    for path in (FIND, ACCEPT, DECLINE):
        refused(await eve.ask("POST", path, {"token": token}), 404, "invitation_not_found")
    # That they hold it shows that the mail reached them: no other mail is needed.
    assert granted(await bob.ask("POST", FIND, {"token": token}))["book"] == "Household"
    assert granted(await bob.ask("POST", ACCEPT, {"token": token}))["role"] == "editor"
    refused(await household.ask("POST", f"{PATH}/{made['id']}/send"), 404, "invitation_not_found")


async def test_a_mail_sent_again_takes_the_place_of_the_one_before(
    mailing: Client, office: PostOffice, superuser: Any
) -> None:
    household = await _founded(mailing, superuser, book="Win at evil\uff0eexample", name="www evil \u202e")
    bob = await Person.registered(mailing)
    revision = await household.revision()
    made = await invited(household, email=bob.email, mail=False)
    assert made["mailed"] is False
    tokens = []
    for _ in range(2):
        granted(await household.ask("POST", f"{PATH}/{made['id']}/send"), 202)
        letter = await office.next(bob.email, "You are invited to share a book")
        assert "evil" not in letter.as_string()
        tokens.append(office.token_in(letter))
    assert await household.revision() == revision + 1
    refused(await bob.ask("POST", ACCEPT, {"token": tokens[0]}), 404, "invitation_not_found")
    assert granted(await bob.ask("POST", FIND, {"token": tokens[1]}))["id"] == made["id"]
    # Whoever invited is kept out since: nothing is accepted that they gave away, and no mail goes out.
    await superuser.execute("UPDATE users SET blocked_at = now() WHERE id = $1", household.person.id)
    refused(await bob.ask("POST", ACCEPT, {"token": tokens[1]}), 404, "invitation_not_found")


async def test_mail_to_those_who_are_invited_is_bounded_and_tells_nothing(mailing: Client, superuser: Any) -> None:
    household = await _founded(mailing, superuser)
    known = await Person.registered(mailing)
    answers = []
    for email in (known.email, f"{ids.new_id().hex}@example.com"):
        made = await invited(household, email=email)
        again = [await household.ask("POST", f"{PATH}/{made['id']}/send") for _ in range(5)]
        assert [answer.status_code for answer in again] == [202, 202, 202, 202, 429]
        answers.append(again[-1].json() | {"request_id": "", "detail": ""})
    assert answers[0] == answers[1]
    for _ in range(10):
        await invited(household, email=f"{ids.new_id().hex}@example.com")
    body = {"email": f"{ids.new_id().hex}@example.com", "role": "viewer"}
    refused(await household.ask("POST", PATH, body), 429, "too_many_attempts")
    assert (await household.made(PATH, body | {"mail": False}))["mailed"] is False
    link = await invited(household)
    refused(await household.ask("POST", f"{PATH}/{link['id']}/send"), 409, "invitation_addressless")


async def test_where_no_mail_is_sent_none_is_promised(household: Household) -> None:
    made = await invited(household, email="dora@example.com")
    assert made["mailed"] is False
    refused(await household.ask("POST", f"{PATH}/{made['id']}/send"), 409, "mail_missing")


# --- What PostgreSQL holds to, whoever writes ---


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ("role = 'king'", "role_known"),
        ("expires_at = created_at + interval '31 days'", "expiry_bounded"),
        ("token_digest = NULL", "to_someone"),
        ("token_digest = 'short'", "digest_is_sha256"),
        ("email = 'a@b.c'", "address_whole"),
        ("message = ''", "message_bounded"),
    ],
)
async def test_postgresql_refuses_what_is_no_invitation(
    household: Household, superuser: Any, wrong: str, constraint: str
) -> None:
    made = await invited(household)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await superuser.execute(f"UPDATE invitations SET {wrong} WHERE id = $1", made["id"])
    assert refusal.value.constraint_name == f"ck_invitations_{constraint}"


async def test_postgresql_opens_a_book_to_nobody_who_is_not_invited(
    client: Client, household: Household, database_url: str
) -> None:
    bob, eve = await Person.registered(client), await Person.registered(client)
    made = await invited(household, email=bob.email)
    async with as_app(database_url, user=eve.id) as app:
        assert await app.fetch("SELECT * FROM invitations") == []
        assert await app.fetch("SELECT * FROM invitations_for($1, NULL)", eve.id) == []
        for wanted in (made["id"], None):
            opened = await app.fetchrow("SELECT * FROM open_invitation($1, $2, NULL)", eve.id, wanted)
            assert (opened["outcome"], opened["book"]) == ("absent", None)
        assert await app.fetchval("SELECT current_setting('farthing.book', true)") in {None, ""}
    async with as_app(database_url, user=bob.id) as app:
        opened = await app.fetchrow("SELECT * FROM open_invitation($1, $2, NULL)", bob.id, made["id"])
        assert (opened["outcome"], str(opened["book"])) == ("open", household.book_id)


async def test_of_those_who_have_one_token_and_use_it_at_once_one_joins(client: Client, household: Household) -> None:
    made = await invited(household)
    crowd = [await Person.registered(client) for _ in range(5)]
    answers = await asyncio.gather(*(person.ask("POST", ACCEPT, {"token": made["token"]}) for person in crowd))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    assert len((await household.got("/members"))["data"]) == 2


async def test_the_longest_invitation_lasts_thirty_days(household: Household) -> None:
    made = await invited(household, expires_in_days=30)
    lasts = dt.datetime.fromisoformat(made["expires_at"]) - dt.datetime.fromisoformat(made["created_at"])
    assert lasts == dt.timedelta(days=30)
