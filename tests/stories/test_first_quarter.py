"""The first quarter: Ada and Bob keep their household from January to March 2026, in euros and in francs.

Every figure at the end was reckoned by hand beforehand; the comments show the sums. What each of the two does is done
under a sign-in of their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.features.answers import granted, refused
from tests.features.attachments.samples import pdf
from tests.features.changes.mirror import Mirror
from tests.features.records.test_digest import digest_of, reckoned
from tests.features.transactions.test_restoring import findings
from tests.household import Client, Household, Person

JOINT, CARD, SAVINGS, CAR = "Assets:Joint", "Liabilities:Card", "Assets:Savings", "Assets:Car"
RENT, GROCERIES = "Expenses:Housing:Rent", "Expenses:Food:Groceries"
RESTAURANTS, CLOTHING = "Expenses:Food:Restaurants", "Expenses:Shopping:Clothing"
LISBON = "Lisbon 2026"
TRAVEL, HOLIDAYS, FEES = "Expenses:Transport:Travel", "Expenses:Leisure:Holidays", "Expenses:Fees"
SALARY, REFUNDS, INTEREST = "Income:Salary", "Income:Refunds", "Income:Interest"

CARD_NUMBER, SAVINGS_NUMBER = "4111 2222 3333 4444", "CH93 0076 2011 6238 5295 7"

JOINT_IN_FEBRUARY = (
    "Datum;Betrag;Empfänger;Verwendungszweck\n"
    "02.02.2026;-950,00;Hausverwaltung Schmidt;Miete Februar\n"
    "06.02.2026;-71,35;MARKTHALLE 0147 BERLIN;Kartenzahlung\n"
    "13.02.2026;-500,00;;Dauerauftrag Savings\n"
    "20.02.2026;-58,80;MARKTHALLE 0147 BERLIN;Kartenzahlung\n"
    "25.02.2026;-83,40;Kartenabrechnung;Januar\n"
    "27.02.2026;2800,00;Analytical Engines;Gehalt Ada\n"
    "27.02.2026;1900,00;Stadtwerke;Gehalt Bob\n"
).encode()
JOINT_IN_MARCH = (
    "Datum;Betrag;Empfänger;Verwendungszweck;Saldo\n"
    "02.03.2026;-950,00;Hausverwaltung Schmidt;Miete März;8022,25\n"
    "06.03.2026;-66,10;MARKTHALLE 0147 BERLIN;Kartenzahlung;7956,15\n"
    "10.03.2026;212,40;;Umtausch Savings;8168,55\n"
    "11.03.2026;118,00;Analytical Engines;Reisekosten Februar;8286,55\n"
    "16.03.2026;-310,00;HOTEL ALFAMA LISBOA;Kartenzahlung;7976,55\n"
    "24.03.2026;-248,60;Kartenabrechnung;Februar;7727,95\n"
    "27.03.2026;2800,00;Analytical Engines;Gehalt Ada;10527,95\n"
    "27.03.2026;1900,00;Stadtwerke;Gehalt Bob;12427,95\n"
).encode()


def ofx(number: str, currency: str, rows: Sequence[tuple[str, str, str]], *, balance: str, day: str) -> bytes:
    """A bank's file: rows of day, amount and words, and what the account held at the end of a day."""
    written = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{date}<TRNAMT>{amount}<FITID>{date}-{place}<NAME>{words}</STMTTRN>"
        for place, (date, amount, words) in enumerate(rows)
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\nCHARSET:NONE\n\n"
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}"
        f"<BANKACCTFROM><BANKID>1<ACCTID>{number.replace(' ', '')}<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST>{written}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>{day}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    ).encode()


CARD_IN_FEBRUARY = ofx(
    CARD_NUMBER,
    "EUR",
    [
        ("20260203", "-129.90", "Schuhhaus Blau"),
        ("20260212", "49.90", "Schuhhaus Blau"),
        ("20260216", "-50.60", "TRATTORIA ROMA BERLIN"),
        ("20260218", "-118.00", "Deutsche Bahn"),
        ("20260226", "83.40", "Zahlung erhalten"),
    ],
    balance="-248.60",
    day="20260228",
)
CARD_IN_MARCH = ofx(
    CARD_NUMBER,
    "EUR",
    [
        ("20260306", "-240.00", "TAP AIR PORTUGAL"),
        ("20260314", "-38.50", "CERVEJARIA RAMIRO"),
        ("20260325", "248.60", "Zahlung erhalten"),
    ],
    balance="-278.50",
    day="20260331",
)
SAVINGS_IN_FEBRUARY = ofx(
    SAVINGS_NUMBER, "CHF", [("20260216", "470.00", "Gutschrift aus EUR")], balance="1470.00", day="20260228"
)
SAVINGS_IN_MARCH = ofx(
    SAVINGS_NUMBER,
    "CHF",
    [("20260309", "-200.00", "Umtausch in EUR"), ("20260331", "1.75", "Zins")],
    balance="1271.75",
    day="20260331",
)


