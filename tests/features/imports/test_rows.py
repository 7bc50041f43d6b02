"""The rows of an import: what becomes of each, why, and what people say instead."""

from __future__ import annotations

from typing import Any

import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household

from farthing.kit import ids

CSV = b"Date;Amount;Payee\n2026-03-01;-1.50;Shop\n2026-03-01;-1.50;Shop\n2026-03-02;20.00;Employer\n"
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>{rows}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
OFX_ROW = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<NAME>{name}</STMTTRN>"


def ofx(*rows: tuple[str, str, str, str]) -> bytes:
    """A file of rows: day, amount, id, name."""
    told = "".join(OFX_ROW.format(day=day, amount=amount, id=id_, name=name) for day, amount, id_, name in rows)
    return OFX.format(rows=told).encode()


async def drafted(home: Household, data: bytes, **options: Any) -> Any:
    """A draft of a file."""
    return granted(await home.bring(data, params={"commit": "false"}, **options), 201)


async def rows_of(home: Household, brought: Any, **wanted: str) -> list[Any]:
    """The rows of an import."""
    return list((await home.got(f"/imports/{brought['id']}/rows", params={"limit": "200", **wanted}))["data"])


async def decisions(home: Household, brought: Any) -> list[str]:
    """What becomes of the rows of an import, in the order of the file."""
    return [row["decision"] for row in await rows_of(home, brought)]


async def test_a_draft_shows_its_rows_in_pages(household: Household) -> None:
    draft = await drafted(household, CSV)
    path = f"/imports/{draft['id']}/rows"
    page = await household.got(path, params={"limit": "2"})
    rest = await household.got(path, params={"limit": "2", "cursor": page["next_cursor"]})
    rows = [*page["data"], *rest["data"]]
    assert [(row["line"], row["amount"], row["payee"], row["decision"]) for row in rows] == [
        (2, "-1.50", "Shop", "new"),
        (3, "-1.50", "Shop", "new"),
        (4, "20.00", "Employer", "new"),
    ]
    assert rest["next_cursor"] is None
    assert {row["account"] for row in rows} == {"Assets:Checking"}
    refused(await household.ask("GET", path, params={"cursor": "nonsense"}), 400, "cursor_malformed")
    refused(await household.ask("GET", f"/imports/{ids.new_id()}/rows"), 404, "import_not_found")
    assert await household.got(path, params={"decision": "duplicate"}) == {"data": [], "next_cursor": None}


async def test_what_people_say_of_rows_is_what_is_booked(household: Household) -> None:
    draft = await drafted(household, CSV)
    first, second, third = await rows_of(household, draft)
    path = f"/imports/{draft['id']}/rows"
    revision = await household.revision()
    granted(await household.ask("PATCH", f"{path}/{first['id']}", {"decision": "skip"}))
    changed = {"payee": "Corner Shop", "category": "Expenses:Food:Groceries", "tags": ["treat"], "notes": "With Ada"}
    told = granted(await household.ask("PATCH", f"{path}/{second['id']}", changed))
    assert (told["payee"], told["category"], told["tags"]) == ("Corner Shop", "Expenses:Food:Groceries", ["treat"])
    both = {"ids": [first["id"], third["id"]], "changes": {"description": "As the bank said"}}
    assert granted(await household.ask("PATCH", path, both)) == {"changed": 2}
    by_filter = {"filter": {"payee": "EMPLOYER"}, "changes": {"category": "Income:Salary"}}
    assert granted(await household.ask("PATCH", path, by_filter)) == {"changed": 1}
    assert await household.revision() == revision
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["left_out"]) == (2, 1)
    salary, shop = (await household.got("/transactions"))["data"]
    assert (shop["payee"], shop["postings"][1]["account"], shop["notes"]) == (
        "Corner Shop",
        "Expenses:Food:Groceries",
        "With Ada",
    )
    assert [tag["name"] for tag in shop["tags"]] == ["treat"]
    assert (salary["description"], salary["postings"][1]["account"]) == ("As the bank said", "Income:Salary")
    refused(await household.ask("PATCH", f"{path}/{first['id']}", {"decision": "new"}), 409, "import_not_draft")
    # What was left out is known by nobody: it comes again.
    again = granted(await household.bring(CSV), 201)
    assert (again["created"], again["duplicates"]) == (1, 2)


