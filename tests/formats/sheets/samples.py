"""Files in the shapes of the world's banks and programs, written for these tests with made-up people and figures.

Each says by hand what a person would read in it: the rows of the account in bank order, as ``day amount``, with what
matters about the row behind it: its payee after ``|``, and ``pending`` where the bank only announces it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """A file and what is in it. ``asks`` names the questions that a person would have to ask, too."""

    name: str
    text: str
    rows: str
    currency: str | None = None
    closing: str | None = None
    number: str | None = None
    encoding: str = "utf-8"
    statements: int = 1
    asks: tuple[str, ...] = ()
    is_open: bool = False
    """Whether no person could tell from the file alone."""
    answers: dict[str, str] = field(default_factory=dict)
    """What a person answers to get the rows."""

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.text.encode(self.encoding)


NORTH_AMERICA = [
    Sample(
        "Chase card",
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "02/27/2025,02/28/2025,WHOLEFDS HAR 10,Groceries,Sale,-54.10,\n"
        "02/20/2025,02/20/2025,Payment Thank You-Mobile,,Payment,812.33,\n"
        "02/14/2025,02/16/2025,UNITED 0162,Travel,Return,120.00,\n",
        "2025-02-16 120.00\n2025-02-20 812.33\n2025-02-28 -54.10",
    ),
    Sample(
        "Bank of America card",
        "Posted Date,Reference Number,Payee,Address,Amount\n"
        '03/18/2025,24011345077000012345678,"TRADER JOE S #511 SEATTLE WA","SEATTLE       WA ",-43.91\n'
        '03/12/2025,24011345071000087654321,"PAYMENT - THANK YOU","",250.00\n',
        "2025-03-12 250.00 | PAYMENT - THANK YOU\n2025-03-18 -43.91 | TRADER JOE S #511 SEATTLE WA",
    ),
    Sample(
        "American Express, charges positive",
        "Date,Description,Card Member,Account #,Amount,Extended Details,Appears On Your Statement As,Address,City/State,"
        "Zip Code,Country,Reference,Category\n"
        "01/24/2025,STARBUCKS,ANN LEE,-31005,6.45,,STARBUCKS STORE,,,,,'320250240012345678',Restaurant\n"
        "01/19/2025,ONLINE PAYMENT - THANK YOU,ANN LEE,-31005,-300.00,,,,,,,'320250190087654321',\n"
        "01/15/2025,DELTA AIR LINES,ANN LEE,-31005,410.20,,DELTA AIR LINES,,,,,'320250150011223344',Travel\n",
        "2025-01-15 -410.20\n2025-01-19 300.00\n2025-01-24 -6.45",
    ),
    Sample(
        "American Express, short, one payment",
        "Date,Description,Amount\n05/28/2025,AMAZON MARKETPLACE,23.99\n05/21/2025,SHELL OIL,40.00\n"
        "05/17/2025,AUTOPAY PAYMENT - THANK YOU,-1200.50\n05/02/2025,NETFLIX.COM,15.49\n",
        "2025-05-02 -15.49\n2025-05-17 1200.50\n2025-05-21 -40.00\n2025-05-28 -23.99",
    ),
    Sample(
        "Discover, charges positive",
        "Trans. Date,Post Date,Description,Amount,Category\n"
        '04/16/2025,04/17/2025,"KROGER #113",88.12,"Supermarkets"\n'
        '04/20/2025,04/20/2025,"INTERNET PAYMENT - THANK YOU",-150.00,"Payments and Credits"\n',
        "2025-04-17 -88.12\n2025-04-20 150.00",
    ),
    Sample(
        "Citi card, debit and credit apart",
        "Status,Date,Description,Debit,Credit,Member Name\n"
        'Cleared,06/21/2025,"COSTCO WHSE #0006",212.40,,ANN LEE\n'
        'Cleared,06/15/2025,"ONLINE PAYMENT, THANK YOU",,-500.00,ANN LEE\n',
        "2025-06-15 500.00\n2025-06-21 -212.40",
    ),
    Sample(
        "Capital One 360, a type word and unsigned amounts",
        "Account Number,Transaction Description,Transaction Date,Transaction Type,Transaction Amount,Balance\n"
        "4321,Withdrawal to LANDLORD,07/25/25,Debit,1500,2200.1\n"
        "4321,Deposit from EMPLOYER,07/15/25,Credit,3000.1,3700.1\n",
        "2025-07-15 3000.1\n2025-07-25 -1500",
        closing="2200.1",
    ),
    Sample(
        "US Bank",
        '"Date","Transaction","Name","Memo","Amount"\n'
        '"2025-01-31","DEBIT","WEB AUTHORIZED PMT CITY LIGHT","Download from usbank.com.","-83.20"\n'
        '"2025-01-30","CREDIT","ELECTRONIC DEPOSIT ACME","Download from usbank.com.","2150.00"\n',
        "2025-01-30 2150.00 | ELECTRONIC DEPOSIT ACME\n2025-01-31 -83.20 | WEB AUTHORIZED PMT CITY LIGHT",
    ),
    Sample(
        "Charles Schwab bank, withdrawals and deposits in dollars",
        '"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
        '"02/28/2025","Posted","INTADJUST","","Interest Paid","","$0.55","$1,000.30"\n'
        '"02/18/2025","Posted","VISA","","CORNER DELI","$20.25","","$999.75"\n',
        "2025-02-18 -20.25\n2025-02-28 0.55",
        closing="1000.30",
    ),
    Sample(
        "Ally",
        "Date, Time, Amount, Type, Description\n"
        "2025-03-14, 05:10:00, -60.00, Withdrawal, ATM 5TH AVE\n2025-03-13, 06:12:11, 1200.00, Deposit, PAYROLL\n",
        "2025-03-13 1200.00\n2025-03-14 -60.00",
    ),
    Sample(
        "Venmo: a title, an opening and a closing row, signs with a space before the dollar",
        "Account Statement - (@Ann-Lee) ,,,,,,,,,,,,,\nAccount Activity,,,,,,,,,,,,,\n"
        ",ID,Datetime,Type,Status,Note,From,To,Amount (total),Amount (tip),Amount (fee),Funding Source,Destination,"
        "Beginning Balance\n"
        ",,,,,,,,,,,,,$25.00\n"
        ",4100000000000000001,2025-01-14T18:03:33,Payment,Complete,pizza,Ann Lee,Bob Roy,- $12.00,,0,Venmo balance,,\n"
        ",4100000000000000002,2025-01-20T09:30:01,Payment,Complete,rent,Cy Fox,Ann Lee,+ $400.00,,0,,Venmo balance,\n",
        "2025-01-14 -12.00 | Bob Roy\n2025-01-20 400.00 | Cy Fox",
    ),
    Sample(
        "Apple Card, charges positive",
        "Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD),Purchased By\n"
        "08/29/2025,08/30/2025,LYFT RIDE,Lyft,Transportation,Purchase,18.20,Ann Lee\n"
        "08/22/2025,08/22/2025,ACH DEPOSIT INTERNET TRANSFER,Ach Deposit,Payment,Payment,-200.00,Ann Lee\n",
        "2025-08-22 200.00 | Ach Deposit\n2025-08-30 -18.20 | Lyft",
        currency="USD",
    ),
    Sample(
        "PNC: no balance, withdrawals and deposits in dollars with commas",
        "Date,Description,Withdrawals,Deposits,Category,Balance\n"
        '09/19/2025,"RENT","$1,450.00",,Home,"$2,550.00"\n09/15/2025,"PAYROLL",,"$4,000.00",Paychecks,"$4,000.00"\n',
        "2025-09-15 4000.00\n2025-09-19 -1450.00",
        closing="2550.00",
    ),
    Sample(
        "RBC: two currencies in two amount columns",
        '"Account Type","Account Number","Transaction Date","Cheque Number","Description 1","Description 2","CAD$","USD$"\n'
        'Chequing,01234-5678901,1/15/2025,,"MISC PAYMENT","HYDRO ONE",-84.00,,\n'
        'Chequing,01234-5678901,1/31/2025,,"PAYROLL DEPOSIT","ACME",2100.50,,\n',
        "2025-01-15 -84.00\n2025-01-31 2100.50",
        currency="CAD",
    ),
    Sample(
        "TD Canada card: no header, money out and in, a balance owed that grows with charges",
        "01/28/2025,TIM HORTONS #42,4.75,,504.75\n01/22/2025,LOBLAWS,100.00,,500.00\n"
        "01/17/2025,PAYMENT - THANK YOU,,250.00,400.00\n01/10/2025,AIR CANADA,325.00,,650.00\n",
        "2025-01-10 -325.00\n2025-01-17 250.00\n2025-01-22 -100.00\n2025-01-28 -4.75",
    ),
    Sample(
        "BMO: words above, a card number with quotes, compact dates",
        "Following data is valid as of 20250131151500 (Year/Month/Day/Hour/Minute/Second)\n\n\n"
        "First Bank Card,Transaction Type,Date Posted, Transaction Amount,Description\n\n"
        "'500766*********',DEBIT,20250129,-14.25,[PR]SHOPPERS DRUG MART\n"
        "'500766*********',CREDIT,20250115,1500.0,[DN]ACME PAY\n",
        "2025-01-15 1500.0\n2025-01-29 -14.25",
    ),
    Sample(
        "Scotiabank, new: a filter, a status and a type",
        "Filter,Date,Description,Sub-description,Status,Type of Transaction,Amount\n"
        '"","2025-03-28","Uber Eats","Toronto On","posted","Debit","31.20"\n'
        '"","2025-03-20","Mb-Credit Card/Loc Pay.","From - 12345","posted","Credit","400.00"\n',
        "2025-03-20 400.00\n2025-03-28 -31.20",
    ),
    Sample(
        "Scotiabank, old: no header",
        '1/28/2025,-52.10,-,"Point of sale purchase","METRO 123 OTTAWA"\n'
        '1/15/2025,1800.00,-,"Payroll dep.","ACME INC"\n',
        "2025-01-15 1800.00\n2025-01-28 -52.10",
    ),
    Sample(
        "Tangerine",
        "Date,Transaction,Name,Memo,Amount\n1/31/2025,OTHER,Interest Paid,,2.10\n"
        "1/17/2025,DEBIT,EFT Withdrawal to HYDRO,,-75.00\n",
        "2025-01-17 -75.00 | EFT Withdrawal to HYDRO\n2025-01-31 2.10 | Interest Paid",
    ),
]

BRITAIN_AND_IRELAND = [
    Sample(
        "Barclays: account joined of sort code and number, subcategory, tabs in the memo",
        "Number,Date,Account,Amount,Subcategory,Memo\n"
        "\t,28/02/2025,20-11-22 12345678,-25.00,PAYMENT,SAINSBURYS\t ON 27 FEB  \n"
        "\t,14/02/2025,20-11-22 12345678,1500.00,CREDIT,ACME LTD\tWAGES\n",
        "2025-02-14 1500.00\n2025-02-28 -25.00",
    ),
    Sample(
        "HSBC UK: no header",
        '28/02/2025,TESCO STORES,-31.20\n25/02/2025,ACME WAGES,"1,500.00"\n',
        "2025-02-25 1500.00\n2025-02-28 -31.20",
    ),
    Sample(
        "Halifax",
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,"
        "Balance\n28/02/2025,DEB,11-22-33,12345678,GREGGS,3.20,,1496.80\n"
        "27/02/2025,BGC,11-22-33,12345678,ACME,,1500.00,1500.00\n",
        "2025-02-27 1500.00\n2025-02-28 -3.20",
        closing="1496.80",
        number="12345678",
    ),
    Sample(
        "NatWest: a leading blank line, apostrophes before text, value and balance",
        "\nDate, Type, Description, Value, Balance, Account Name, Account Number\n\n"
        '26/02/2025,D/D,"\'COUNCIL TAX",-120.00,880.00,"\'LEE A","\'112233-12345678",\n'
        '14/02/2025,BAC,"\'ACME LTD",1000.00,1000.00,"\'LEE A","\'112233-12345678",\n',
        "2025-02-14 1000.00\n2025-02-26 -120.00",
        closing="880.00",
    ),
    Sample(
        "Santander UK midata: pound signs, words around",
        "Account Number:;XXXX XXXX XXXX 1234\n\nDate;Type;Merchant/Description;Debit/Credit;Balance\n"
        "28/02/2025;CARD PAYMENT TO;COSTA;-£4.10;+£495.90\n21/02/2025;CREDIT FROM;ACME;+£500.00;+£500.00\n"
        "\nArranged overdraft limit;£1000.00\n",
        "2025-02-21 500.00\n2025-02-28 -4.10",
        currency="GBP",
        closing="495.90",
    ),
    Sample(
        "First Direct: day first, running balance",
        "Date,Description,Amount,Balance\n28/02/2025,AMAZON UK,-12.99,87.01\n20/02/2025,LEE B,100.00,100.00\n",
        "2025-02-20 100.00\n2025-02-28 -12.99",
        closing="87.01",
    ),
    Sample(
        "Metro Bank",
        "Date,Details,Transaction type,In,Out,Balance\n28/02/2025,RENT,Standing Order,0.00,650.00,350.00\n"
        "14/02/2025,SALARY,BACS,1000.00,0.00,1000.00\n",
        "2025-02-14 1000.00\n2025-02-28 -650.00",
        closing="350.00",
    ),
    Sample(
        "Virgin Money card: unsigned amounts with a debit or credit word",
        "Transaction Date,Posting Date,Billing Amount,Merchant,Merchant City,Merchant State,Merchant Postcode,"
        "Reference Number,Debit or Credit,SICMCC Code,Status,Transaction Currency,Additional Card Holder,Card Used\n"
        '26/02/2025,27/02/2025,"12.50","PRET A MANGER","LONDON",,EC1,"7412345123456789",DBIT,5812,BILLED,GBP,false,1111\n'
        '20/02/2025,20/02/2025,"90.00","PAYMENT RECEIVED",,,,"7412345123456780",CRDT,0,BILLED,GBP,false,1111\n',
        "2025-02-20 90.00 | PAYMENT RECEIVED\n2025-02-27 -12.50 | PRET A MANGER",
        currency="GBP",
    ),
    Sample(
        "Bank of Ireland",
        "Date,Details,Debit,Credit,Balance\n28/02/2025,POS TESCO,45.20,,954.80\n25/02/2025,ACME,,1000.00,1000.00\n",
        "2025-02-25 1000.00\n2025-02-28 -45.20",
        closing="954.80",
    ),
    Sample(
        "AIB: a balance only on some rows, two-digit years, a currency in each row",
        "Posted Account, Posted Transactions Date, Description1, Description2, Description3, Debit Amount, "
        "Credit Amount,Balance,Posted Currency,Transaction Type,Local Currency Amount,Local Currency\n"
        '"93-11-22 12345678","20/02/25","ACME","","",,"1,000.00",,"EUR","Credit","1,000.00","EUR"\n'
        '"93-11-22 12345678","21/02/25","VDP-LIDL","","","30.00",,"970.00","EUR","Debit","30.00","EUR"\n',
        "2025-02-20 1000.00\n2025-02-21 -30.00",
        currency="EUR",
        closing="970.00",
    ),
    Sample(
        "Wise: fees within the total, an id, a pair of currencies",
        '"TransferWise ID",Date,"Date Time",Amount,Currency,Description,"Payment Reference","Running Balance",'
        '"Exchange From","Exchange To","Exchange Rate","Payer Name","Payee Name","Payee Account Number",Merchant,'
        '"Card Last Four Digits","Card Holder Full Name",Attachment,Note,"Total fees","Exchange To Amount"\n'
        '"CARD-1234567890",28-02-2025,"28-02-2025 10:11:12.123",-10.50,EUR,"Card transaction of 11.00 USD",,489.50,'
        "EUR,USD,1.10,,,,Uber,1111,Ann,,,0.10,11.00\n"
        '"TRANSFER-1234567891",20-02-2025,"20-02-2025 09:00:00.000",500.00,EUR,"Received money from Acme","pay",500.00,'
        ",,,Acme Ltd,,,,,,,,0.00,\n",
        "2025-02-20 500.00 | Acme Ltd\n2025-02-28 -10.50 | Uber",
        currency="EUR",
        closing="489.50",
    ),
    Sample(
        "Wise, all activity: a direction, source and target amounts, one cancelled",
        'ID,Status,Direction,"Created on","Finished on","Source fee amount","Source fee currency","Target fee amount",'
        '"Target fee currency","Source name","Source amount (after fees)","Source currency","Target name",'
        '"Target amount (after fees)","Target currency","Exchange rate",Reference,Batch\n'
        'TRANSFER-11,COMPLETED,OUT,"2025-02-21 10:00:00","2025-02-21 10:05:00",0.50,EUR,,,"Ann Lee",99.50,EUR,'
        '"Bob Roy",99.50,EUR,1.0,rent,\n'
        'TRANSFER-10,CANCELLED,OUT,"2025-02-20 10:00:00","2025-02-20 10:05:00",0.50,EUR,,,"Ann Lee",49.50,EUR,'
        '"Bob Roy",49.50,EUR,1.0,,\n',
        "2025-02-21 -100.00 | Bob Roy",
        currency="EUR",
        asks=("fees",),
    ),
    Sample(
        "Revolut in German",
        "Art,Produkt,Datum des Beginns,Datum des Abschlusses,Beschreibung,Betrag,Gebühr,Währung,State,Kontostand\n"
        "Kartenzahlung,Girokonto,2025-02-20 10:00:00,2025-02-21 11:00:00,Lidl,-20.00,0.00,EUR,ABGESCHLOSSEN,80.00\n"
        "Aufladung,Girokonto,2025-02-19 10:00:00,2025-02-19 10:00:01,Von Ann,100.00,0.00,EUR,ABGESCHLOSSEN,100.00\n",
        "2025-02-19 100.00\n2025-02-21 -20.00",
        currency="EUR",
        closing="80.00",
    ),
    Sample(
        "Revolut: pending and declined rows",
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "TOPUP,Current,2025-01-01 10:00:00,2025-01-01 10:00:01,Top-up,100.00,0.00,EUR,COMPLETED,100.00\n"
        "ATM,Current,2025-01-02 10:00:00,2025-01-03 10:00:01,Cash,-50.00,1.00,EUR,COMPLETED,49.00\n"
        "CARD_PAYMENT,Current,2025-01-04 10:00:00,,Shop,-5.00,0.00,EUR,DECLINED,\n"
        "CARD_PAYMENT,Current,2025-01-05 10:00:00,,Cinema,-7.00,0.00,EUR,PENDING,\n",
        "2025-01-01 100.00\n2025-01-03 -51.00\n2025-01-05 -7.00 pending",
        currency="EUR",
        closing="49.00",
    ),
]

GERMANY_AUSTRIA_SWITZERLAND = [
    Sample(
        "DKB, new: a title, a balance line, ISO-like short dates",
        '"Girokonto";"DE02120300000000202051"\n""\n"Kontostand vom 28.02.2025:";"1.954,01 €"\n""\n'
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"\n'
        '"27.02.25";"27.02.25";"Gebucht";"ANN LEE";"REWE SAGT DANKE";"Einkauf";"Ausgang";"DE89370400440532013000";'
        '"-45,99";"";"";""\n'
        '"15.02.25";"15.02.25";"Gebucht";"ACME GMBH";"ANN LEE";"Lohn";"Eingang";"DE02500105170137075030";"2.000";"";"";""\n',
        "2025-02-15 2000 | ACME GMBH\n2025-02-27 -45.99 | REWE SAGT DANKE",
        currency="EUR",
        closing="1954.01",
        number="DE02120300000000202051",
    ),
    Sample(
        "DKB, new: an announced row",
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";'
        '"Umsatztyp";"IBAN";"Betrag (€)"\n'
        '"28.02.25";"";"Vorgemerkt";"ANN LEE";"DB Vertrieb";"Fahrkarte";"Ausgang";"";"-19,90"\n'
        '"27.02.25";"27.02.25";"Gebucht";"ANN LEE";"REWE";"Einkauf";"Ausgang";"DE89370400440532013000";"-45,99"\n',
        "2025-02-27 -45.99 | REWE\n2025-02-28 -19.90 pending | DB Vertrieb",
        currency="EUR",
    ),
    Sample(
        "DKB card, old",
        '"Kreditkarte:";"4930********1234";\n\n"Von:";"01.01.2025";\n"Bis:";"31.01.2025";\n"Saldo:";"-50.10 EUR";\n'
        '"Datum:";"31.01.2025";\n\n'
        '"Umsatz abgerechnet und nicht im Saldo enthalten";"Wertstellung";"Belegdatum";"Beschreibung";"Betrag (EUR)";'
        '"Ursprünglicher Betrag";\n'
        '"Nein";"28.01.2025";"27.01.2025";"SPOTIFY";"-9,99";"";\n"Ja";"15.01.2025";"14.01.2025";"HOTEL";"-40,11";"-45,00 USD";\n',
        "2025-01-14 -40.11\n2025-01-27 -9.99",
        currency="EUR",
        encoding="cp1252",
    ),
    Sample(
        "ING in Germany",
        "Umsatzanzeige;Datei erstellt am: 28.02.2025 10:00\n\nIBAN;DE02 5001 0517 0137 0750 30\nKontoname;Girokonto\n"
        "Bank;ING\nKunde;Ann Lee\nZeitraum;01.02.2025 - 28.02.2025\nSaldo;1.954,01;EUR\n\nSortierung;Datum absteigend\n\n"
        "In der CSV-Datei finden Sie alle bereits gebuchten Umsätze.\n\n"
        "Buchung;Wertstellungsdatum;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung\n"
        "27.02.2025;27.02.2025;REWE;Lastschrift;Einkauf;1.954,01;EUR;-45,99;EUR\n"
        "14.02.2025;14.02.2025;ACME;Gehalt/Rente;Lohn;2.000,00;EUR;2.000,00;EUR\n",
        "2025-02-14 2000.00 | ACME\n2025-02-27 -45.99 | REWE",
        currency="EUR",
        closing="1954.01",
        encoding="cp1252",
    ),
    Sample(
        "Sparkasse CSV-CAMT, an announced row",
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";'
        '"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";'
        '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n'
        '"DE02120300000000202051";"28.02.25";"28.02.25";"KARTENZAHLUNG";"EDEKA";"";"";"";"";"";"";"EDEKA";"DE45";"X";'
        '"-12,30";"EUR";"Umsatz vorgemerkt"\n'
        '"DE02120300000000202051";"26.02.25";"26.02.25";"FOLGELASTSCHRIFT";"Strom";"DE98ZZZ";"M1";"E1";"";"";"";"Stadtwerke";'
        '"DE46";"X";"-80,00";"EUR";"Umsatz gebucht"\n',
        "2025-02-26 -80.00 | Stadtwerke\n2025-02-28 -12.30 pending | EDEKA",
        currency="EUR",
        number="DE02120300000000202051",
    ),
    Sample(
        "Commerzbank",
        "Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Kontoinhaber;Kategorie\n"
        "28.02.2025;28.02.2025;Lastschrift;Telekom Rechnung;-39,95;EUR;DE02120300000000202051;Kommunikation\n"
        "14.02.2025;14.02.2025;Gutschrift;Acme Lohn;2000,00;EUR;DE02120300000000202051;Einkommen\n",
        "2025-02-14 2000.00\n2025-02-28 -39.95",
        currency="EUR",
        number="DE02120300000000202051",
    ),
    Sample(
        "Deutsche Bank: debit and credit apart, totals of the account below",
        "Umsätze Girokonto;;;Kundennummer: 100 1234567\n\n01.02.2025 - 28.02.2025\nLetzter Kontostand;;;;1.000,00;EUR\n"
        "Vorgemerkte und noch nicht gebuchte Umsätze sind nicht Bestandteil dieser Übersicht.\n"
        "Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Kundenreferenz;Mandatsreferenz;"
        "Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;Anzahl der Schecks;Soll;Haben;"
        "Währung\n"
        "14.2.2025;14.2.2025;SEPA-Gutschrift;Acme;Lohn;DE02500105170137075030;X;;;;;;;;;;2.000,00;EUR\n"
        "27.2.2025;27.2.2025;SEPA-Lastschrift;Rewe;Einkauf;DE89370400440532013000;X;;;;;;;;;-45,99;;EUR\n"
        "Kontostand;28.02.2025;;;2.954,01;EUR\n",
        "2025-02-14 2000.00 | Acme\n2025-02-27 -45.99 | Rewe",
        currency="EUR",
        closing="2954.01",
    ),
    Sample(
        "Volksbank, new",
        "Bezeichnung Auftragskonto;IBAN Auftragskonto;BIC Auftragskonto;Bankname Auftragskonto;Buchungstag;Valutadatum;"
        "Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;BIC (SWIFT-Code) Zahlungsbeteiligter;Buchungstext;"
        "Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung;Bemerkung;Gekennzeichneter Umsatz;Glaeubiger ID;Mandatsreferenz\n"
        "Giro;DE02120300000000202051;GENO;VR Bank;27.02.2025;27.02.2025;Rewe;DE89370400440532013000;X;Kartenzahlung;Einkauf;"
        "-45,99;EUR;1954,01;;;;\n"
        "Giro;DE02120300000000202051;GENO;VR Bank;14.02.2025;14.02.2025;Acme;DE02500105170137075030;X;Gutschrift;Lohn;"
        "2000,00;EUR;2000,00;;;;\n",
        "2025-02-14 2000.00 | Acme\n2025-02-27 -45.99 | Rewe",
        currency="EUR",
        closing="1954.01",
        number="DE02120300000000202051",
    ),
    Sample(
        "Consorsbank",
        "Buchung;Valuta;Sender / Empfänger;IBAN / Konto-Nr.;BIC / BLZ;Buchungstext;Verwendungszweck;Kategorie;"
        "Stichwörter;Umsatz geteilt;Betrag in EUR\n"
        "27.02.2025;27.02.2025;Rewe;DE89370400440532013000;X;Lastschrift;Einkauf;Lebensmittel;;Nein;-45,99\n"
        "14.02.2025;14.02.2025;Acme;DE02500105170137075030;X;Gutschrift;Lohn;;;Nein;2.000,00\n",
        "2025-02-14 2000.00 | Acme\n2025-02-27 -45.99 | Rewe",
        currency="EUR",
    ),
    Sample(
        "comdirect with an open row",
        ';\n"Umsätze Girokonto";"Zeitraum: 30 Tage";\n"Neuer Kontostand";"1.954,01 EUR";\n\n'
        '"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";\n'
        '"offen";"--";"Karte";"Auftraggeber: EDEKA Buchungstext: Einkauf";"-12,30";\n'
        '"27.02.2025";"27.02.2025";"Lastschrift";"Auftraggeber: REWE Buchungstext: Einkauf";"-45,99";\n'
        '"14.02.2025";"14.02.2025";"Übertrag";"Auftraggeber: ACME Buchungstext: Lohn";"2.000,00";\n\n'
        '"Alter Kontostand";"0,00 EUR";\n',
        "2025-02-14 2000.00\n2025-02-27 -45.99",
        currency="EUR",
        closing="1954.01",
        encoding="cp1252",
    ),
    Sample(
        "easybank: no header, the currency behind",
        "AT483200000012345864;REWE Einkauf VD/000001234|BLZ1234;27.02.2025;27.02.2025;-45,99;EUR\n"
        "AT483200000012345864;Lohn Acme VB/000001233;14.02.2025;14.02.2025;+2.000,00;EUR\n",
        "2025-02-14 2000.00\n2025-02-27 -45.99",
        currency="EUR",
    ),
    Sample(
        "Raiffeisen in Austria: no header, a time behind",
        "27.02.2025;Zahlungsempfänger: REWE;27.02.2025;-45,99;EUR;27.02.2025 04:11:12:345\n"
        "14.02.2025;Auftraggeber: ACME;14.02.2025;2.000,00;EUR;14.02.2025 04:11:12:345\n",
        "2025-02-14 2000.00\n2025-02-27 -45.99",
        currency="EUR",
    ),
    Sample(
        "Erste and Sparkasse in Austria, UTF-16, quoted, commas",
        '"Buchungsdatum","Partnername","Partner IBAN","BIC/SWIFT","Partner Kontonummer","Bankleitzahl","Betrag","Währung",'
        '"Buchungs-Info","Buchungsreferenz"\n'
        '"27.02.2025","Rewe","AT611904300234573201","X","","","-45,99","EUR","Einkauf","201112502261AB-AB1234567890"\n'
        '"14.02.2025","Acme","AT021100000622888600","X","","","2.000,00","EUR","Lohn","201112502141AB-AB1234567891"\n',
        "2025-02-14 2000.00 | Acme\n2025-02-27 -45.99 | Rewe",
        currency="EUR",
        encoding="utf-16",
    ),
    Sample(
        "ZKB: a day's total above its parts",
        '"Datum";"Buchungstext";"Whg";"Betrag Detail";"ZKB-Referenz";"Referenznummer";"Belastung CHF";"Gutschrift CHF";'
        '"Valuta";"Saldo CHF"\n'
        '"27.02.2025";"Belastungen eBanking (2)";"";"";"L02712345678";"";"150.00";"";"27.02.2025";"1850.00"\n'
        '"";"Krankenkasse AG";"CHF";"100.00";"";"";"";"";"";""\n"";"Strom AG";"CHF";"50.00";"";"";"";"";"";""\n'
        '"14.02.2025";"Gutschrift Acme";"";"";"Z01412345679";"";"";"2000.00";"14.02.2025";"2000.00"\n',
        "2025-02-14 2000.00\n2025-02-27 -150.00",
        currency="CHF",
        closing="1850.00",
    ),
    Sample(
        "Raiffeisen in Switzerland: an IBAN, booked with a time, details without a date",
        "IBAN;Booked At;Text;Credit/Debit Amount;Balance;Valuta Date\n"
        "CH9300762011623852957;2025-02-14 00:00:00.0;Gutschrift Acme;2000;2000;2025-02-14 00:00:00.0\n"
        "CH9300762011623852957;2025-02-27 00:00:00.0;E-Banking Sammelauftrag;-150.5;1849.5;2025-02-27 00:00:00.0\n"
        ";;Krankenkasse AG;;;\n",
        "2025-02-14 2000\n2025-02-27 -150.5",
        closing="1849.5",
        number="CH9300762011623852957",
    ),
    Sample(
        "PostFinance, new: amounts apart, a label",
        'Datum von:;="01.02.2025"\nDatum bis:;="28.02.2025"\nBuchungsart:;="Alle Buchungen"\n'
        'Konto:;="CH9300762011623852957"\nWährung:;="CHF"\n\n'
        "Datum;Bewegungstyp;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Label;Kategorie\n"
        '28.02.2025;Buchung;"KAUF COOP";;-20.50;;Haushalt\n14.02.2025;Buchung;"LOHN";1100;;;\n\nDisclaimer:\nText\n',
        "2025-02-14 1100\n2025-02-28 -20.50",
        currency="CHF",
        number="CH9300762011623852957",
    ),
    Sample(
        "Viseca: cards, a merchant, apostrophes",
        "TransactionID,Date,Merchant,Amount,Currency,PFMCategoryID,PFMCategoryName\n"
        "TRX20250227000000000001,2025-02-27T12:31:00,Coop,1'045.90,CHF,cv_groceries,Groceries\n"
        "TRX20250220000000000002,2025-02-20T10:00:00,Ihre Zahlung - Danke,-300.00,CHF,cv_payments,Payments\n",
        "2025-02-20 300.00\n2025-02-27 -1045.90 | Coop",
        currency="CHF",
    ),
]

REST_OF_EUROPE = [
    Sample(
        "KBC",
        "Rekeningnummer;Rubrieknaam;Naam;Munt;Afschriftnummer;Datum;Omschrijving;Valuta;Bedrag;Saldo;credit;debet;"
        "rekeningnummer tegenpartij;BIC tegenpartij;Naam tegenpartij;Adres tegenpartij;gestructureerde mededeling;"
        "Vrije mededeling\n"
        "BE68539007547034;;LEE ANN;EUR;02025002;14/02/2025;OVERSCHRIJVING;14/02/2025;1500,00;1500,00;1500,00;;"
        "BE71096123456769;KREDBEBB;ACME NV;;;Loon\n"
        "BE68539007547034;;LEE ANN;EUR;02025002;27/02/2025;BETALING;27/02/2025;-45,99;1454,01;;-45,99;;;;;;\n",
        "2025-02-14 1500.00 | ACME NV\n2025-02-27 -45.99",
        currency="EUR",
        closing="1454.01",
        number="BE68539007547034",
    ),
    Sample(
        "Belfius: filters above",
        "Boekingsdatum vanaf;01/02/2025\nBoekingsdatum tot en met;28/02/2025\nBedrag vanaf;\nBedrag tot en met;\n"
        "Laatste saldo;1.454,01 EUR\nDatum/uur van het laatste saldo;28/02/2025 10:00:00\n;\n"
        "Rekening;Boekingsdatum;Rekeninguittrekselnummer;Transactienummer;Rekening tegenpartij;Naam tegenpartij bevat;"
        "Straat en nummer;Postcode en plaats;Transactie;Valutadatum;Bedrag;Devies;BIC;Landcode;Mededelingen\n"
        "BE68 5390 0754 7034;27/02/2025;2;11;;;;;BETALING COLRUYT;27/02/2025;-45,99;EUR;;;\n"
        "BE68 5390 0754 7034;14/02/2025;2;10;BE71 0961 2345 6769;ACME NV;;;OVERSCHRIJVING;14/02/2025;1500,00;EUR;;;Loon\n",
        "2025-02-14 1500.00 | ACME NV\n2025-02-27 -45.99",
        currency="EUR",
        number="BE68 5390 0754 7034",
    ),
    Sample(
        "BNP Paribas Fortis",
        "Volgnummer;Uitvoeringsdatum;Valutadatum;Bedrag;Valuta rekening;Rekeningnummer;Type verrichting;Tegenpartij;"
        "Naam van de tegenpartij;Mededeling;Details;Status;Reden van weigering\n"
        "2025-00011;27/02/2025;27/02/2025;-45,99;EUR;BE68539007547034;Kaartbetaling;;COLRUYT;;BETALING MET DEBETKAART;"
        "Geaccepteerd;\n"
        "2025-00010;14/02/2025;14/02/2025;1500,00;EUR;BE68539007547034;Overschrijving;BE71096123456769;ACME NV;Loon;X;"
        "Geaccepteerd;\n"
        "2025-;13/02/2025;13/02/2025;-80,00;EUR;BE68539007547034;Overschrijving;BE71096123456769;BOB;;X;Geweigerd;Saldo\n",
        "2025-02-14 1500.00 | ACME NV\n2025-02-27 -45.99 | COLRUYT",
        currency="EUR",
        number="BE68539007547034",
    ),
    Sample(
        "bunq",
        '"Date","Interest Date","Amount","Account","Counterparty","Name","Description"\n'
        '"2025-02-27","2025-02-27","-45.99","NL63BUNQ2031783591","NL58BUNQ4490788981","Albert Heijn","pos"\n'
        '"2025-02-14","2025-02-14","1,500.00","NL63BUNQ2031783591","NL91ABNA0417164300","Acme","salary"\n',
        "2025-02-14 1500.00 | Acme\n2025-02-27 -45.99 | Albert Heijn",
        number="NL63BUNQ2031783591",
    ),
    Sample(
        "ASN: no header, a balance before each row",
        "14-02-2025,NL63ASNB2031783591,NL91ABNA0417164300,Acme,,,,EUR,100.00,EUR,1500.00,14-02-2025,14-02-2025,8810,"
        "OVB,1234567,'','Loon',2\n"
        "27-02-2025,NL63ASNB2031783591,,Jumbo,,,,EUR,1600.00,EUR,-45.99,27-02-2025,27-02-2025,8810,BEA,1234568,'','Pin',2\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        closing="1554.01",
    ),
    Sample(
        "Rabobank card: a number, a currency of its own",
        '"Tegenrekening IBAN","Munt","Creditcard Nummer","Productnaam","Creditcard Regel1","Creditcard Regel2",'
        '"Transactiereferentie","Datum","Bedrag","Omschrijving","Oorspr bedrag","Oorspr munt","Koers"\n'
        '"NL13RABO0000000000","EUR","1234","Rabocard","LEE A","","0000000001","2025-02-27","-45,99","HOTEL","-50,00","USD","0,92"\n'
        '"NL13RABO0000000000","EUR","1234","Rabocard","LEE A","","0000000002","2025-02-14","+100,00","Verrekening","","",""\n',
        "2025-02-14 100.00\n2025-02-27 -45.99",
        currency="EUR",
    ),
    Sample(
        "BNP Paribas in France: a line of the account, day first",
        "Crédit immobilier;;;;\nCompte de chèques;Compte de chèques;****1234;28/02/2025;;1 454,01\n"
        "27/02/2025;CARTE;FACTURE CARTE;FACTURE CARTE DU 260225 MONOPRIX;-45,99\n"
        "14/02/2025;VIREMENT;VIR SEPA RECU;VIR SEPA RECU /DE ACME;1 500,00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        encoding="cp1252",
        asks=("date", "amount"),
        answers={"date": "column 1", "amount": "column 5"},
    ),
    Sample(
        "LCL: tabs, no header, a closing line",
        "27/02/2025\t-45,99\tCarte\t\tCB MONOPRIX\t0\tDivers\n14/02/2025\t1500,00\tVirement\t\tVIR ACME\t0\tDivers\n"
        "28/02/2025\t1454,01\t\t\t01234 567890A\t\t\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        asks=("wordless_row",),
    ),
    Sample(
        "La Banque Postale: balances above, two currencies",
        "Numéro Compte   ;1234567A033\nType         ;CCP\nCompte tenu en  ;euros\nDate            ;28/02/2025\n"
        "Solde (EUROS)   ;1454,01\nSolde (FRANCS)  ;9537,68\n\nDate;Libellé;Montant(EUROS);Montant(FRANCS)\n"
        '27/02/2025;"ACHAT CB MONOPRIX 26.02.25";-45,99;-301,67\n14/02/2025;"VIREMENT DE ACME";1500,00;9839,36\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        encoding="cp1252",
        asks=("amount",),
    ),
    Sample(
        "Crédit Mutuel",
        "Date;Date de valeur;Débit;Crédit;Libellé;Solde\n27/02/2025;27/02/2025;-45,99;;PAIEMENT CB MONOPRIX;1454,01\n"
        "14/02/2025;14/02/2025;;1500,00;VIR ACME;1500,00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "Société Générale: a line of the account, a header, currency behind",
        '="0123456789012";28/02/2025;2;28/02/2025;1454,01 EUR\n\n'
        "Date de l'opération;Libellé;Détail de l'écriture;Montant de l'opération;Devise\n"
        "27/02/2025;CARTE X1234;CARTE X1234 26/02 MONOPRIX;-45,99;EUR\n14/02/2025;VIR RECU;VIR RECU ACME;1500,00;EUR\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        encoding="cp1252",
    ),
    Sample(
        "Caisse d'Epargne: debit with a minus, credit with a plus",
        "Code de la banque : 11315;Code de l'agence : 00001;Date de début de téléchargement : 01/02/2025;"
        "Date de fin de téléchargement : 28/02/2025;\nNuméro de compte : 04123456789;Nom du compte : CPT DEPOT;Devise : EUR;;\n\n"
        "Solde en fin de période;;;;1454,01\nDate;Numéro d'opération;Libellé;Débit;Crédit;Détail;\n"
        "27/02/25;AB12345;CB MONOPRIX;-45,99;;;\n14/02/25;AB12344;VIR ACME;;+1500,00;;\n"
        "Solde en début de période;;;;0,00;;\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        encoding="cp1252",
    ),
    Sample(
        "Santander in Spain: a preamble, dashes for minus",
        "Cuenta;ES9121000418450200051332\nTitular;Ann Lee\n\nFECHA OPERACIÓN;FECHA VALOR;CONCEPTO;IMPORTE EUR;SALDO\n"
        "27/02/2025;27/02/2025;Compra Mercadona;−45,99;1.454,01\n14/02/2025;14/02/2025;Nómina;1.500,00;1.500,00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        closing="1454.01",
        number="ES9121000418450200051332",
    ),
    Sample(
        "CaixaBank",
        "Concepto;Fecha;Importe;Saldo\nMERCADONA;27/02/2025;-45,99EUR;1.454,01EUR\nNOMINA ACME;14/02/2025;1.500,00EUR;"
        "1.500,00EUR\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        closing="1454.01",
    ),
    Sample(
        "Intesa Sanpaolo",
        "Data contabile;Data valuta;Descrizione;Accrediti;Addebiti;Descrizione estesa;Mezzo\n"
        "27/02/2025;27/02/2025;Pagamento;;-45,99;ESSELUNGA;Carta\n14/02/2025;14/02/2025;Stipendio;1.500,00;;ACME;\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
    ),
    Sample(
        "UniCredit",
        "Data Registrazione;Data valuta;Descrizione;Importo (EUR)\n27.02.2025;27.02.2025;PAGAMENTO POS;-45,99\n"
        "14.02.2025;14.02.2025;BONIFICO A VOSTRO FAVORE;1.500,00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
    ),
    Sample(
        "SEB",
        "Bokföringsdatum;Valutadatum;Verifikationsnummer;Text;Belopp;Saldo\n"
        "2025-02-27;2025-02-27;5484738291;ICA MAXI /25-02-26;-455,00;14545,00\n"
        "2025-02-25;2025-02-25;5490990004;LÖN;15000,00;15000,00\n",
        "2025-02-25 15000.00\n2025-02-27 -455.00",
        closing="14545.00",
    ),
    Sample(
        "Nordea in Sweden",
        "Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Saldo;Valuta\n"
        "2025/02/27;-455,00;1234 56 78901;;;Kortköp 250226 ICA;14545,00;SEK\n"
        "2025/02/25;15000,00;;1234 56 78901;;Lön;15000,00;SEK\n",
        "2025-02-25 15000.00\n2025-02-27 -455.00",
        currency="SEK",
        closing="14545.00",
    ),
    Sample(
        "Nordea: a reserved row",
        "Bokföringsdag;Belopp;Avsändare;Mottagare;Namn;Rubrik;Saldo;Valuta\n"
        "Reserverat;-99,00;1234 56 78901;;;Reservation Kortköp SPOTIFY;;SEK\n"
        "2025/02/27;-455,00;1234 56 78901;;;Kortköp 250226 ICA;14545,00;SEK\n",
        "2025-02-27 -455.00",
        currency="SEK",
        closing="14545.00",
    ),
    Sample(
        "Danske Bank",
        '"Dato";"Tekst";"Beløb";"Saldo";"Status";"Afstemt"\n'
        '"27.02.2025";"Netto";"-45,99";"1.454,01";"Udført";"Nej"\n"28.02.2025";"Husleje";"-400,00";"";"Venter";"Nej"\n'
        '"14.02.2025";"Løn";"1.500,00";"1.500,00";"Udført";"Nej"\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99\n2025-02-28 -400.00 pending",
        closing="1454.01",
        encoding="cp1252",
    ),
    Sample(
        "Handelsbanken in Denmark: no header",
        "14-02-2025;Løn;1.500,00;1.500,00\n27-02-2025;Netto;-45,99;1.454,01\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "Nordea in Finland: arkistointitunnus, tabs, commas",
        "Tilinumero\tFI2112345600000785\n\n"
        "Kirjauspäivä\tArvopäivä\tMaksupäivä\tMäärä\tSaaja/Maksaja\tTilinumero\tBIC\tTapahtuma\tViite\tMaksajan viite\tViesti\n"
        "14.02.2025\t14.02.2025\t14.02.2025\t1500,00\tACME OY\t\t\tPalkka\t\t\t\n"
        "27.02.2025\t27.02.2025\t26.02.2025\t-45,99\tK-MARKET\t\t\tKorttiosto\t\t\t\n",
        "2025-02-14 1500.00 | ACME OY\n2025-02-27 -45.99 | K-MARKET",
        number="FI2112345600000785",
    ),
    Sample(
        "OP in Finland",
        '"Kirjauspäivä";"Arvopäivä";"Määrä EUROA";"Laji";"Selitys";"Saaja/Maksaja";"Saajan tilinumero";"Viite";"Viesti";'
        '"Arkistointitunnus"\n'
        '"2025-02-14";"2025-02-14";1500,00;"700";"PALKKA";"ACME OY";"";"";"";"20250214/5UTV12/000001"\n'
        '"2025-02-27";"2025-02-27";-45,99;"162";"PKORTTIMAKSU";"K-MARKET";"";"";"";"20250227/5UTV12/000002"\n',
        "2025-02-14 1500.00 | ACME OY\n2025-02-27 -45.99 | K-MARKET",
        currency="EUR",
        encoding="cp1252",
    ),
    Sample(
        "PKO BP",
        '"Data operacji","Data waluty","Typ transakcji","Kwota","Waluta","Saldo po transakcji","Opis transakcji","","",""\n'
        '"2025-02-27","2025-02-26","Płatność kartą","-45.99","PLN","+1454.01","Tytuł: 00000 ","Lokalizacja: LIDL","",""\n'
        '"2025-02-14","2025-02-14","Przelew na rachunek","+1500.00","PLN","+1500.00","Nazwa nadawcy: ACME","Tytuł: pensja","",""\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="PLN",
        closing="1454.01",
        encoding="cp1250",
    ),
    Sample(
        "ING in Poland: two currency columns, an amount of the account",
        '"Lista transakcji";"";\n"Dokument nr 0001";\n"Wybrane rachunki:"\n"KONTO (PLN)";;"12 1050 0000 1111"\n\n'
        '"Data transakcji";"Data księgowania";"Dane kontrahenta";"Tytuł";"Nr rachunku";"Nazwa banku";"Szczegóły";'
        '"Nr transakcji";"Kwota transakcji (waluta rachunku)";"Waluta";"Kwota blokady/zwolnienie blokady";"Waluta";'
        '"Kwota płatności w walucie";"Waluta";"Konto";"Saldo po transakcji";"Waluta"\n'
        "2025-02-26;2025-02-27;\"BIEDRONKA\";\"Płatność kartą\";'';;;'202505812345678901';-45,99;PLN;;;;;KONTO;1454,01;PLN\n"
        "2025-02-14;2025-02-14;\"ACME\";\"pensja\";'';;;'202504512345678902';1500,00;PLN;;;;;KONTO;1500,00;PLN\n",
        "2025-02-14 1500.00 | ACME\n2025-02-27 -45.99 | BIEDRONKA",
        currency="PLN",
        closing="1454.01",
        encoding="cp1250",
    ),
    Sample(
        "ČSOB: a line above, an account",
        "Pohyby na účtu 123456789/0300;;\n\nčíslo účtu;datum zaúčtování;částka;měna;zůstatek;číslo účtu protiúčtu;"
        "kód banky protiúčtu;název protiúčtu;konstantní symbol;variabilní symbol;specifický symbol;označení operace;"
        "ID transakce;poznámka\n"
        "123456789;27.02.2025;-459,90;CZK;14540,10;;;ALBERT;;;;Platba kartou;1234567891;\n"
        "123456789;14.02.2025;15000,00;CZK;15000,00;987654321;0100;ACME;;;;Příchozí platba;1234567890;mzda\n",
        "2025-02-14 15000.00 | ACME\n2025-02-27 -459.90 | ALBERT",
        currency="CZK",
        closing="14540.10",
        encoding="cp1250",
    ),
    Sample(
        "Česká spořitelna: minus signs, spaces between thousands",
        '"Datum zaúčtování","Částka","Měna","Název protiúčtu","Zpráva pro příjemce"\n'
        '"27.02.2025","-1 459,90","CZK","Albert","karta"\n"14.02.2025","15 000,00","CZK","Acme","mzda"\n',
        "2025-02-14 15000.00 | Acme\n2025-02-27 -1459.90 | Albert",
        currency="CZK",
    ),
    Sample(
        "OTP in Hungary: no header, T and J for the direction",
        '"117730160111111111";"J";15000;"HUF";20250214;20250214;115000;"";"ACME";"";"munkabér";"ÁTUTALÁS";\n'
        '"117730160111111111";"T";-4599;"HUF";20250227;20250227;110401;"";"LIDL";"";"";"VÁSÁRLÁS KÁRTYÁVAL";\n',
        "2025-02-14 15000\n2025-02-27 -4599",
        currency="HUF",
        closing="110401",
        encoding="cp1250",
    ),
    Sample(
        "Erste in Hungary: dates with a dot at the end",
        '"Könyvelés dátuma","Tranzakció dátuma és ideje","Partner név","Partner számlaszáma","Összeg","Devizanem","Közlemény"\n'
        '"2025.02.27.","2025.02.26 10:11:12","LIDL","","-4 599","HUF","kártya"\n'
        '"2025.02.14.","2025.02.14 00:00:00","ACME","","15 000","HUF","bér"\n',
        "2025-02-14 15000 | ACME\n2025-02-27 -4599 | LIDL",
        currency="HUF",
        encoding="utf-16",
    ),
    Sample(
        "Tinkoff: cp1251, cashback, rounding, a failed row",
        '"Дата операции";"Дата платежа";"Номер карты";"Статус";"Сумма операции";"Валюта операции";"Сумма платежа";'
        '"Валюта платежа";"Кэшбэк";"Категория";"MCC";"Описание";"Бонусы (включая кэшбэк)";"Округление на инвесткопилку";'
        '"Сумма операции с округлением"\n'
        '"27.02.2025 18:20:11";"28.02.2025";"*1234";"OK";"-459,90";"RUB";"-459,90";"RUB";"";"Супермаркеты";"5411";'
        '"Пятёрочка";"4,00";"0,00";"459,90"\n'
        '"26.02.2025 10:00:00";"26.02.2025";"*1234";"FAILED";"-100,00";"RUB";"-100,00";"RUB";"";"Такси";"4121";'
        '"Такси";"0,00";"0,00";"100,00"\n'
        '"14.02.2025 09:00:00";"14.02.2025";"";"OK";"15000,00";"RUB";"15000,00";"RUB";"";"Пополнения";"";"Зарплата";"0,00";'
        '"0,00";"15000,00"\n',
        "2025-02-14 15000.00\n2025-02-28 -459.90",
        currency="RUB",
        encoding="cp1251",
    ),
    Sample(
        "Sberbank-like: Приход and Расход",
        "Дата;Описание;Приход;Расход;Остаток\n14.02.2025;Зарплата;15 000,00;;15 000,00\n27.02.2025;Магнит;;459,90;14 540,10\n",
        "2025-02-14 15000.00\n2025-02-27 -459.90",
        closing="14540.10",
        encoding="cp1251",
    ),
    Sample(
        "PrivatBank in Ukraine",
        "Дата;Час;Категорія;Картка;Опис операції;Сума в валюті картки;Валюта картки;Сума в валюті транзакції;"
        "Валюта транзакції;Залишок на кінець періоду;Валюта залишку\n"
        "27.02.2025;10:11;Продукти;5168;АТБ;-459,90;UAH;-459,90;UAH;14540,10;UAH\n"
        "14.02.2025;09:00;Зарплата;5168;Нарахування;15000,00;UAH;15000,00;UAH;15000,00;UAH\n",
        "2025-02-14 15000.00\n2025-02-27 -459.90",
        currency="UAH",
        closing="14540.10",
    ),
    Sample(
        "Garanti in Turkey",
        "Tarih;Açıklama;Etiket;Tutar;Bakiye;Dekont No\n14.02.2025;MAAŞ;Gelir;15.000,00 TL;15.000,00 TL;1234567\n"
        "27.02.2025;MİGROS;Market;-459,90 TL;14.540,10 TL;1234568\n",
        "2025-02-14 15000.00\n2025-02-27 -459.90",
        currency="TRY",
        closing="14540.10",
        encoding="cp1254",
    ),
    Sample(
        "Eurobank-like in Greece",
        "Ημερομηνία;Περιγραφή;Χρέωση;Πίστωση;Υπόλοιπο\n14/02/2025;ΜΙΣΘΟΔΟΣΙΑ;;1.500,00;1.500,00\n"
        "27/02/2025;ΑΓΟΡΑ;45,99;;1.454,01\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "ActivoBank: Portuguese, debit and credit in one column by sign",
        "Conta;45500000000\nMoeda;EUR\n\nData Lanc.;Data Valor;Descrição;Valor;Saldo\n"
        "27-02-2025;26-02-2025;COMPRA CONTINENTE;-45,99;1.454,01\n14-02-2025;14-02-2025;TRF ACME;1.500,00;1.500,00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="EUR",
        closing="1454.01",
    ),
    Sample(
        "Swedbank in Latvia: an opening and a closing row, K and D",
        '"Klienta konts","Ieraksta tips","Datums","Saņēmējs/Maksātājs","Informācija saņēmējam","Summa","Valūta","Debets/Kredīts",'
        '"Arhīva kods","Maksājuma veids","Refernces numurs","Dokumenta numurs"\n'
        '"LV80HABA0551000000000","10","01.02.2025","","Sākuma atlikums","100.00","EUR","K","","AS","",""\n'
        '"LV80HABA0551000000000","20","14.02.2025","ACME","Alga","1500.00","EUR","K","2025021400000001","INB","",""\n'
        '"LV80HABA0551000000000","20","27.02.2025","RIMI","PIRKUMS","45.99","EUR","D","2025022700000002","K","",""\n'
        '"LV80HABA0551000000000","82","28.02.2025","","Apgrozījums","1500.00","EUR","K","","K2","",""\n'
        '"LV80HABA0551000000000","86","28.02.2025","","Beigu atlikums","1554.01","EUR","K","","LS","",""\n',
        "2025-02-14 1500.00 | ACME\n2025-02-27 -45.99 | RIMI",
        currency="EUR",
        closing="1554.01",
    ),
]

REST_OF_THE_WORLD = [
    Sample(
        "Alipay: a preamble, GB18030, neutral rows",
        "支付宝交易记录明细查询\n账号:[ann@example.com]\n起始日期:[2025-02-01 00:00:00]\n---------------------------------交易记录明细列表\n"
        "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n"
        "2025-02-27 18:00:01,餐饮美食,海底捞,hdl@x.cn,晚餐,支出,459.90,余额宝,交易成功,2025022722001112345678\t,1\t,,\n"
        "2025-02-14 09:00:00,收入,张三,z@x.cn,转账,收入,1500.00,,交易成功,2025021422001112345679\t,2\t,,\n"
        "2025-02-13 09:00:00,投资理财,余额宝,,收益发放,不计收支,0.50,,交易成功,2025021322001112345670\t,3\t,,\n",
        "2025-02-14 1500.00 | 张三\n2025-02-27 -459.90 | 海底捞",
        encoding="gb18030",
    ),
    Sample(
        "WeChat Pay: a preamble, yen signs, a slash for neither",
        "微信支付账单明细,,,,,,,,\n微信昵称：[安],,,,,,,,\n起始时间：[2025-02-01 00:00:00] 终止时间：[2025-02-28 23:59:59],,,,,,,,\n,,,,,,,,\n"
        "----------------------微信支付账单明细列表--------------------,,,,,,,,\n"
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
        '2025-02-27 12:30:00,商户消费,便利店,"午餐",支出,¥45.99,零钱,支付成功,"1000039501000000000001\t","2\t","/"\n'
        '2025-02-14 09:00:00,转账,李四,"转账备注",收入,¥1500.00,/,已存入零钱,"1000039501000000000002\t","3\t","/"\n'
        '2025-02-13 09:00:00,零钱提现,招商银行,"/",/,¥200.00,招商银行,提现已到账,"1000039501000000000003\t","/","/"\n',
        "2025-02-14 1500.00 | 李四\n2025-02-27 -45.99 | 便利店",
        currency="CNY",
    ),
    Sample(
        "China Merchants Bank: tabs within quotes, a total line",
        "# 招商银行交易记录\n# 账号: [6214********1234 安]\n\n交易日期,交易时间,收入,支出,余额,交易类型,交易备注\n"
        '"\t20250227","\t18:20:11",,"45.99","1454.01","快捷支付","便利店"\n'
        '"\t20250214","\t09:00:00","1500.00",,"1500.00","代发工资","公司"\n# 收入合计: 1笔，共1500.00元\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
        encoding="gb18030",
    ),
    Sample(
        "Japanese bank: Shift-JIS, kanji dates",
        '"日付","摘要","お引出し","お預入れ","残高"\n"2025年2月14日","給与",,"250,000","350,000"\n'
        '"2025年2月27日","カード",  "4,599",,"345,401"\n',
        "2025-02-14 250000\n2025-02-27 -4599",
        closing="345401",
        encoding="cp932",
    ),
    Sample(
        "Rakuten Bank: compact dates, one signed column",
        "取引日,入出金(円),残高(円),入出金先内容\n20250214,250000,350000,給与\n20250227,-4599,345401,カード\n",
        "2025-02-14 250000\n2025-02-27 -4599",
        currency="JPY",
        closing="345401",
        encoding="cp932",
    ),
    Sample(
        "Rakuten Card-like: charges positive in a column of use",
        '"利用日","利用店名・商品名","利用者","支払方法","利用金額","支払手数料","支払総額"\n'
        '"2025/02/27","コンビニ","本人","1回払い","459","0","459"\n"2025/02/14","スーパー","本人","1回払い","3200","0","3200"\n',
        "2025-02-14 -3200\n2025-02-27 -459",
        encoding="cp932",
        asks=("signs",),
        is_open=True,
        answers={"signs": "turned"},
    ),
    Sample(
        "Korean bank: withdrawals and deposits",
        "거래일시,적요,출금액,입금액,거래후잔액\n2025-02-27 18:20:11,편의점,4599,0,345401\n2025-02-14 09:00:00,급여,0,250000,350000\n",
        "2025-02-14 250000\n2025-02-27 -4599",
        closing="345401",
    ),
    Sample(
        "Nubank account",
        "Data,Valor,Identificador,Descrição\n14/02/2025,1500.00,65a1b2c3-0000-4000-8000-000000000001,Transferência recebida - ACME\n"
        "27/02/2025,-45.99,65a1b2c3-0000-4000-8000-000000000002,Compra no débito - MERCADO\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
    ),
    Sample(
        "Nubank card: charges positive",
        "date,category,title,amount\n2025-02-27,supermercado,Mercado,45.99\n2025-02-20,,Pagamento recebido,-300.00\n",
        "2025-02-20 300.00\n2025-02-27 -45.99",
    ),
    Sample(
        "Itaú: no header, decimal comma",
        "14/02/2025;SISPAG ACME;1500,00\n27/02/2025;RSHOP MERCADO;-45,99\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
    ),
    Sample(
        "Banco do Brasil: a balance row, D and C joined to a sign",
        '"Data","Dependencia Origem","Histórico","Data do Balancete","Número do documento","Valor",\n'
        '"31/01/2025","","Saldo Anterior","","0","100.00",\n'
        '"14/02/2025","1234-5","Recebimento de Proventos","","1234567","1500.00",\n'
        '"27/02/2025","1234-5","Compra com Cartão","","7654321","-45.99",\n"28/02/2025","","S A L D O","","0","1554.01",\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1554.01",
        encoding="cp1252",
    ),
    Sample(
        "BBVA in Mexico: cargo and abono",
        'FECHA,DESCRIPCIÓN,CARGO,ABONO,SALDO\n27/02/2025,OXXO,45.99,,"1,454.01"\n14/02/2025,NOMINA,,"1,500.00","1,500.00"\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "Bancolombia-like: thousands only, dates year first with slashes",
        'FECHA,DESCRIPCIÓN,SUCURSAL,DCTO.,VALOR,SALDO\n2025/02/14,PAGO NOMINA,,,"1,500,000.00","1,600,000.00"\n'
        '2025/02/27,COMPRA EXITO,,,"-45,990.00","1,554,010.00"\n',
        "2025-02-14 1500000.00\n2025-02-27 -45990.00",
        closing="1554010.00",
    ),
    Sample(
        "SBI: tabs, words above, spaces in empty cells",
        "Account Name       :\tMr. LEE\nAccount Number     :\t_00000012345678901\nStart Date         :\t1 Feb 2025\n"
        "Balance on 1 Feb 2025 :\t1,00,000.00\n\n"
        "Txn Date\tValue Date\tDescription\tRef No./Cheque No.\t        Debit\tCredit\tBalance\n"
        "14 Feb 2025\t14 Feb 2025\tBY SALARY-ACME--\tNEFT12345\t \t1,50,000.00\t2,50,000.00\n"
        "27 Feb 2025\t27 Feb 2025\tTO TRANSFER-UPI/RENT--\tTRANSFER TO 123\t25,000.00\t \t2,25,000.00\n"
        "**This is a computer generated statement and does not require a signature\n",
        "2025-02-14 150000.00\n2025-02-27 -25000.00",
        closing="225000.00",
    ),
    Sample(
        "ICICI: words above, a column of numbers, amounts apart with 0",
        ",,Detailed Statement,,,,,\n,,Account Number,000401012345 ( INR )  - LEE,,,,\n\n"
        ",S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,Withdrawal Amount (INR ),"
        "Deposit Amount (INR ),Balance (INR )\n"
        ",1,14/02/2025,14/02/2025,-,NEFT-ACME-SALARY,0,150000,250000\n,2,27/02/2025,27/02/2025,-,UPI/RENT,25000.5,0,224999.5\n",
        "2025-02-14 150000\n2025-02-27 -25000.5",
        currency="INR",
        closing="224999.5",
    ),
    Sample(
        "Axis Bank: DR and CR columns",
        "Tran Date,CHQNO,PARTICULARS,DR,CR,BAL,SOL\n14-02-2025,-,SALARY, ,150000.00,250000.00,123\n"
        "27-02-2025,-,RENT,25000.00, ,225000.00,123\n",
        "2025-02-14 150000.00\n2025-02-27 -25000.00",
        closing="225000.00",
    ),
    Sample(
        "Kotak: amount with Dr and Cr in a column beside it",
        "Sl. No.,Transaction Date,Value Date,Description,Chq / Ref No.,Amount,Dr / Cr,Balance,Dr / Cr\n"
        '1,14-02-2025 09:00:00,14-02-2025,SALARY,NEFT-1,"1,50,000.00",CR,"2,50,000.00",CR\n'
        '2,27-02-2025 09:00:00,27-02-2025,RENT,UPI-2,"25,000.00",DR,"2,25,000.00",CR\n',
        "2025-02-14 150000.00\n2025-02-27 -25000.00",
        closing="225000.00",
    ),
    Sample(
        "ANZ: no header",
        '27/02/2025,"-45.99","VISA DEBIT PURCHASE COLES"\n14/02/2025,"1500.00","PAY/SALARY FROM ACME"\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
    ),
    Sample(
        "Westpac: categories, debit and credit, serial",
        "Bank Account,Date,Narrative,Debit Amount,Credit Amount,Balance,Categories,Serial\n"
        "732000123456,27/02/2025,COLES,45.99,,1454.01,PAYMENT,\n732000123456,14/02/2025,ACME,,1500.00,1500.00,DEP,\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
        number="732000123456",
    ),
    Sample(
        "NAB: month names, short years, a merchant and a category",
        "Date,Amount,Account Number,,Transaction Type,Transaction Details,Balance,Category,Merchant Name\n"
        "27 Feb 25,-45.99,123456789,,EFTPOS DEBIT,COLES 1234,1454.01,Groceries,Coles\n"
        "14 Feb 25,1500.00,123456789,,INTER-BANK CREDIT,ACME,1500.00,Income,\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99 | Coles",
        closing="1454.01",
        number="123456789",
    ),
    Sample(
        "ING in Australia: both columns signed",
        "Date,Description,Credit,Debit,Balance\n27/02/2025,COLES,,-45.99,1454.01\n14/02/2025,ACME,1500.00,,1500.00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "Up",
        "Time,BSB / Account Number,Transaction Type,Payee,Description,Category,Tags,Subtotal (AUD),Currency,Subtotal "
        "(Transaction Currency),Fee (AUD),Round Up (AUD),Total (AUD),Payment Method,Settled Date\n"
        "2025-02-27T18:20:11+11:00,633-123 123456789,Purchase,Coles,COLES 1234,Groceries,,-45.99,AUD,-45.99,0.00,-0.01,-46.00,"
        "Card,2025-02-28\n"
        "2025-02-14T09:00:00+11:00,633-123 123456789,Salary,Acme,SALARY,,,1500.00,AUD,1500.00,0.00,0.00,1500.00,,2025-02-14\n",
        "2025-02-14 1500.00 | Acme\n2025-02-28 -46.00 | Coles",
        currency="AUD",
    ),
    Sample(
        "Kiwibank: a line of the account, trailing cells",
        "38-9000-0123456-00,27 Feb 2025,27 Feb 2025\n27 Feb 2025,COUNTDOWN ;,,-45.99,1454.01\n"
        "14 Feb 2025,ACME ;Salary,,1500.00,1500.00\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "ASB: words above, an id, a payee",
        "Created date / time : 28 February 2025 / 10:00:00\nBank 12; Branch 3456; Account 0123456-50 (Streamline)\n"
        "From date 20250201\nTo date 20250228\nAvail Bal : 1454.01 as of 20250228\nLedger Balance : 1454.01 as of 20250228\n"
        "Date,Unique Id,Tran Type,Cheque Number,Payee,Memo,Amount\n\n"
        "2025/02/14,2025021401,D/C,,ACME,salary,1500.00\n2025/02/27,2025022701,EFTPOS,,COUNTDOWN,card 1234,-45.99\n",
        "2025-02-14 1500.00 | ACME\n2025-02-27 -45.99 | COUNTDOWN",
        closing="1454.01",
    ),
    Sample(
        "DBS in Singapore: words above, debit and credit",
        "Account Details For:,DBS Savings 123-4-567890\nStatement as at:,28 Feb 2025\nAvailable Balance:,1454.01\n\n"
        "Transaction Date,Reference,Debit Amount,Credit Amount,Transaction Ref1,Transaction Ref2,Transaction Ref3\n"
        "27 Feb 2025,MST,45.99, ,NTUC,,\n14 Feb 2025,GRO, ,1500.00,ACME,SALARY,\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
    ),
    Sample(
        "OCBC: two lines a row",
        "Account details for:,360 Account 501-123456-001\nAvailable Balance,1454.01\n\nTransaction History\n"
        "Transaction date,Value date,Description,Withdrawals (SGD),Deposits (SGD)\n"
        '27/02/2025,27/02/2025,DEBIT PURCHASE,45.99,\n,,"25/02/25 NTUC",,\n14/02/2025,14/02/2025,GIRO,,"1,500.00"\n,,SALARY ACME,,\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        currency="SGD",
    ),
    Sample(
        "FNB in South Africa: numbered lines",
        "2,62012345678,'LEE A','Cheque Account'\n3,'Balance',1454.01,1500.00\n\nDate,Amount,Balance,Description\n"
        "2025/02/27,-45.99,1454.01,WOOLWORTHS\n2025/02/14,1500.00,1500.00,ACME SALARY\n",
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
    Sample(
        "Bank Hapoalim-like: Hebrew",
        "תאריך,הפעולה,פרטים,אסמכתא,חובה,זכות,יתרה לאחר פעולה\n14/02/2025,משכורת,ACME,123456,,15000.00,15000.00\n"
        "27/02/2025,כרטיס,שופרסל,123457,459.90,,14540.10\n",
        "2025-02-14 15000.00\n2025-02-27 -459.90",
        closing="14540.10",
    ),
    Sample(
        "Emirates NBD-like: month names, CR behind the balance",
        'Date,Description,Debit,Credit,Balance\n27 Feb 2025,CARREFOUR,45.99,,"1,454.01 CR"\n14 Feb 2025,SALARY,,"1,500.00",'
        '"1,500.00 CR"\n',
        "2025-02-14 1500.00\n2025-02-27 -45.99",
        closing="1454.01",
    ),
]

SERVICES_AND_PEOPLE = [
    Sample(
        "PayPal: a hold, a conversion, two currencies",
        '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",'
        '"To Email Address","Transaction ID","Balance"\n'
        '"14/02/2025","10:00:00","CET","Bob","Mobile Payment","Completed","EUR","100.00","-3.00","97.00","b@x","a@x",'
        '"1AB12345CD6789011","97.00"\n'
        '"15/02/2025","10:00:00","CET","","Account Hold for Open Authorization","Pending","EUR","-20.00","0.00","-20.00",'
        '"a@x","","1AB12345CD6789012","97.00"\n'
        '"20/02/2025","11:00:00","CET","","General Currency Conversion","Completed","EUR","-50.00","0.00","-50.00","","",'
        '"1AB12345CD6789013","47.00"\n'
        '"20/02/2025","11:00:00","CET","","General Currency Conversion","Completed","USD","54.00","0.00","54.00","","",'
        '"1AB12345CD6789014","54.00"\n'
        '"20/02/2025","11:00:00","CET","Shop","Express Checkout Payment","Completed","USD","-54.00","0.00","-54.00","a@x","s@x",'
        '"1AB12345CD6789015","0.00"\n',
        "2025-02-14 97.00 | Bob\n2025-02-20 -50.00\n2025-02-15 -20.00 pending\n2025-02-20 54.00\n2025-02-20 -54.00 | Shop",
        statements=2,
    ),
    Sample(
        "Stripe balance: amount, fee, net",
        "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description\n"
        "txn_1AAA,charge,ch_1,100.00,3.20,96.80,usd,2025-02-14 10:00,2025-02-16 00:00,Invoice 1\n"
        "txn_1AAB,payout,po_1,-96.80,0.00,-96.80,usd,2025-02-27 10:00,2025-02-27 00:00,STRIPE PAYOUT\n",
        "2025-02-14 96.80\n2025-02-27 -96.80",
        currency="USD",
    ),
    Sample(
        "Splitwise-like sheet: totals below",
        "Date,Description,Category,Cost,Currency\n2025-02-14,Dinner,Dining out,45.99,EUR\n2025-02-27,Taxi,Taxi,12.00,EUR\n\n"
        ",Total balance,,57.99,EUR\n",
        "2025-02-14 -45.99\n2025-02-27 -12.00",
        currency="EUR",
        asks=("signs",),
        is_open=True,
        answers={"signs": "turned"},
    ),
    Sample(
        "By hand: month names, currency signs, words for who",
        "When,Who,What,How much\n14 February 2025,Acme,salary,€1500\n27 February 2025,Baker,bread,-€4.50\n",
        "2025-02-14 1500\n2025-02-27 -4.50",
        currency="EUR",
    ),
    Sample(
        "By hand: brackets for money out",
        'Date,Payee,Amount\n2025-02-14,Acme,"1,500.00"\n2025-02-27,Baker,(4.50)\n',
        "2025-02-14 1500.00 | Acme\n2025-02-27 -4.50 | Baker",
    ),
    Sample(
        "By hand: minus behind, pipes",
        "Datum|Empfänger|Betrag\n14.02.2025|Acme|1.500,00\n27.02.2025|Bäcker|4,50-\n",
        "2025-02-14 1500.00 | Acme\n2025-02-27 -4.50 | Bäcker",
    ),
    Sample(
        "By hand: plus and minus in a column of their own",
        "Datum;Text;+/-;Betrag\n14.02.2025;Lohn;+;1500,00\n27.02.2025;Brot;-;4,50\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
    ),
    Sample(
        "By hand: days early in the month in dollars: nobody could tell",
        "Date,Description,Amount\n03/04/2025,coffee,-4.50\n01/05/2025,pay,100.00\n09/02/2025,rent,-50.00\n",
        "2025-03-04 -4.50\n2025-01-05 100.00\n2025-09-02 -50.00",
        asks=("date_order",),
        is_open=True,
        answers={"date_order": "mdy"},
    ),
    Sample(
        "By hand: three digits behind the mark",
        "Date,Description,Amount\n2025-02-14,gold,1.234\n2025-02-27,silver,-5.678\n",
        "2025-02-14 1234\n2025-02-27 -5678",
        asks=("decimal_sign",),
        is_open=True,
        answers={"decimal_sign": ","},
    ),
    Sample(
        "A name of a separator, semicolons and Mac line ends",
        "sep=;\rDate;Description;Amount\r2025-02-14;Acme;1500.00\r2025-02-27;Baker;-4.50\r",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
    ),
    Sample(
        "UTF-16 without a mark",
        "Date\tDescription\tAmount\n2025-02-14\tAcme\t1500.00\n2025-02-27\tBaker\t-4.50\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
        encoding="utf-16-le",
    ),
    Sample(
        "Mac Roman",
        "Date;Libellé;Débit;Crédit\n14/02/2025;Salaire reçu à Genève;;1500,00\n27/02/2025;Épicerie du marché;4,50;\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
        encoding="mac_roman",
    ),
    Sample(
        "Days as a spreadsheet counts them",
        "Date,Description,Amount\n45702,Acme,1500.00\n45715,Baker,-4.50\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
    ),
    Sample(
        "Two tables in one file: the account, then a card",
        "Current account\nDate,Description,Amount\n2025-02-14,Acme,1500.00\n2025-02-20,Card bill,-45.99\n\n"
        "Credit card\nDate,Description,Amount\n2025-02-11,Shop,-45.99\n2025-02-20,Paid,45.99\n",
        "2025-02-14 1500.00\n2025-02-20 -45.99\n2025-02-11 -45.99\n2025-02-20 45.99",
        statements=2,
    ),
    Sample(
        "Pages of a statement: the header again and again, totals of each page",
        "Date,Description,Amount\n2025-02-14,Acme,1500.00\nPage total,,1500.00\n\nDate,Description,Amount\n"
        "2025-02-27,Baker,-4.50\nPage total,,-4.50\nTotal,,1495.50\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
    ),
    Sample(
        "Crowns behind the amount",
        "Dato;Tekst;Beløp\n14.02.2025;Lønn;15 000,00 kr\n27.02.2025;Rema;-459,90 kr\n",
        "2025-02-14 15000.00\n2025-02-27 -459.90",
    ),
    Sample(
        "Narrow spaces between thousands, a real minus",
        "Date;Libellé;Montant\n14/02/2025;Salaire;1\u202f500,00\u00a0€\n27/02/2025;Loyer;\u22121\u202f045,00\u00a0€\n",
        "2025-02-14 1500.00\n2025-02-27 -1045.00",
        currency="EUR",
    ),
    Sample(
        "French month names",
        "Date;Libellé;Montant\n14 févr. 2025;Salaire;1500,00\n27 août 2025;Loyer;-800,00\n",
        "2025-02-14 1500.00\n2025-08-27 -800.00",
    ),
    Sample(
        "A column without heading or content at each end",
        ",Date,Description,Amount,,\n,2025-02-14,Acme,1500.00,,\n,2025-02-27,Baker,-4.50,,\n",
        "2025-02-14 1500.00\n2025-02-27 -4.50",
    ),
]

PROGRAMS = [
    Sample(
        "Copilot: spending positive, income negative, accounts by name",
        "date,name,amount,status,category,parent category,excluded,tags,type,account,account mask,note,recurring\n"
        "2026-02-03,Corner Bakery,6.75,posted,Coffee,Food,false,,regular,Everyday,4410,,\n"
        "2026-02-05,Acme Payroll,-2100.00,posted,Paychecks,,false,,income,Everyday,4410,,monthly\n"
        "2026-02-07,To the rainy day,-300.00,posted,,,false,,internal transfer,Rainy day,9001,,\n"
        "2026-02-07,To the rainy day,300.00,posted,,,false,,internal transfer,Everyday,4410,,\n"
        "2026-02-19,Acme Payroll,-2100.00,posted,Paychecks,,false,,income,Everyday,4410,,monthly\n",
        "2026-02-03 -6.75 | Corner Bakery\n2026-02-05 2100.00\n2026-02-07 -300.00\n2026-02-19 2100.00\n2026-02-07 300.00",
        statements=2,
    ),
    Sample(
        "Copilot: one income alone is a reason to ask",
        "date,name,amount,status,category,type,account\n"
        "2026-02-03,Corner Bakery,6.75,posted,Coffee,regular,Everyday\n"
        "2026-02-05,Acme Payroll,-2100.00,posted,Paychecks,income,Everyday\n"
        "2026-02-09,Grocer,31.20,posted,Groceries,regular,Everyday\n",
        "2026-02-03 -6.75\n2026-02-05 2100.00\n2026-02-09 -31.20",
        number="Everyday",
        asks=("signs",),
        is_open=True,
    ),
    Sample(
        "Toshl: an expense amount, an income amount, a comma for decimals",
        "Date,Account,Category,Tags,Expense amount,Income amount,Currency,In main currency,Main currency,Description\n"
        '29.05.26,Konto,Groceries,"home, food","1 300,50",,PLN,"1 300,50",PLN,a big shop\n'
        '30.05.26,Konto,Salary,,,"7 500,00",PLN,"7 500,00",PLN,May\n',
        "2026-05-29 -1300.50\n2026-05-30 7500.00",
        currency="PLN",
        number="Konto",
    ),
    Sample(
        "Money Manager: unsigned amounts, a word for each kind, both sides of a transfer",
        "Date,Account,Category,Subcategory,Note,EUR,Income/Expense,Description,Amount,Currency,Account\n"
        "12/28/2024 19:50:12,Bank,Purse,,for the market,60.00,Transfer-Out,,60.00,EUR,60.00\n"
        "12/28/2024 19:50:12,Purse,Bank,,for the market,60.00,Transfer-In,,60.00,EUR,60.00\n"
        "12/29/2024 12:00:00,Purse,Food,Lunch,noodles,11.40,Exp.,,11.40,EUR,11.40\n"
        "12/30/2024 08:00:00,Bank,Salary,,pay,1800.00,Income,,1800.00,EUR,1800.00\n",
        "2024-12-28 -60.00\n2024-12-30 1800.00\n2024-12-28 60.00\n2024-12-29 -11.40",
        statements=2,
    ),
    Sample(
        "1Money: a transfer that only one row tells of",
        '"DATE","TYPE","FROM ACCOUNT","TO ACCOUNT / TO CATEGORY","AMOUNT","CURRENCY","AMOUNT 2","CURRENCY 2","NOTES"\n'
        '"01/15/24","Expense","Card","Groceries","25.5","EUR","25.5","EUR",""\n'
        '"01/16/24","Income","Card","Gifts","100","EUR","100","EUR",""\n'
        '"01/17/24","Transfer","Card","Purse","40","EUR","40","EUR",""\n',
        "2024-01-15 -25.5\n2024-01-16 100\n2024-01-17 -40",
        currency="EUR",
        number="Card",
        asks=("transfers",),
        is_open=True,
    ),
    Sample(
        "Spendee: wallets",
        "Date,Wallet,Type,Category name,Amount,Currency,Note,Labels,Author\n"
        "2026-05-01T10:00:00+00:00,Bank,Outgoing Transfer,Transfer,-200.00,CHF,,,Nora\n"
        "2026-05-01T10:00:00+00:00,Purse,Incoming Transfer,Transfer,200.00,CHF,,,Nora\n"
        "2026-05-02T10:00:00+00:00,Purse,Expense,Groceries,-42.10,CHF,apples,,Nora\n",
        "2026-05-01 -200.00\n2026-05-01 200.00\n2026-05-02 -42.10",
        statements=2,
    ),
    Sample(
        "Wallet in Russian: unsigned amounts, words for both directions",
        "account;category;currency;amount;ref_currency_amount;type;payment_type;note;date;transfer;payee;labels\n"
        "Карта;Продукты;RUB;830.5;830.5;Расход;Наличные;;2026-07-28T13:38:36.446Z;false;;\n"
        "Карта;Зарплата;RUB;90000;90000;Доход;Перевод;;2026-07-14T19:33:00.000Z;false;;\n",
        "2026-07-14 90000\n2026-07-28 -830.5",
        currency="RUB",
        number="Карта",
    ),
]

SAMPLES = [
    *NORTH_AMERICA,
    *BRITAIN_AND_IRELAND,
    *GERMANY_AUSTRIA_SWITZERLAND,
    *REST_OF_EUROPE,
    *REST_OF_THE_WORLD,
    *SERVICES_AND_PEOPLE,
    *PROGRAMS,
]