@dataclass
class Family:
    """The book as each of the two sees it, and its accounts."""

    ada: Household
    bob: Household
    joint: str
    card: str
    savings: str
    car: str

    async def brought(self, who: Household, data: bytes, account: str | None = None) -> Any:
        """What came of a bank's file that one of them handed in."""
        return granted(await who.bring(data, account=account), 201)

    async def one(self, **wanted: str) -> Any:
        """The one transaction that a filter finds."""
        (found,) = (await self.ada.got("/transactions", params=wanted))["data"]
        return found

    async def matches(self, kind: str, *, date_from: str, date_to: str) -> list[Any]:
        """What looks like one between two days."""
        read = await self.bob.got("/matches", params={"kind": kind, "date_from": date_from, "date_to": date_to})
        return list(read["data"])


def line_on(transaction: Any, account: str) -> Any:
    """The line of a transaction on an account."""
    (line,) = [posting for posting in transaction["postings"] if posting["account"] == account]
    return line


def written(balances: Any) -> dict[str, str]:
    """Balances by currency."""
    return {each["currency"]: each["amount"] for each in balances}


async def test_two_people_keep_their_household_for_a_quarter(client: Client, database_url: str) -> None:
    family = await they_open_their_books(client)
    await january_is_written_down_by_hand(family)
    await what_they_pay_regularly_gets_its_category(family)
    known_after_dinner = await bob_notes_a_dinner_before_the_card_knows_it(family)
    await a_file_goes_to_the_wrong_account_and_is_undone(family)
    await february_comes_from_the_banks(family)
    await the_dinner_is_what_the_card_posted(family)
    await what_left_one_account_and_came_to_another_is_one(family)
    await the_market_hall_has_one_name(family)
    await one_pair_of_shoes_went_back(family)
    await a_holiday_is_planned_in_march(family)
    await march_comes_from_the_banks(family)
    await what_was_noted_in_march_is_what_the_banks_posted(family)
    await the_hotel_is_split_and_its_bill_kept(family)
    await the_employer_pays_the_train_back(family)
    await the_holiday_has_one_tag(family)
    await the_car_has_lost_in_worth(family)
    await the_statements_are_reconciled(family)
    await a_forgotten_purchase_would_break_what_the_bank_says(family)
    await the_quarter_is_locked(family)

    await the_figures_are_those_reckoned_by_hand(family)
    await categories_are_told_before_and_after_what_came_back(family)
    await the_registers_run_as_the_banks_do(family)
    await what_was_known_earlier_is_known_still(family, known_after_dinner)
    await the_log_knows_who_did_what(family)
    await a_copy_of_the_book_is_the_book(family)
    assert await findings(database_url, family.ada.book_id) == []


async def they_open_their_books(client: Client) -> Family:
    """Ada founds the book with what they own and owe on New Year's Day; Bob may write in it."""
    first = await Person.registered(client, name="Ada", currency="EUR")
    ada = Household(first, first.book_id)
    second = await Person.registered(client, name="Bob")
    await ada.share(second, "editor")
    bob = Household(second, first.book_id)

    def opening(amount: str) -> dict[str, str]:
        return {"date": "2026-01-01", "amount": amount}

    joint = await ada.open_account("Joint", type="checking", currency="EUR", opening=opening("2400.00"))
    card = await ada.open_account("Card", "liability", type="credit_card", currency="EUR", number=CARD_NUMBER,
                                  credit_limit="2000.00", opening=opening("-150.00"))  # fmt: skip
    savings = await bob.open_account("Savings", type="savings", currency="CHF", number=SAVINGS_NUMBER,
                                     opening=opening("1000.00"))  # fmt: skip
    car = await bob.open_account("Car", type="property", currency="EUR", opening=opening("9000.00"))
    return Family(ada, bob, joint["id"], card["id"], savings["id"], car["id"])


