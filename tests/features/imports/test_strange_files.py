"""A first file of a bank, or of another program: what it doesn't say is shown, assumed with a warning, or asked."""

from __future__ import annotations

import pytest
from tests.features.answers import granted, refused
from tests.household import Client, Household

MT940 = (
    ":20:ONE\n:25:{number}\n:28C:1/1\n:60F:C260301EUR100,00\n"
    ":61:2603020302D12,50NTRFNONREF//A1\n:86:Corner shop\n:62F:C260302EUR87,50\n-\n"
)
GIRO, SAVINGS = "DE02120300000000202051", "DE02500105170137075030"
TWO = (MT940.format(number=GIRO) + MT940.format(number=SAVINGS).replace("A1", "B1")).encode()
JOURNAL = b"2026-03-01 Corner shop\n    expenses:food   $12.50\n    assets:cash\n"
BARE = b"2026-03-01 Corner shop\n    expenses:food   12.50\n    assets:cash\n"


async def test_accounts_for_numbers_nobody_has_are_proposed_in_a_draft_and_opened_when_it_is_booked(
    household: Household,
) -> None:
    refused(await household.bring(TWO, account=None), 422, "account_unmatched")
    draft = granted(await household.bring(TWO, account=None, params={"commit": "false"}), 201)
    assert [(each["name"], each["use"], each["account"]) for each in draft["mapping"]] == [
        (GIRO, "create", "Assets:Checking 2051"),
        (SAVINGS, "create", "Assets:Checking 5030"),
    ]
    before = await household.got("/accounts")
    assert not any(each["number"] for each in before["data"])
    booked = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
    assert (booked["state"], booked["created"]) == ("committed", 2)
    held = {each["number"]: each["full_name"] for each in (await household.got("/accounts"))["data"] if each["number"]}
    assert held == {GIRO: "Assets:Checking 2051", SAVINGS: "Assets:Checking 5030"}
    again = granted(await household.bring(TWO, account=None), 201)
    assert (again["created"], again["duplicates"], again["mapping"]) == (0, 2, [])


async def test_what_a_number_means_is_remembered(household: Household) -> None:
    draft = granted(await household.bring(TWO, account=None, params={"commit": "false"}), 201)
    said = [{"name": GIRO, "use": "existing", "account": "Assets:Checking"}, {"name": SAVINGS, "use": "skip"}]
    changed = granted(await household.ask("PATCH", f"/imports/{draft['id']}", {"mapping": said}), 200)
    assert [each["account"] for each in changed["accounts"]] == ["Assets:Checking"]
    assert granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)["created"] == 1
    next_file = MT940.format(number=GIRO).replace("12,50", "8,00").replace("A1", "A2").replace("87,50", "92,00")
    brought = granted(await household.bring(next_file.encode(), account=None), 201)
    assert [(each["account"], each["counts"]["created"]) for each in brought["accounts"]] == [("Assets:Checking", 1)]


@pytest.mark.parametrize(("data", "currency"), [(BARE, "EUR"), (BARE, "CHF"), (JOURNAL, "USD"), (JOURNAL, "AUD")])
async def test_a_file_without_a_currency_is_taken_to_be_in_the_books_own(
    client: Client, data: bytes, currency: str
) -> None:
    home = await Household.founded(client, currency=currency)
    brought = granted(await home.bring(data, account=None), 201)
    (warning,) = brought["warnings"]
    assert warning.startswith("The file doesn't say which currency its amounts are in; " + currency)
    assert (await home.got("/transactions"))["data"][0]["postings"][0]["currency"] == currency


async def test_a_dollar_is_asked_about_where_the_book_keeps_none(household: Household) -> None:
    refused(await household.bring(JOURNAL, account=None), 422, "file_reading_unsure")
    draft = granted(await household.bring(JOURNAL, account=None, params={"commit": "false"}), 201)
    assert [each["name"] for each in draft["questions"]] == ["dollar"]
    said = {"answers": {"dollar": "NZD"}}
    granted(await household.ask("PATCH", f"/imports/{draft['id']}", said), 200)
    granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
    assert (await household.got("/transactions"))["data"][0]["postings"][0]["currency"] == "NZD"