async def test_a_row_is_refused_what_does_not_fit_it(household: Household) -> None:
    draft = await drafted(household, CSV)
    first, *_ = await rows_of(household, draft)
    path = f"/imports/{draft['id']}/rows/{first['id']}"
    merge = {"decision": "merge"}
    refused(await household.ask("PATCH", path, merge), 422, "import_row_unmergeable", pointer="/of_transaction_id")
    nothing = {**merge, "of_transaction_id": str(ids.new_id())}
    refused(await household.ask("PATCH", path, nothing), 404, "transaction_not_found")
    refused(
        await household.ask("PATCH", path, {"category": "Expenses:No"}), 422, "account_unknown", pointer="/category"
    )
    own = {"category": "Assets:Checking"}
    refused(await household.ask("PATCH", path, own), 422, "import_row_uncategorisable", pointer="/category")
    refused(await household.ask("PATCH", f"{path[:-36]}{ids.new_id()}", merge), 404, "import_row_not_found")
    rows = f"/imports/{draft['id']}/rows"
    unknown = {"ids": [str(ids.new_id())], "changes": {"decision": "skip"}}
    refused(await household.ask("PATCH", rows, unknown), 422, "import_row_unknown", pointer="/ids/0")
    assert (await household.ask("PATCH", rows, {"changes": {"decision": "skip"}})).status_code == 422


async def test_a_known_row_can_be_another_movement_all_the_same(household: Household) -> None:
    granted(await household.bring(CSV), 201)
    draft = await drafted(household, CSV)
    assert (draft["created"], draft["duplicates"]) == (0, 3)
    row = (await rows_of(household, draft))[2]
    assert (row["decision"], row["reasons"][0]["code"], row["score"]) == ("duplicate", "brought_before", "1")
    granted(await household.ask("PATCH", f"/imports/{draft['id']}/rows/{row['id']}", {"decision": "new"}))
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["duplicates"]) == (1, 2)
    assert granted(await household.bring(CSV), 201)["created"] == 0


async def test_movements_of_one_account_are_known_in_another_format(household: Household) -> None:
    rows = (
        ("20260301", "-3.10", "A1", "BAKERY SUNRISE"),
        ("20260302", "-3.10", "A2", "BAKERY SUNRISE"),
        ("20260302", "-3.10", "A3", "BAKERY SUNRISE"),
        ("20260303", "-40.00", "A4", "BOOKSHOP"),
        ("20260304", "900.00", "A5", "EMPLOYER"),
    )
    granted(await household.bring(ofx(*rows)), 201)
    same = (
        b"Date;Value;Amount;Payee\n2026-03-01;2026-03-01;-3.10;Bakery Sunrise\n"
        b"2026-03-02;2026-03-02;-3.10;Bakery Sunrise\n"
        b"2026-03-03;2026-03-02;-3.10;Bakery Sunrise\n2026-03-03;2026-03-03;-40.00;Bookshop Corner\n"
        b"2026-03-04;2026-03-04;900.00;Employer Inc\n2026-03-04;2026-03-04;-3.10;Bakery Sunrise\n"
    )
    draft = await drafted(household, same)
    assert await decisions(household, draft) == ["duplicate"] * 5 + ["new"]
    assert granted(await household.bring(same), 201)["created"] == 1


async def test_what_neither_file_reaches_is_another_movement(household: Household) -> None:
    """The same coffee on the next day, in a file that begins where the other ended."""
    granted(await household.bring(ofx(("20260311", "-3.00", "A1", "CAFE"), ("20260312", "-3.00", "A2", "CAFE"))), 201)
    later = b"Date;Amount;Payee\n2026-03-13;-3.00;Cafe\n2026-03-14;-3.00;Cafe\n"
    assert granted(await household.bring(later), 201)["created"] == 2


async def test_two_ids_of_one_bank_are_two_movements(household: Household) -> None:
    granted(await household.bring(ofx(("20260311", "-3.00", "A1", "CAFE"))), 201)
    brought = granted(await household.bring(ofx(("20260311", "-3.00", "A2", "CAFE"))), 201)
    assert (brought["created"], brought["duplicates"]) == (1, 0)


