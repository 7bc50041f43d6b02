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