async def test_a_persons_own_answer_comes_first(household: Household) -> None:
    brought = granted(await household.bring(BARE, account=None, form={"answers": '{"currency": "SEK"}'}), 201)
    assert brought["warnings"] == []
    assert (await household.got("/transactions"))["data"][0]["postings"][0]["currency"] == "SEK"


BROKER = b"""OFXHEADER:100

<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20260331<CURDEF>EUR<INVACCTFROM><BROKERID>1<ACCTID>777000
</INVACCTFROM><INVTRANLIST>
<BUYSTOCK><INVBUY><INVTRAN><FITID>B1<DTTRADE>20260302</INVTRAN><SECID><UNIQUEID>IE00B3RBWM25<UNIQUEIDTYPE>ISIN</SECID>
<UNITS>10.5<UNITPRICE>100.00<COMMISSION>4.90<TOTAL>-1054.90<SUBACCTSEC>CASH<SUBACCTFUND>CASH</INVBUY><BUYTYPE>BUY</BUYSTOCK>
<INVBANKTRAN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260301<TRNAMT>2000.00<FITID>C1<NAME>Paid in</STMTTRN>
<SUBACCTFUND>CASH</INVBANKTRAN>
</INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>
<SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO><SECID><UNIQUEID>IE00B3RBWM25<UNIQUEIDTYPE>ISIN</SECID>
<SECNAME>All World<TICKER>VWRL</SECINFO></STOCKINFO></SECLIST></SECLISTMSGSRSV1></OFX>
"""


async def test_what_a_broker_bought_is_held_and_not_spent(household: Household) -> None:
    draft = granted(await household.bring(BROKER, account=None, params={"commit": "false"}), 201)
    (meant,) = draft["mapping"]
    assert (meant["use"], meant["type"], meant["currency"]) == ("create", "investment", None)
    booked = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
    assert await household.balance(meant["account_id"]) == {"EUR": "945.10", "VWRL": "10.5"}
    bought = (await household.got("/transactions", params={"q": "date:2026-03-02"}))["data"][0]
    assert {each["account"] for each in bought["postings"]} == {meant["account"]}
    (units,) = (each for each in bought["postings"] if each["currency"] == "VWRL")
    assert (units["amount"], units["price"]) == ("10.5", {"amount": "100.00", "currency": "EUR"})
    again = granted(await household.bring(BROKER, account=None), 201)
    assert (again["created"], again["duplicates"]) == (0, 2)
    granted(await household.ask("DELETE", f"/imports/{booked['id']}"), 204)
    assert (await household.got("/transactions"))["data"] == []


async def test_what_is_bought_on_an_account_in_one_currency_is_not_spent_either(household: Household) -> None:
    granted(await household.bring(BROKER), 201)
    assert await household.balance(household.checking_id) == {"EUR": "945.10"}
    bought = (await household.got("/transactions", params={"q": "date:2026-03-02"}))["data"][0]
    assert [(each["account"], each["amount"]) for each in bought["postings"]] == [
        ("Assets:Checking", "-1054.90"),
        ("Equity:Trading", "1054.90"),
    ]


def held(*positions: tuple[str, str], day: str = "20260331") -> bytes:
    """The broker's statement with what it says is held: securities by their numbers, and how much of them."""
    told = "".join(
        f"<POSSTOCK><INVPOS><SECID><UNIQUEID>{number}<UNIQUEIDTYPE>ISIN</SECID><HELDINACCT>CASH<POSTYPE>LONG"
        f"<UNITS>{units}<UNITPRICE>101.00<MKTVAL>1.00<DTPRICEASOF>{day}</INVPOS></POSSTOCK>"
        for number, units in positions
    )
    return BROKER.replace(b"</INVTRANLIST>", f"</INVTRANLIST><INVPOSLIST>{told}</INVPOSLIST>".encode())