async def test_what_looks_alike_is_only_pointed_out(household: Household) -> None:
    """A person recorded something of the same amount, in other words: it may be another."""
    mine = await household.record("-9.90", date="2026-03-02", payee="Cinema", category="Expenses:Leisure")
    draft = await drafted(household, b"Date;Amount;Payee\n2026-03-03;-9.90;FILMPALAST 12\n")
    (row,) = await rows_of(household, draft)
    assert (row["decision"], row["looks_like_id"], row["of_transaction_id"]) == ("new", mine["id"], None)
    assert {"amount_equal", "days_apart"} <= {reason["code"] for reason in row["reasons"]}
    merge = {"decision": "merge", "of_transaction_id": mine["id"]}
    granted(await household.ask("PATCH", f"/imports/{draft['id']}/rows/{row['id']}", merge))
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["merged"]) == (0, 1)
    (only,) = (await household.got("/transactions"))["data"]
    assert (only["id"], only["payee"], only["date"]) == (mine["id"], "Cinema", "2026-03-03")
    assert await household.balance(household.checking_id) == {"EUR": "-9.90"}


async def test_what_is_surely_recorded_by_hand_is_merged_and_counts_once(household: Household) -> None:
    """So the opening balance that a first file books doesn't count it twice, either."""
    mine = await household.record("-46.00", date="2026-03-06", payee="Diner Roma", category="Expenses:Food")
    data = b"Date,Description,Amount,Balance\n2026-03-05,Bakery,-3.20,96.80\n2026-03-06,DINER ROMA,-46.00,50.80\n"
    brought = granted(await household.bring(data), 201)
    assert (brought["created"], brought["merged"]) == (1, 1)
    assert await household.balance(household.checking_id) == {"EUR": "50.80"}
    assert brought["accounts"][0]["statement"]["difference"]["amount"] == "0.00"
    kept = await household.got(f"/transactions/{mine['id']}")
    assert kept["postings"][1]["account"] == "Expenses:Food"


async def test_an_opening_balance_is_what_the_bank_says_whatever_was_recorded_by_hand(household: Household) -> None:
    """What may be the same, and isn't merged, is told as the difference; once it is merged, all is even."""
    mine = await household.record("-46.00", date="2026-03-05", payee="Dinner", category="Expenses:Food")
    data = b"Date,Description,Amount,Balance\n2026-03-05,Bakery,-3.20,96.80\n2026-03-06,DINER ROMA,-46.00,50.80\n"
    brought = granted(await household.bring(data), 201)
    assert brought["accounts"][0]["statement"]["difference"] == {"amount": "46.00", "currency": "EUR"}
    theirs = next(each for each in (await household.got("/transactions"))["data"] if each["date"] == "2026-03-06")
    granted(await household.ask("POST", f"/transactions/{mine['id']}/merge", {"with": theirs["id"]}))
    assert await household.balance(household.checking_id) == {"EUR": "50.80"}
    (checkpoint,) = (await household.got("/checkpoints"))["data"]
    assert checkpoint["state"] == "holds"


async def test_of_two_that_it_could_be_neither_is_merged(household: Household) -> None:
    for _ in range(2):
        await household.record("-3.00", date="2026-03-05", payee="Cafe Central", category="Expenses:Food")
    brought = granted(await household.bring(b"Date;Amount;Payee\n2026-03-05;-3.00;Cafe Central\n"), 201)
    assert (brought["created"], brought["merged"]) == (1, 0)


async def test_the_other_side_of_a_transfer_is_merged_where_one_names_the_other(household: Household) -> None:
    await household.open_account("Savings", currency="EUR", type="savings", number="DE02120300000000202051")
    granted(await household.bring(b"Date;Amount;Payee\n2026-03-05;-200.00;To savings\n"), 201)
    brought = granted(
        await household.bring(b"Date;Amount;Payee\n2026-03-05;200.00;From checking\n", account="Assets:Savings"), 201
    )
    assert (brought["created"], brought["merged"]) == (0, 1)
    (moved,) = (await household.got("/transactions"))["data"]
    assert [(line["account"], line["amount"]) for line in moved["postings"]] == [
        ("Assets:Checking", "-200.00"),
        ("Assets:Savings", "200.00"),
    ]
    again = granted(
        await household.bring(b"Date;Amount;Payee\n2026-03-05;200.00;From checking\n", account="Assets:Savings"), 201
    )
    assert (again["created"], again["merged"], again["duplicates"], again["revision"]) == (0, 0, 1, None)