async def january_is_written_down_by_hand(family: Family) -> None:
    """Rent, two shoppings, of which one is split, two salaries, and what the card was owed for December."""
    ada, bob = family.ada, family.bob
    await ada.record("-950.00", account=JOINT, date="2026-01-02", payee="Hausverwaltung Schmidt", category=RENT)
    await bob.record("-64.20", account=JOINT, date="2026-01-05", payee="Market Hall", category=GROCERIES)
    lines = [
        {"account": CARD, "amount": "-83.40"},
        {"account": GROCERIES, "amount": "51.90"},
        {"account": "Expenses:Shopping:Household", "amount": "24.50", "memo": "Light bulbs"},
        {"account": "Expenses:Health:Pharmacy"},
    ]
    split = await bob.made("/transactions", {"date": "2026-01-10", "payee": "Drugstore", "postings": lines})
    # 83.40 - 51.90 - 24.50 = 7.00
    assert line_on(split, "Expenses:Health:Pharmacy")["amount"] == "7.00"
    await ada.record("2800.00", account=JOINT, date="2026-01-28", payee="Analytical Engines", category=SALARY)
    await bob.record("1900.00", account=JOINT, date="2026-01-30", payee="Stadtwerke", category=SALARY)
    owed = {"date": "2026-01-31", "amount": "150.00", "from": JOINT, "to": CARD, "description": "December"}
    await ada.made("/transactions", owed)


async def what_they_pay_regularly_gets_its_category(family: Family) -> None:
    """From now on what the banks bring of these is categorised by itself."""
    payees = {payee["name"]: payee["id"] for payee in (await family.ada.got("/payees"))["data"]}
    for payee, category in (
        ("Hausverwaltung Schmidt", RENT),
        ("Market Hall", GROCERIES),
        ("Analytical Engines", SALARY),
        ("Stadtwerke", SALARY),
    ):
        granted(await family.ada.ask("PATCH", f"/payees/{payees[payee]}", {"default_category": category}))


async def bob_notes_a_dinner_before_the_card_knows_it(family: Family) -> int:
    """He knows what it was, but not yet the tip that the card will post. The end asks what the book knew then."""
    await family.bob.record("-46.00", account=CARD, date="2026-02-14", payee="Trattoria Roma", category=RESTAURANTS,
                            status="pending", description="Valentine's day")  # fmt: skip
    return await family.bob.revision()


async def a_file_goes_to_the_wrong_account_and_is_undone(family: Family) -> None:
    """A CSV file doesn't say whose it is. Bob gives the joint account's to the card, sees it, and takes it back."""
    before = await digest_of(family.bob)
    # -150.00 - 83.40 + 150.00 - 46.00 = -129.40
    assert await family.bob.balance(family.card, date="2026-02-28") == {"EUR": "-129.40"}
    brought = await family.brought(family.bob, JOINT_IN_FEBRUARY, CARD)
    assert brought["created"] == 7
    # -129.40 - 950.00 - 71.35 - 500.00 - 58.80 - 83.40 + 2800.00 + 1900.00 = 2907.05
    assert await family.bob.balance(family.card, date="2026-02-28") == {"EUR": "2907.05"}
    undone = granted(await family.bob.ask("POST", f"/changes/{await family.bob.revision()}/undo"))
    # The import, its 7 lines, their 7 transactions, and the 2 payees that nobody knew before.
    assert undone["deleted"] == 17
    assert await digest_of(family.bob) == before
    assert await family.bob.balance(family.card, date="2026-02-28") == {"EUR": "-129.40"}