BROKERS = {"kind": "asset", "type": "investment", "name": "Broker", "number": "777000"}
WORLD, OTHER = "IE00B3RBWM25", "IE00BKM4GZ66"


async def test_what_a_broker_says_is_held_is_compared_with_the_book(household: Household) -> None:
    draft = granted(await household.bring(held((WORLD, "10.5")), account=None, params={"commit": "false"}), 201)
    booked = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
    for each in (draft, booked):
        assert not [warning for warning in each["warnings"] if "says that it held" in warning]
        (account,) = each["accounts"]
        assert account["statement"]["holdings"] == [
            {
                "security": "VWRL",
                "name": "All World",
                "date": "2026-03-31",
                "stated": "10.5",
                "held": "10.5",
                "difference": "0.0",
            }
        ]
    assert (await household.got(f"/imports/{draft['id']}"))["accounts"] == booked["accounts"]


async def test_holdings_that_differ_are_told_by_security_and_change_nothing(household: Household) -> None:
    granted(await household.ask("POST", "/accounts", BROKERS), 201)
    file = held((WORLD, "10.5"), (OTHER, "3"), (WORLD, "2"))
    draft = granted(await household.bring(file, account=None, params={"commit": "false"}), 201)
    booked = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
    told = [warning for warning in booked["warnings"] if "says that it held" in warning]
    assert told == [
        "Assets:Broker: the file says that it held 12.5 VWRL (All World) on 2026-03-31; the book has 10.5.",
        f"Assets:Broker: the file says that it held 3 {OTHER} on 2026-03-31; the book has 0.",
    ]
    assert draft["warnings"] == booked["warnings"]
    found = [(each["security"], each["difference"]) for each in booked["accounts"][0]["statement"]["holdings"]]
    assert found == [("VWRL", "2.0"), (OTHER, "3")]
    assert (await household.got("/currencies"))["data"][0]["code"] == "VWRL"
    assert await household.balance(booked["accounts"][0]["account_id"]) == {"EUR": "945.10", "VWRL": "10.5"}


async def test_many_holdings_that_differ_are_counted(household: Household) -> None:
    granted(await household.ask("POST", "/accounts", BROKERS), 201)
    file = held(*((f"IE00BKM4G{number:03}", "1") for number in range(15)))
    warnings = granted(await household.bring(file, account=None), 201)["warnings"]
    assert len([warning for warning in warnings if "says that it held" in warning]) == 10
    assert "Assets:Broker: 5 more securities aren't held here as the file says." in warnings


async def test_holdings_of_an_account_in_one_currency_are_not_compared(household: Household) -> None:
    booked = granted(await household.bring(held((WORLD, "10.5"))), 201)
    (holding,) = booked["accounts"][0]["statement"]["holdings"]
    assert (holding["stated"], holding["held"], holding["difference"]) == ("10.5", None, None)
    (warning,) = (each for each in booked["warnings"] if "isn't compared" in each)
    assert warning == (
        "Assets:Checking is kept in one currency and takes no securities: "
        "what the file says that it holds of VWRL isn't compared."
    )


async def test_a_statement_of_nothing_but_holdings_is_compared(household: Household) -> None:
    start, _, rest = held((WORLD, "4")).partition(b"<INVTRANLIST>")
    file = start + rest.partition(b"</INVTRANLIST>")[2]
    draft = granted(await household.bring(file, account=None, params={"commit": "false"}), 201)
    assert draft["accounts"][0]["statement"]["holdings"][0]["held"] == "0"