async def test_a_draft_is_booked_by_what_the_book_has_by_then(household: Household) -> None:
    draft = await drafted(household, CSV)
    granted(await household.bring(CSV), 201)
    committed = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    assert (committed["created"], committed["duplicates"], committed["revision"]) == (0, 3, None)


@pytest.mark.parametrize("commit", [True, False])
async def test_deleting_an_import_leaves_nothing_of_it(household: Household, commit: bool) -> None:
    await household.record("-46.00", date="2026-03-06", payee="Employer", status="pending")
    before = await household.got("/digest")
    brought = granted(await household.bring(CSV, params={"commit": str(commit).lower()}), 201)
    granted(await household.ask("DELETE", f"/imports/{brought['id']}"), 204)
    assert (await household.got("/digest"))["digest"] == before["digest"]
    refused(await household.ask("GET", f"/imports/{brought['id']}"), 404, "import_not_found")
    again = granted(await household.bring(CSV), 201)
    assert again["created"] == 3


async def test_an_import_that_merged_is_undone_to_what_was_before(household: Household) -> None:
    await household.record("-46.00", date="2026-03-06", payee="Diner Roma", category="Expenses:Food")
    await household.record("-3.20", date="2026-03-04", payee="Bakery", status="pending")
    before = await household.got("/digest")
    data = b"Date,Description,Amount,Balance\n2026-03-05,Bakery,-3.20,96.80\n2026-03-06,DINER ROMA,-46.00,50.80\n"
    brought = granted(await household.bring(data), 201)
    assert (brought["created"], brought["merged"], brought["replaced"]) == (0, 1, 1)
    granted(await household.ask("DELETE", f"/imports/{brought['id']}"), 204)
    assert (await household.got("/digest"))["digest"] == before["digest"]


async def test_an_import_whose_transactions_were_changed_since_is_not_undone(household: Household) -> None:
    brought = granted(await household.bring(CSV), 201)
    first = (await household.got("/transactions"))["data"][0]
    granted(await household.ask("PATCH", f"/transactions/{first['id']}", {"payee": "Someone"}))
    refused(await household.ask("DELETE", f"/imports/{brought['id']}"), 409, "change_superseded")


async def test_a_row_that_was_pending_is_posted_by_the_next_file(client: Client) -> None:
    home = await Household.founded(client)
    brought = granted(await home.bring(CSV), 201)
    row = (await rows_of(home, brought))[0]
    assert row["status"] == "cleared"
    pending = await home.record("-7.00", date="2026-03-03", payee="Kiosk", status="pending")
    posted = granted(await home.bring(b"Date;Amount;Payee\n2026-03-04;-7.00;KIOSK\n"), 201)
    assert (posted["created"], posted["replaced"]) == (0, 1)
    (kept,) = [each for each in (await home.got("/transactions"))["data"] if each["id"] == pending["id"]]
    assert kept["postings"][0]["status"] == "cleared"


async def test_what_was_written_into_rows_stays_when_the_file_is_read_again(household: Household) -> None:
    draft = await drafted(household, CSV)
    first, second, third = await rows_of(household, draft)
    path = f"/imports/{draft['id']}"
    written = {"payee": "Corner Shop", "category": "Expenses:Food:Groceries", "tags": ["treat"], "notes": "With Ada"}
    granted(await household.ask("PATCH", f"{path}/rows/{second['id']}", written))
    granted(await household.ask("PATCH", f"{path}/rows/{second['id']}", {"description": "Twice", "notes": None}))
    granted(await household.ask("PATCH", f"{path}/rows/{third['id']}", {"decision": "skip"}))
    granted(await household.ask("PATCH", path, {"answers": {"decimal_sign": "."}}))
    again = await rows_of(household, draft)
    told = ("payee", "category", "tags", "notes", "description", "decision")
    assert [again[1][name] for name in told] == ["Corner Shop", written["category"], ["treat"], None, "Twice", "new"]
    assert [again[0][name] for name in told] == [first[name] for name in told]
    assert again[2]["decision"] == "skip"
    # And once more: what was written is kept with the row that was staged anew.
    granted(await household.ask("PATCH", path, {"answers": {"decimal_sign": "."}}))
    assert (await rows_of(household, draft))[1]["payee"] == "Corner Shop"


async def labels_of(home: Household, brought: Any, **wanted: str) -> list[tuple[Any, ...]]:
    """The labels of an import's new rows."""
    page = await home.got(f"/imports/{brought['id']}/labels", params={"limit": "200", **wanted})
    return [tuple(label[name] for name in ("name", "rows", "use", "called", "chosen")) for label in page["data"]]