async def february_comes_from_the_banks(family: Family) -> None:
    """Three files. The joint account's is handed in twice; the others find their accounts by number."""
    assert (await family.brought(family.bob, JOINT_IN_FEBRUARY, JOINT))["created"] == 7
    again = await family.brought(family.ada, JOINT_IN_FEBRUARY, JOINT)
    assert (again["created"], again["duplicates"]) == (0, 7)
    card = await family.brought(family.ada, CARD_IN_FEBRUARY)
    assert (card["accounts"][0]["account"], card["created"]) == (CARD, 5)
    # The dinner that is pending isn't the bank's yet.
    # Without it: -83.40 - 129.90 + 49.90 - 50.60 - 118.00 + 83.40 = -248.60
    assert card["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "EUR"}
    savings = await family.brought(family.ada, SAVINGS_IN_FEBRUARY)
    assert (savings["accounts"][0]["account"], savings["created"]) == (SAVINGS, 1)
    assert savings["accounts"][0]["statement"]["difference"] == {"amount": "0.00", "currency": "CHF"}

    # Rent and salaries are known by their payees.
    for payee, category in (("schmidt", RENT), ("engines", SALARY), ("stadtwerke", SALARY)):
        known = await family.one(payee=payee, date_from="2026-02-01")
        assert [line["account"] for line in known["postings"]] == [JOINT, category]
    train = await family.one(payee="deutsche bahn")
    granted(await family.ada.ask("PATCH", f"/transactions/{train['id']}", {"category": TRAVEL}))


async def the_dinner_is_what_the_card_posted(family: Family) -> None:
    """Pending and posted are proposed as one; what Bob said of it stays, the tip comes in."""
    (match,) = await family.matches("posted", date_from="2026-02-01", date_to="2026-02-28")
    assert [(side["payee"], side["amount"], side["status"]) for side in match["sides"]] == [
        ("Trattoria Roma", "-46.00", "pending"),
        ("TRATTORIA ROMA BERLIN", "-50.60", "cleared"),
    ]
    body = {"kind": "posted", "transaction_ids": match["transaction_ids"]}
    dinner = granted(await family.bob.ask("POST", "/matches/accept", body))
    assert (dinner["payee"], dinner["description"], dinner["status"]) == (
        "Trattoria Roma",
        "Valentine's day",
        "cleared",
    )
    assert line_on(dinner, RESTAURANTS)["amount"] == "50.60"
    assert (await family.brought(family.bob, CARD_IN_FEBRUARY))["created"] == 0


async def what_left_one_account_and_came_to_another_is_one(family: Family) -> None:
    """The card was paid, and francs were put by: each was imported twice, and is merged into one."""
    paid, put_by = await family.matches("transfer", date_from="2026-02-01", date_to="2026-02-28")
    assert [(side["account"], side["amount"]) for side in paid["sides"]] == [(JOINT, "-83.40"), (CARD, "83.40")]
    assert [(side["account"], side["amount"], side["currency"]) for side in put_by["sides"]] == [
        (JOINT, "-500.00", "EUR"),
        (SAVINGS, "470.00", "CHF"),
    ]
    for match in (paid, put_by):
        body = {"kind": "transfer", "transaction_ids": match["transaction_ids"]}
        granted(await family.ada.ask("POST", "/matches/accept", body))
    exchange = await family.one(account=SAVINGS, date_from="2026-02-01", date_to="2026-02-28", generated="true")
    assert [(line["account"], line["amount"], line["currency"]) for line in exchange["postings"]] == [
        (JOINT, "-500.00", "EUR"),
        (SAVINGS, "470.00", "CHF"),
        ("Equity:Trading", "-470.00", "CHF"),
        ("Equity:Trading", "500.00", "EUR"),
    ]
    assert await family.matches("transfer", date_from="2026-02-01", date_to="2026-02-28") == []
    for data, account in ((JOINT_IN_FEBRUARY, JOINT), (SAVINGS_IN_FEBRUARY, SAVINGS)):
        assert (await family.brought(family.ada, data, account))["created"] == 0


async def the_market_hall_has_one_name(family: Family) -> None:
    """The bank writes it otherwise. Its payee is merged into the right one; what it brought gets its category."""
    payees = {payee["name"]: payee["id"] for payee in (await family.bob.got("/payees"))["data"]}
    of_bank = "MARKTHALLE 0147 BERLIN"
    merged = granted(await family.bob.ask("POST", f"/payees/{payees[of_bank]}/merge", {"into": payees["Market Hall"]}))
    assert (merged["name"], merged["aliases"]) == ("Market Hall", [of_bank])
    shopped = (await family.bob.got("/transactions", params={"payee_id": merged["id"], "date_from": "2026-02-01"}))[
        "data"
    ]
    assert [(each["payee"], each["payee_as_written"]) for each in shopped] == [("Market Hall", of_bank)] * 2

    # All that has no category yet is more than the groceries: the shoes are among it. That is undone.
    before = await digest_of(family.bob)
    hasty = {"filter": {"category": "Expenses:Uncategorised"}, "changes": {"category": GROCERIES}}
    assert granted(await family.bob.ask("PATCH", "/transactions/bulk", hasty))["changed"] == 3
    granted(await family.bob.ask("POST", f"/changes/{await family.bob.revision()}/undo"))
    assert await digest_of(family.bob) == before
    of_hall = {"payee_id": merged["id"], "date_from": "2026-02-01"}
    right = {"filter": of_hall, "changes": {"category": GROCERIES}, "expected_count": 2}
    assert granted(await family.bob.ask("PATCH", "/transactions/bulk", right))["changed"] == 2


async def one_pair_of_shoes_went_back(family: Family) -> None:
    """Two pairs were bought, one was brought back: it is less clothing, and linked to what was spent."""
    back, spent = (await family.ada.got("/transactions", params={"payee": "schuhhaus"}))["data"]
    for each in (spent, back):
        granted(await family.ada.ask("PATCH", f"/transactions/{each['id']}", {"category": CLOTHING}))
    ends = {"from_posting_id": spent["postings"][1]["id"], "to_posting_id": back["postings"][1]["id"]}
    link = await family.ada.made("/links", {"kind": "refund", **ends, "note": "The brown pair"})
    assert (link["amount"], link["currency"]) == ("49.90", "EUR")


async def a_holiday_is_planned_in_march(family: Family) -> None:
    """Ada books flights by card, Bob changes francs: both are noted before the banks post them."""
    await family.ada.record("-240.00", account=CARD, date="2026-03-05", payee="TAP", category=HOLIDAYS,
                            status="pending", description="Flights to Lisbon", tags=[LISBON, "holiday"],
                            notes="Out on the 12th, 7:40\nBack on the 18th, 21:05")  # fmt: skip
    exchange = {
        "date": "2026-03-09",
        "amount": "200.00",
        "from": SAVINGS,
        "to": JOINT,
        "to_amount": "212.40",
        "status": "pending",
        "description": "For the holiday",
    }
    await family.bob.made("/transactions", exchange)


async def march_comes_from_the_banks(family: Family) -> None:
    """What the banks bring is categorised by payees, under whatever name; what each account holds is what each says."""
    for data, account, created, replaced in (
        (JOINT_IN_MARCH, JOINT, 8, 0),
        (CARD_IN_MARCH, CARD, 2, 1),  # the flights, which were pending
        (SAVINGS_IN_MARCH, SAVINGS, 2, 0),
    ):
        brought = await family.brought(family.bob, data, account)
        assert (brought["created"], brought["replaced"]) == (created, replaced)
        assert brought["accounts"][0]["statement"]["difference"]["amount"] == "0.00"
    shopped = await family.one(payee="market hall", date_from="2026-03-01")
    assert (shopped["payee"], shopped["payee_as_written"]) == ("Market Hall", "MARKTHALLE 0147 BERLIN")
    assert [line["account"] for line in shopped["postings"]] == [JOINT, GROCERIES]
    interest = await family.one(account=SAVINGS, date_from="2026-03-31")
    granted(await family.bob.ask("PATCH", f"/transactions/{interest['id']}", {"category": INTEREST}))
    lunch = await family.one(payee="ramiro")
    told = {"category": HOLIDAYS, "tags": ["Lissabon", "Holiday"]}
    granted(await family.bob.ask("PATCH", f"/transactions/{lunch['id']}", told))


async def what_was_noted_in_march_is_what_the_banks_posted(family: Family) -> None:
    """The exchange that two banks posted; then the card's bill, which went from one to the other."""
    march = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    accepted = []
    while proposed := await family.matches("posted", **march):
        body = {"kind": "posted", "transaction_ids": proposed[0]["transaction_ids"]}
        accepted.append(granted(await family.bob.ask("POST", "/matches/accept", body))["description"])
    assert accepted == ["For the holiday", "For the holiday"]
    (paid,) = await family.matches("transfer", **march)
    body = {"kind": "transfer", "transaction_ids": paid["transaction_ids"]}
    granted(await family.ada.ask("POST", "/matches/accept", body))
    exchange = await family.one(q='"for the holiday"')
    assert [(line["account"], line["amount"], line["status"]) for line in exchange["postings"]] == [
        (SAVINGS, "-200.00", "cleared"),
        (JOINT, "212.40", "cleared"),
    ]
    # The bank of the savings account was the first.
    assert (exchange["date"], exchange["value_date"]) == ("2026-03-09", "2026-03-10")


async def the_hotel_is_split_and_its_bill_kept(family: Family) -> None:
    """The night, and the city's tax on it; and the bill as a file."""
    hotel = await family.one(payee="alfama")
    lines = [
        {"id": hotel["postings"][0]["id"], "account": JOINT, "amount": "-310.00"},
        {"id": hotel["postings"][1]["id"], "account": HOLIDAYS, "amount": "280.00"},
        {"account": FEES, "amount": "30.00", "memo": "City tax"},
    ]
    told = {"postings": lines, "tags": [LISBON, "holiday"], "notes": "Room 14.\nAsk for the one with the balcony."}
    granted(await family.ada.ask("PATCH", f"/transactions/{hotel['id']}", told))
    bill = granted(await family.ada.attach(f"/transactions/{hotel['id']}", pdf("Hotel Alfama"), "hotel.pdf"), 201)
    content = await family.bob.ask("GET", f"/attachments/{bill['id']}/content")
    assert content.content == pdf("Hotel Alfama")


async def the_employer_pays_the_train_back(family: Family) -> None:
    """It came as if it were salary; it is what the journey in February cost, and linked to it."""
    train = await family.one(payee="deutsche bahn")
    back = await family.one(payee="engines", date_from="2026-03-11", date_to="2026-03-11")
    changed = granted(await family.ada.ask("PATCH", f"/transactions/{back['id']}", {"category": REFUNDS}))
    ends = {"from_posting_id": line_on(train, TRAVEL)["id"], "to_posting_id": line_on(changed, REFUNDS)["id"]}
    link = await family.ada.made("/links", {"kind": "reimbursement", **ends})
    assert link["amount"] == "118.00"


async def the_holiday_has_one_tag(family: Family) -> None:
    """Bob wrote it in German; now all three purchases bear Ada's tag, and are found by it and by what she noted."""
    tags = {tag["name"]: tag for tag in (await family.ada.got("/tags"))["data"]}
    assert {name: tag["uses"] for name, tag in tags.items()} == {"holiday": 3, LISBON: 2, "Lissabon": 1}
    merging = {"into": tags[LISBON]["id"]}
    granted(await family.ada.ask("POST", f"/tags/{tags['Lissabon']['id']}/merge", merging))
    bearing = (await family.bob.got("/transactions", params={"tag": [LISBON, "holiday"], "sort": "-amount"}))["data"]
    assert [each["payee"] for each in bearing] == ["HOTEL ALFAMA LISBOA", "TAP", "CERVEJARIA RAMIRO"]
    # 310.00 + 240.00 + 38.50 = 588.50
    assert sum(Decimal(each["postings"][0]["amount"]) for each in bearing) == Decimal("-588.50")
    flights = await family.one(q='tag:holiday notes:"back on the 18th"')
    assert (flights["status"], flights["date"]) == ("cleared", "2026-03-06")


async def the_car_has_lost_in_worth(family: Family) -> None:
    """What others pay for such a car is 8,700.00 by the end of March."""
    body = {"date": "2026-03-31", "amount": "8700.00", "note": "What others ask for one"}
    await family.bob.made(f"/accounts/{family.car}/valuations", body)


async def the_statements_are_reconciled(family: Family) -> None:
    """Ada takes all of the joint account's; Bob ticks what he finds on the card's. The banks' files stated more."""
    joint = {"date": "2026-03-31", "balance": "12427.95", "automatic": True}
    reconciled = await family.ada.made(f"/accounts/{family.joint}/reconciliations", joint)
    # The opening balance, 5 lines of January, 7 of February, 8 of March.
    assert (reconciled["postings"], reconciled["left_out"]) == (21, [])
    on_card = (await family.bob.got("/transactions", params={"account": CARD, "date_to": "2026-03-31"}))["data"]
    card = {"date": "2026-03-31", "balance": "-278.50", "transactions": [each["id"] for each in on_card]}
    reconciled = await family.bob.made(f"/accounts/{family.card}/reconciliations", card)
    # The opening balance, the drugstore, December's bill; 5 lines of February, 3 of March.
    assert (reconciled["postings"], reconciled["left_out"]) == (11, [])
    assert await the_checkpoints(family) == [
        (JOINT, "2026-03-31", "12427.95", "holds", "0.00"),
        (SAVINGS, "2026-03-31", "1271.75", "holds", "0.00"),
        (CARD, "2026-03-31", "-278.50", "holds", "0.00"),
        (JOINT, "2026-03-27", "12427.95", "holds", "0.00"),
        (SAVINGS, "2026-02-28", "1470.00", "holds", "0.00"),
        (CARD, "2026-02-28", "-248.60", "holds", "0.00"),
    ]


async def the_checkpoints(family: Family) -> list[tuple[str, str, str, str, str]]:
    """What is stated that accounts held: the last day first."""
    names = {family.joint: JOINT, family.card: CARD, family.savings: SAVINGS}
    return [
        (names[each["account_id"]], each["date"], each["amount"], each["state"], each["difference"])
        for each in (await family.bob.got("/checkpoints"))["data"]
    ]


async def a_forgotten_purchase_would_break_what_the_bank_says(family: Family) -> None:
    """Bob finds a receipt of January that no bank knows of. The book flags it; then Ada has it refuse such things."""
    before = await the_checkpoints(family)
    forgotten = {"date": "2026-01-20", "amount": "-18.00", "account": JOINT, "payee": "Flea market"}
    made = await family.bob.made("/transactions", forgotten)
    broken = (await family.bob.got("/checkpoints", params={"broken": "true"}))["data"]
    # 12427.95 - (12427.95 - 18.00) = 18.00
    assert [(each["date"], each["difference"]) for each in broken] == [
        ("2026-03-31", "18.00"),
        ("2026-03-27", "18.00"),
    ]
    suspects = (await family.ada.got(f"/checkpoints/{broken[0]['id']}/suspects"))["data"]
    assert [(each["transaction_id"], each["amount"]) for each in suspects] == [(made["id"], "-18.00")]
    granted(await family.bob.ask("POST", f"/changes/{made['revision']}/undo"))
    assert await the_checkpoints(family) == before

    refusing = {"checkpoint_policy": "refuse"}
    refused(await family.bob.ask("PATCH", "", refusing), 403, "permission_missing")
    granted(await family.ada.ask("PATCH", "", refusing))
    told = refused(await family.bob.ask("POST", "/transactions", forgotten), 409, "checkpoint_broken")["detail"]
    assert "Assets:Joint held 12427.95 EUR at the end of 2026-03-27; it would be 18.00 EUR less." in told
    rent = await family.one(category=RENT, date_to="2026-01-31")
    change = {"amount": "-905.00"}
    refused(await family.bob.ask("PATCH", f"/transactions/{rent['id']}", change), 409, "posting_reconciled")


async def the_quarter_is_locked(family: Family) -> None:
    """Ada locks it; Bob may not, and what is dated in it stays as it is."""
    lock = {"locked_until": "2026-03-31"}
    refused(await family.bob.ask("PATCH", "", lock), 403, "permission_missing")
    granted(await family.ada.ask("PATCH", "", lock))
    late = {"date": "2026-03-31", "amount": "-1.00", "account": JOINT}
    refused(await family.bob.ask("POST", "/transactions", late), 409, "period_locked")
    lunch = await family.one(payee="ramiro")
    refused(await family.ada.ask("DELETE", f"/transactions/{lunch['id']}"), 409, "period_locked")
    # What the locked quarter has already may be in a file that reaches into April.
    again = await family.brought(family.bob, JOINT_IN_MARCH, JOINT)
    assert (again["created"], again["duplicates"]) == (0, 8)


async def the_figures_are_those_reckoned_by_hand(family: Family) -> None:
    """What each account holds at the end of each month, and what all of them add up to."""
    held = {
        # 2400.00 - 950.00 - 64.20 + 2800.00 + 1900.00 - 150.00 = 5935.80
        # 5935.80 - 950.00 - 71.35 - 500.00 - 58.80 - 83.40 + 2800.00 + 1900.00 = 8972.25
        # 8972.25 - 950.00 - 66.10 + 212.40 + 118.00 - 310.00 - 248.60 + 2800.00 + 1900.00 = 12427.95
        family.joint: [{"EUR": "5935.80"}, {"EUR": "8972.25"}, {"EUR": "12427.95"}],
        # -150.00 - 83.40 + 150.00 = -83.40
        # -83.40 - 129.90 + 49.90 - 50.60 - 118.00 + 83.40 = -248.60
        # -248.60 - 240.00 - 38.50 + 248.60 = -278.50
        family.card: [{"EUR": "-83.40"}, {"EUR": "-248.60"}, {"EUR": "-278.50"}],
        # 1000.00 + 470.00 = 1470.00; 1470.00 - 200.00 + 1.75 = 1271.75
        family.savings: [{"CHF": "1000.00"}, {"CHF": "1470.00"}, {"CHF": "1271.75"}],
        family.car: [{"EUR": "9000.00"}, {"EUR": "9000.00"}, {"EUR": "8700.00"}],
    }
    for account, months in held.items():
        for day, expected in zip(("2026-01-31", "2026-02-28", "2026-03-31"), months, strict=True):
            assert await family.bob.balance(account, date=day) == expected
    report = await family.ada.got("/reports/trial-balance", params={"date": "2026-03-31"})
    assert {line["account"]: written(line["balances"]) for line in report["data"]} == {
        JOINT: {"EUR": "12427.95"},
        SAVINGS: {"CHF": "1271.75"},
        CAR: {"EUR": "8700.00"},
        CARD: {"EUR": "-278.50"},
        # 2400.00 - 150.00 + 9000.00 = 11250.00
        "Equity:Opening Balances": {"EUR": "-11250.00", "CHF": "-1000.00"},
        "Equity:Revaluation": {"EUR": "300.00"},
        # 500.00 - 212.40 = 287.60 euros given for -470.00 + 200.00 = -270.00 francs
        "Equity:Trading": {"EUR": "287.60", "CHF": "-270.00"},
        # 3 * (2800.00 + 1900.00) = 14100.00
        SALARY: {"EUR": "-14100.00"},
        REFUNDS: {"EUR": "-118.00"},
        INTEREST: {"CHF": "-1.75"},
        RENT: {"EUR": "2850.00"},
        # 64.20 + 51.90 + 71.35 + 58.80 + 66.10 = 312.35
        GROCERIES: {"EUR": "312.35"},
        RESTAURANTS: {"EUR": "50.60"},
        "Expenses:Shopping:Household": {"EUR": "24.50"},
        "Expenses:Health:Pharmacy": {"EUR": "7.00"},
        # 129.90 - 49.90 = 80.00
        CLOTHING: {"EUR": "80.00"},
        TRAVEL: {"EUR": "118.00"},
        # 240.00 + 38.50 + 280.00 = 558.50
        HOLIDAYS: {"EUR": "558.50"},
        FEES: {"EUR": "30.00"},
    }
    assert written(report["totals"]) == {"EUR": "0.00", "CHF": "0.00"}
    # 2000.00 - 278.50 = 1721.50
    card = await family.bob.got(f"/accounts/{family.card}/balance", params={"date": "2026-03-31"})
    assert card["available"] == {"amount": "1721.50", "currency": "EUR"}


async def categories_are_told_before_and_after_what_came_back(family: Family) -> None:
    """What was spent on a category, and what of it was left when links say what came back."""
    links = (await family.bob.got("/links"))["data"]
    came_back: defaultdict[str, Decimal] = defaultdict(Decimal)
    for link in links:
        came_back[link["from_posting_id"]] += Decimal(link["amount"])
    figures = {}
    for category in (CLOTHING, TRAVEL, GROCERIES):
        listed = (await family.bob.got("/transactions", params={"category": category, "limit": 200}))["data"]
        lines = [posting for each in listed for posting in each["postings"] if posting["account"] == category]
        spent = [line for line in lines if Decimal(line["amount"]) > 0]
        gross = sum((Decimal(line["amount"]) for line in spent), Decimal(0))
        net = gross - sum((came_back[line["id"]] for line in spent), Decimal(0))
        figures[category] = (f"{gross:f}", f"{net:f}")
    assert figures == {
        CLOTHING: ("129.90", "80.00"),  # 129.90 - 49.90 = 80.00
        TRAVEL: ("118.00", "0.00"),  # 118.00 - 118.00 = 0.00
        GROCERIES: ("312.35", "312.35"),
    }


async def the_registers_run_as_the_banks_do(family: Family) -> None:
    """The joint account in March: after each line it held what the bank's file says."""
    wanted = {"date_from": "2026-03-01", "date_to": "2026-03-31", "limit": 200}
    register = await family.ada.got(f"/accounts/{family.joint}/register", params=wanted)
    run = [
        (line["transaction"]["date"], line["amounts"][0]["amount"], line["balances"][0]["amount"])
        for line in register["data"]
    ]
    assert run[::-1] == [
        ("2026-03-02", "-950.00", "8022.25"),  # 8972.25 - 950.00
        ("2026-03-06", "-66.10", "7956.15"),
        ("2026-03-09", "212.40", "8168.55"),  # and the joint account's bank has it on the 10th
        ("2026-03-11", "118.00", "8286.55"),
        ("2026-03-16", "-310.00", "7976.55"),
        ("2026-03-24", "-248.60", "7727.95"),
        ("2026-03-27", "2800.00", "10527.95"),
        ("2026-03-27", "1900.00", "12427.95"),
    ]


async def what_was_known_earlier_is_known_still(family: Family, known_after_dinner: int) -> None:
    """On Valentine's day they knew of no shoes, and of no tip."""
    then = {"date": "2026-02-28", "known_at": str(known_after_dinner)}
    # -83.40 - 46.00 = -129.40
    assert await family.ada.balance(family.card, **then) == {"EUR": "-129.40"}
    assert await family.ada.balance(family.joint, **then) == {"EUR": "5935.80"}
    assert await family.ada.balance(family.savings, **then) == {"CHF": "1000.00"}


async def the_log_knows_who_did_what(family: Family) -> None:
    """Every write stands in it under the one who made it."""
    feed = (await family.ada.got("/changes", params={"limit": 200}))["data"]
    assert [change["revision"] for change in feed] == list(range(1, await family.ada.revision() + 1))
    by: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for change in feed:
        by[change["actor_id"]][change["operation"]] += 1
    assert by.keys() == {family.ada.person.id, family.bob.person.id}
    ada, bob = by[family.ada.person.id], by[family.bob.person.id]
    assert (ada["invite"], bob["accept_invitation"]) == (1, 1)
    assert (ada["undo_change"], bob["undo_change"]) == (0, 3)
    assert (ada["create_link"], bob["create_link"]) == (2, 0)
    assert (ada["update_book"], bob["create_valuation"]) == (2, 1)
    assert (ada["reconcile_account"], bob["reconcile_account"]) == (1, 1)
    assert (ada["create_import"], bob["create_import"]) == (2, 5)


async def a_copy_of_the_book_is_the_book(family: Family) -> None:
    """Who follows the book from its beginning holds what it holds."""
    mirror = Mirror(family.bob, limit=50)
    await mirror.catch_up()
    assert reckoned(mirror.records) == await digest_of(family.bob)