async def test_a_statement_without_rows_opens_the_account_that_it_is_of(household: Household) -> None:
    empty = b":20:ONE\n:25:DE02120300000000202051\n:28C:1/1\n:60F:C260301EUR100,00\n:62F:C260302EUR100,00\n-\n"
    drafts = [granted(await household.bring(empty, account=None, params={"commit": "false"}), 201) for _ in range(2)]
    for draft in drafts:
        booked = granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)
        assert booked["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "EUR"}
    (account,) = (each for each in (await household.got("/accounts"))["data"] if each["number"])
    assert await household.balance(account["id"]) == {"EUR": "100.00"}


APRIL = (
    MT940.replace("260302", "260402")
    .replace("0302D", "0402D")
    .replace("260301", "260401")
    .replace("A1", "A2")
    .replace("87,50", "75,00")
    .replace("100,00", "87,50")
)
QIF = "!Account\nNCash\nTCash\n^\n!Type:Cash\nD2026-0{month}-02\nT-12.50\nPShop\nLGifts\n^\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MT940.format(number=GIRO), APRIL.format(number=GIRO)),
        (APRIL.format(number=GIRO), APRIL.format(number=GIRO)),
        (QIF.format(month=3), QIF.format(month=4)),
    ],
)
async def test_drafts_that_open_the_same_accounts_are_booked_one_after_the_other(
    household: Household, first: str, second: str
) -> None:
    drafts = [
        granted(await household.bring(file.encode(), account=None, params={"commit": "false"}), 201)
        for file in (first, second)
    ]
    one, other = ([each["account_id"] for each in draft["mapping"]] for draft in drafts)
    assert one == other
    assert granted(await household.ask("POST", f"/imports/{drafts[0]['id']}/commit"), 200)["created"] == 1
    again = granted(await household.ask("POST", f"/imports/{drafts[1]['id']}/commit"), 200)
    assert (again["created"], again["duplicates"]) == ((0, 1) if first == second else (1, 0))
    held = {"EUR": "-25.00"} if first.startswith("!") else {"EUR": "75.00"}
    assert await household.balance(again["accounts"][0]["account_id"]) == held


async def test_other_accounts_that_drafts_open_stay_apart(household: Household) -> None:
    other = GIRO.replace("DE02", "DE99").replace("0300", "0301")  # their last figures are the same
    files = [MT940.format(number=GIRO), MT940.format(number=other)]
    drafts = [
        granted(await household.bring(file.encode(), account=None, params={"commit": "false"}), 201) for file in files
    ]
    granted(await household.ask("POST", f"/imports/{drafts[0]['id']}/commit"), 200)
    refused(await household.ask("POST", f"/imports/{drafts[1]['id']}/commit"), 409, "account_name_taken")
    said = {"mapping": [{"name": other, "use": "create", "account": "Assets:Second"}]}
    granted(await household.ask("PATCH", f"/imports/{drafts[1]['id']}", said), 200)
    granted(await household.ask("POST", f"/imports/{drafts[1]['id']}/commit"), 200)
    held = {each["full_name"] for each in (await household.got("/accounts"))["data"] if each["number"]}
    assert held == {"Assets:Checking 2051", "Assets:Second"}


async def test_a_draft_that_opens_an_account_is_booked_after_another_that_did_was_undone(household: Household) -> None:
    drafts = [
        granted(await household.bring(file.format(number=GIRO).encode(), account=None, params={"commit": "false"}), 201)
        for file in (MT940, APRIL)
    ]
    granted(await household.ask("POST", f"/imports/{drafts[0]['id']}/commit"), 200)
    granted(await household.ask("DELETE", f"/imports/{drafts[0]['id']}"), 204)
    assert granted(await household.ask("POST", f"/imports/{drafts[1]['id']}/commit"), 200)["created"] == 1


async def test_an_account_that_someone_opened_since_is_told(household: Household) -> None:
    file = MT940.format(number=GIRO).encode()
    draft = granted(await household.bring(file, account=None, params={"commit": "false"}), 201)
    opened = {"kind": "asset", "name": "Checking 2051", "type": "checking", "currency": "EUR"}
    granted(await household.ask("POST", "/accounts", opened), 201)
    refused(await household.ask("POST", f"/imports/{draft['id']}/commit"), 409, "account_name_taken")
    said = {"mapping": [{"name": GIRO, "use": "existing", "account": "Assets:Checking 2051"}]}
    granted(await household.ask("PATCH", f"/imports/{draft['id']}", said), 200)
    assert granted(await household.ask("POST", f"/imports/{draft['id']}/commit"), 200)["created"] == 1