async def test_who_is_meant_by_payees_is_shown_and_can_be_said(household: Household) -> None:
    granted(await household.ask("POST", "/payees", {"name": "Corner Shop", "aliases": ["Employer"]}), 201)
    draft = await drafted(household, CSV)
    path = f"/imports/{draft['id']}/labels"
    assert await labels_of(household, draft) == [
        ("Shop", 2, "create", "Shop", False),
        ("Employer", 1, "existing", "Corner Shop", False),
    ]
    first = await household.got(path, params={"limit": "1"})
    rest = await household.got(path, params={"limit": "1", "cursor": first["next_cursor"]})
    assert [page["data"][0]["name"] for page in (first, rest)] == ["Shop", "Employer"]
    assert rest["next_cursor"] is None
    refused(await household.ask("GET", path, params={"cursor": first["next_cursor"][:-2]}), 400, "cursor_malformed")
    said = {
        "labels": [{"name": "Shop", "use": "existing", "called": "corner shop"}, {"name": "Employer", "use": "skip"}]
    }
    told = granted(await household.ask("PATCH", path, said))["labels"]
    assert [(label["called"], label["use"]) for label in told] == [("Corner Shop", "existing"), (None, "skip")]
    # It stays when the file is read again.
    granted(await household.ask("PATCH", f"/imports/{draft['id']}", {"answers": {"decimal_sign": "."}}))
    assert await labels_of(household, draft) == [
        ("Shop", 2, "existing", "Corner Shop", True),
        ("Employer", 1, "skip", None, True),
    ]
    granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    booked = (await household.got("/transactions"))["data"]
    assert [(each["payee"], each["payee_id"] is None) for each in booked] == [
        ("Employer", True),
        ("Corner Shop", False),
        ("Corner Shop", False),
    ]
    assert [payee["name"] for payee in (await household.got("/payees"))["data"]] == ["Corner Shop"]
    # The next file of that shape is taken so from the start.
    following = await drafted(household, CSV.replace(b"2026-03", b"2026-04"))
    assert (await labels_of(household, following))[0] == ("Shop", 2, "existing", "Corner Shop", True)


async def test_tags_are_made_by_another_name_found_or_left_out(household: Household) -> None:
    granted(await household.ask("POST", "/tags", {"name": "holiday"}), 201)
    draft = await drafted(household, b"Date,Amount,Payee,Tags\n2026-03-01,-1.50,Shop,trip fun odd\n")
    rows = await rows_of(household, draft)
    granted(
        await household.ask("PATCH", f"/imports/{draft['id']}/rows/{rows[0]['id']}", {"tags": ["fun", "odd", "trip"]})
    )
    said = [
        {"name": "trip", "use": "existing", "called": "Holiday"},
        {"name": "fun", "use": "create", "called": "joy"},
        {"name": "odd", "use": "skip"},
    ]
    granted(await household.ask("PATCH", f"/imports/{draft['id']}/labels", {"kind": "tag", "labels": said}))
    assert await labels_of(household, draft, kind="tag") == [
        ("fun", 1, "create", "joy", True),
        ("odd", 1, "skip", None, True),
        ("trip", 1, "existing", "holiday", True),
    ]
    granted(await household.ask("POST", f"/imports/{draft['id']}/commit"))
    (booked,) = (await household.got("/transactions"))["data"]
    assert sorted(tag["name"] for tag in booked["tags"]) == ["holiday", "joy"]


@pytest.mark.parametrize(
    ("label", "code", "pointer"),
    [
        ({"name": "Nobody", "use": "skip"}, "import_name_unknown", "/labels/0/name"),
        ({"name": "Shop", "use": "existing", "called": "Nobody"}, "import_meaning_unfit", "/labels/0/called"),
        ({"name": "Shop", "use": "existing"}, "import_meaning_unfit", "/labels/0/called"),
    ],
)
async def test_what_nobody_can_be_meant_by_is_refused(
    household: Household, label: dict[str, str], code: str, pointer: str
) -> None:
    draft = await drafted(household, CSV)
    answer = await household.ask("PATCH", f"/imports/{draft['id']}/labels", {"labels": [label]})
    fault = refused(answer, 422, code)
    assert fault["errors"][0]["pointer"] == pointer
