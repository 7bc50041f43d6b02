"""The shapes of many banks' files, written anew with made-up figures: each must come out as its bank means it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from farthing.formats.detection import read


@dataclass(frozen=True)
class Shape:
    """A file and what is in it: amounts and first date in bank order."""

    name: str
    text: str
    amounts: list[str]
    first: dt.date
    opening: str | None = None
    closing: str | None = None
    currency: str | None = None
    payees: list[str | None] = field(default_factory=list)
    number: str | None = None
    encoding: str = "utf-8"


SHAPES = [
    Shape(
        "Chase: posting date, signed amount, running balance, a type column that isn't a direction",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
        "DEBIT,02/13/2024,COFFEE,-4.50,DEBIT_CARD,995.50,,\n"
        "CREDIT,02/12/2024,PAYROLL,1000.00,ACH_CREDIT,1000.00,,\n",
        ["1000.00", "-4.50"],
        dt.date(2024, 2, 12),
        "0.00",
        "995.50",
    ),
    Shape(
        "Bank of America: a summary above, the balance brought forward as the first row",
        'Description,,Summary Amt.\nBeginning balance as of 01/01/2024,,"1,000.00"\nTotal credits,,"500.00"\n'
        'Total debits,,"-25.50"\nEnding balance as of 01/31/2024,,"1,474.50"\n\n'
        "Date,Description,Amount,Running Bal.\n"
        '01/01/2024,Beginning balance as of 01/01/2024,,"1,000.00"\n'
        '01/13/2024,"PAY, INC","500.00","1,500.00"\n01/31/2024,SHOP,"-25.50","1,474.50"\n',
        ["500.00", "-25.50"],
        dt.date(2024, 1, 13),
        "1000.00",
        "1474.50",
    ),
    Shape(
        "Wells Fargo: no header",
        '"01/31/2024","-50.00","*","","ATM WITHDRAWAL"\n"01/30/2024","1200.00","*","","SALARY"\n',
        ["1200.00", "-50.00"],
        dt.date(2024, 1, 30),
    ),
    Shape(
        "Capital One: debit and credit apart, none of the other",
        "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n"
        "2024-03-02,2024-03-04,1234,SHOP,Shopping,20.00,\n2024-03-01,2024-03-01,1234,PAYMENT,Payment,,100.00\n",
        ["100.00", "-20.00"],
        dt.date(2024, 3, 1),
    ),
    Shape(
        "PayPal: gross, fee and net",
        '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID"\n'
        '"31/01/2024","10:00:00","CET","Ann","Payment","Completed","EUR","10,00","-0,50","9,50","8AB12345CD678901E"\n'
        '"31/01/2024","11:00:00","CET","Bob","Payment","Pending","EUR","5,00","0,00","5,00","8AB12345CD678902E"\n',
        ["9.50"],
        dt.date(2024, 1, 31),
        currency="EUR",
        payees=["Ann"],
    ),
    Shape(
        "Lloyds: debit, credit, balance, day first by the balances' order",
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Cred"
        "it Amount,Balance\n"
        "03/04/2024,DEB,'12-34-56,12345678,TESCO,10.00,,90.00\n"
        "02/04/2024,FPI,'12-34-56,12345678,WAGES,,50.00,100.00\n"
        "31/03/2024,DEB,'12-34-56,12345678,SHOP,5.00,,50.00\n",
        ["-5.00", "50.00", "-10.00"],
        dt.date(2024, 3, 31),
        "55.00",
        "90.00",
        number="12345678",
    ),
    Shape(
        "Nationwide: a preamble, pound signs, month names, cp1252",
        '"Account Name:","FlexAccount ****12345"\n"Account Balance:","\u00a3110.00"\n'
        '"Available Balance: ","\u00a3210.00"\n\n'
        '"Date","Transaction type","Description","Paid out","Paid in","Balance"\n'
        '"01 Feb 2024","Visa purchase","CAFE","\u00a310.00","","\u00a390.00"\n'
        '"02 Feb 2024","Transfer","ANN","","\u00a320.00","\u00a3110.00"\n',
        ["-10.00", "20.00"],
        dt.date(2024, 2, 1),
        "100.00",
        "110.00",
        "GBP",
        encoding="cp1252",
    ),
    Shape(
        "Starling: the currency in the headings",
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n"
        "01/02/2024,Ann,rent,FASTER PAYMENT,-500.00,500.00,HOME,\n"
        "02/02/2024,Bob,beer,FASTER PAYMENT,5.00,505.00,FUN,\n",
        ["-500.00", "5.00"],
        dt.date(2024, 2, 1),
        "1000.00",
        "505.00",
        "GBP",
        ["Ann", "Bob"],
    ),
    Shape(
        "Revolut: fees beside the amount, a pending and a reverted row",
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "TOPUP,Current,2024-01-01 10:00:00,2024-01-01 10:00:01,Top-up,100.00,0.00,EUR,COMPLETED,100.00\n"
        "ATM,Current,2024-01-02 10:00:00,2024-01-03 10:00:01,Cash,-50.00,1.00,EUR,COMPLETED,49.00\n"
        "CARD_PAYMENT,Current,2024-01-04 10:00:00,2024-01-04 11:00:00,Shop,-5.00,0.00,EUR,REVERTED,\n"
        "CARD_PAYMENT,Current,2024-01-05 10:00:00,,Shop,-7.00,0.00,EUR,PENDING,\n",
        ["100.00", "-51.00"],
        dt.date(2024, 1, 1),
        "0.00",
        "49.00",
        "EUR",
    ),
    Shape(
        "N26: a foreign amount beside the account's own",
        '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","A'
        'mount (EUR)",'
        '"Original Amount","Original Currency","Exchange Rate"\n'
        '2024-05-01,2024-05-01,"Hotel","","Presentment","","Main",-90.00,-100.00,"USD",0.9\n'
        '2024-05-02,2024-05-02,"Boss","DE02120300000000202051","Credit","Pay","Main",2000.00,"","",""\n',
        ["-90.00", "2000.00"],
        dt.date(2024, 5, 1),
        currency="EUR",
        payees=["Hotel", "Boss"],
        number="Main",
    ),
    Shape(
        "Sparkasse: two-digit years, the payee's account behind the payee, cp1252",
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";'
        '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n'
        '"DE02120300000000202051";"05.02.24";"05.02.24";"LASTSCHRIFT";"Strom für März";"";"Stadtwerke München";'
        '"DE02500105170137075030";"INGDDEFF";"-80,00";"EUR";"Umsatz gebucht"\n'
        '"DE02120300000000202051";"01.02.24";"01.02.24";"GUTSCHRIFT";"Lohn";"";"Firma GmbH";'
        '"DE02100500000054540402";"BELADEBE";"2.500,00";"EUR";"Umsatz gebucht"\n',
        ["2500.00", "-80.00"],
        dt.date(2024, 2, 1),
        currency="EUR",
        payees=["Firma GmbH", "Stadtwerke München"],
        number="DE02120300000000202051",
        encoding="cp1252",
    ),
    Shape(
        "comdirect: a preamble of one line, a footer with the old balance, all days early in the month",
        ';\n"Umsätze Girokonto";"Zeitraum: 30 Tage";\n"Neuer Kontostand";"1.234,56 EUR";\n\n'
        '"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";\n'
        '"02.01.2024";"02.01.2024";"Lastschrift";"Auftraggeber: Telefon Buchungstext: Rechnung";"-20,00";\n'
        '"01.01.2024";"01.01.2024";"Übertrag";"Buchungstext: Sparen";"-100,00";\n\n'
        '"Alter Kontostand";"1.354,56 EUR";\n',
        ["-100.00", "-20.00"],
        dt.date(2024, 1, 1),
        "1354.56",
        "1234.56",
        "EUR",
        encoding="cp1252",
    ),
    Shape(
        "Boursorama: names in camel case, the same balance on every row",
        "dateOp;dateVal;label;category;amount;accountNum;accountLabel;accountBalance\n"
        '2024-02-03;2024-02-03;"CARTE BOULANGERIE";Courses;-3,20;00040123456;BOURSORAMA;996,80\n'
        '2024-02-01;2024-02-01;"VIR SALAIRE";Revenus;1 000,00;00040123456;BOURSORAMA;996,80\n',
        ["1000.00", "-3.20"],
        dt.date(2024, 2, 1),
        None,
        "996.80",
    ),
    Shape(
        "Crédit Agricole: a preamble, debit and credit in euros, narrow spaces, day first by language",
        "Téléchargement du 05/02/2024;\n\nM. DUPONT\nCompte de Dépôt n° 12345678901\n"
        "Solde au 05/02/2024 : 1\u202f040,00 €\n\n"
        "Date;Libellé;Débit euros;Crédit euros;\n"
        '02/02/2024;"PRELEVEMENT\nEDF";60,00;;\n01/02/2024;"VIREMENT";;1\u202f100,00;\n',
        ["1100.00", "-60.00"],
        dt.date(2024, 2, 1),
        None,
        "1040.00",
        "EUR",
    ),
    Shape(
        "ING in the Netherlands: compact dates, Af and Bij, unsigned amounts, the balance after each row",
        '"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoor'
        't";"Mededelingen";"Saldo na mutatie"\n'
        '"20240203";"Albert Heijn";"NL02INGB0000000000";"";"BA";"Af";"12,34";"Betaalautomaat";"Pas 1";"987,66"\n'
        '"20240201";"Werkgever";"NL02INGB0000000000";"NL91ABNA0417164300";"OV";"Bij";"1.000,00";"Overschrijvi'
        'ng";"loon";"1.000,00"\n',
        ["1000.00", "-12.34"],
        dt.date(2024, 2, 1),
        "0.00",
        "987.66",
        "EUR",
        ["Werkgever", "Albert Heijn"],
        "NL02INGB0000000000",
    ),
    Shape(
        "Rabobank: signs on every amount, a running number",
        '"IBAN/BBAN","Munt","BIC","Volgnr","Datum","Rentedatum","Bedrag","Saldo na trn","Tegenrekening IBAN/B'
        'BAN","Naam tegenpartij","Omschrijving-1"\n'
        '"NL13RABO0000000000","EUR","RABONL2U","000000000000000101","2024-02-01","2024-02-01","+100,00","+200'
        ',00","","Ann","Hi"\n'
        '"NL13RABO0000000000","EUR","RABONL2U","000000000000000102","2024-02-02","2024-02-02","-0,50","+199,5'
        '0","","Bob","Yo"\n',
        ["100.00", "-0.50"],
        dt.date(2024, 2, 1),
        "100.00",
        "199.50",
        "EUR",
        ["Ann", "Bob"],
        "NL13RABO0000000000",
    ),
    Shape(
        "ABN AMRO: tabs, no header, the balances before and after",
        "123456789\tEUR\t20240201\t1000,00\t990,00\t20240201\t-10,00\tBEA NR:1 ALBERT\n"
        "123456789\tEUR\t20240202\t990,00\t1490,00\t20240202\t500,00\tSEPA LOON\n"
        "123456789\tEUR\t20240203\t1490,00\t1470,00\t20240203\t-20,00\tBEA NR:2 JUMBO\n",
        ["-10.00", "500.00", "-20.00"],
        dt.date(2024, 2, 1),
        "1000.00",
        "1470.00",
        "EUR",
    ),
    Shape(
        "Swedbank: a preamble, spaces between thousands",
        "* Transaktioner Period 2024-01-01 2024-02-01\n"
        "Radnummer,Valuta,Bokföringsdag,Valutadag,Beskrivning,Belopp,Bokfört saldo\n"
        '1,SEK,2024-01-31,2024-01-31,"Åhlens","-1 200,50","8 799,50"\n'
        '2,SEK,2024-01-25,2024-01-25,"Lön","10 000,00","10 000,00"\n',
        ["10000.00", "-1200.50"],
        dt.date(2024, 1, 25),
        "0.00",
        "8799.50",
        "SEK",
        encoding="iso8859_15",
    ),
    Shape(
        "DNB: out and in of the account, Norwegian",
        '"Dato";"Forklaring";"Rentedato";"Ut fra konto";"Inn på konto"\n'
        '"05.02.2024";"Rema 1000";"05.02.2024";"250,00";""\n"01.02.2024";"Lønn";"01.02.2024";"";"30000,00"\n',
        ["30000.00", "-250.00"],
        dt.date(2024, 2, 1),
        encoding="cp1252",
    ),
    Shape(
        "mBank: hash signs, currency behind the amount, cp1250",
        "mBank S.A.;\n#Za okres:;\n01.02.2024;29.02.2024;\n\n"
        "#Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;#Saldo po operacji;\n"
        "2024-02-05;ŻABKA ŁÓDŹ;eKonto 1111;Zakupy;-12,00 PLN;1 988,00 PLN;\n"
        "2024-02-01;PRZELEW ŚRODKÓW;eKonto 1111;Wpływy;2 000,00 PLN;2 000,00 PLN;\n",
        ["2000.00", "-12.00"],
        dt.date(2024, 2, 1),
        "0.00",
        "1988.00",
        "PLN",
        encoding="cp1250",
    ),
    Shape(
        "BBVA: Spanish, day first by language",
        "F.Valor;Fecha;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa;Observaciones\n"
        "03/02/2024;02/02/2024;Recibo luz;Adeudo;-45,10;EUR;954,90;EUR;\n"
        "01/02/2024;01/02/2024;Nómina;Abono;1.000,00;EUR;1.000,00;EUR;\n",
        ["1000.00", "-45.10"],
        dt.date(2024, 2, 1),
        "0.00",
        "954.90",
        "EUR",
    ),
    Shape(
        "Fineco: entrate and uscite, valuta a date",
        "Conto Corrente: 1234567\n\nData_Operazione;Data_Valuta;Entrate;Uscite;Descrizione;Descrizione_Completa\n"
        "05/02/2024;05/02/2024;;-12,30;Pagamento;Bar Roma\n01/02/2024;02/02/2024;1.500,00;;Bonifico;Stipendio\n",
        ["1500.00", "-12.30"],
        dt.date(2024, 2, 1),
    ),
    Shape(
        "Millennium: Portuguese, a balance",
        "Data lançamento;Data valor;Descrição;Montante;Saldo\n"
        "05-02-2024;05-02-2024;COMPRA;-10,00;90,00\n01-02-2024;01-02-2024;ORDENADO;100,00;100,00\n",
        ["100.00", "-10.00"],
        dt.date(2024, 2, 1),
        "0.00",
        "90.00",
    ),
    Shape(
        "PostFinance: credit, debit with a minus, a footer",
        'Datum von:;="01.02.2024"\nKonto:;="CH9300762011623852957"\nWährung:;="CHF"\n\n'
        "Datum;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Valuta;Saldo in CHF\n"
        "02.02.2024;KAUF;;-20.50;02.02.2024;1'079.50\n01.02.2024;LOHN;1100.00;;01.02.2024;1'100.00\n\n"
        "Disclaimer:\nOhne Gewähr.\n",
        ["1100.00", "-20.50"],
        dt.date(2024, 2, 1),
        "0.00",
        "1079.50",
        "CHF",
        number="CH9300762011623852957",
    ),
    Shape(
        "CommBank: no header, the balance tells the columns apart",
        '05/02/2024,"-12.00","COFFEE","+88.00"\n04/02/2024,"+50.00","ANN","+100.00"\n'
        '28/01/2024,"-1.00","FEE","+50.00"\n',
        ["-1.00", "50.00", "-12.00"],
        dt.date(2024, 1, 28),
        "51.00",
        "88.00",
    ),
    Shape(
        "TD Canada: no header, money out and in apart, told by the balance",
        "01/15/2024,SHOP,12.00,,988.00\n01/16/2024,PAY,,500.00,1488.00\n01/17/2024,RENT,800.00,,688.00\n",
        ["-12.00", "500.00", "-800.00"],
        dt.date(2024, 1, 15),
        "1000.00",
        "688.00",
    ),
    Shape(
        "HDFC: two-digit years, lakhs, a reference",
        "Date,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance\n"
        '31/01/24,SALARY,31/01/24,0.00,"1,50,000.00",0000123456789012,"2,50,000.00"\n'
        '01/02/24,RENT,01/02/24,"25,000.00",0.00,0000123456789013,"2,25,000.00"\n',
        ["150000.00", "-25000.00"],
        dt.date(2024, 1, 31),
        "100000.00",
        "225000.00",
    ),
    Shape(
        "Fio: UTF-16 with a mark, Czech",
        '"ID pohybu";"Datum";"Objem";"Měna";"Protiúčet";"Název protiúčtu";"Zpráva pro příjemce"\n'
        '"26543210981";"05.02.2024";"-150,00";"CZK";"";"Billa";""\n'
        '"26543210980";"01.02.2024";"20000,00";"CZK";"";"Práce";""\n',
        ["20000.00", "-150.00"],
        dt.date(2024, 2, 1),
        currency="CZK",
        payees=["Práce", "Billa"],
        encoding="utf-16",
    ),
    Shape(
        "A bank with Cr and Dr behind its balances",
        "Txn Date\tDescription\tAmount\tDr/Cr\tBalance\n"
        "13 Jan 2024\tATM\t50.00\tDR\t50.00 Dr\n14 Jan 2024\tCASH\t70.00\tCR\t20.00 Cr\n",
        ["-50.00", "70.00"],
        dt.date(2024, 1, 13),
        "0.00",
        "20.00",
    ),
    Shape(
        "Unsigned amounts, signed by how the balance moves and by the words of the oldest row's kind",
        "Date,Type,Amount,Balance\n2024-01-01,Purchase,10.00,90.00\n2024-01-02,Deposit,20.00,110.00\n"
        "2024-01-03,Purchase,5.00,105.00\n",
        ["-10.00", "20.00", "-5.00"],
        dt.date(2024, 1, 1),
        "100.00",
        "105.00",
    ),
    Shape(
        "American Express: charges positive, the payment thanked for",
        "Date,Description,Card Member,Account #,Amount\n01/15/2024,AMAZON,J DOE,-11001,25.00\n"
        "01/20/2024,AUTOPAY PAYMENT - THANK YOU,J DOE,-11001,-25.00\n01/25/2024,UBER,J DOE,-11001,10.00\n",
        ["-25.00", "25.00", "-10.00"],
        dt.date(2024, 1, 15),
    ),
    Shape(
        "A card of Chase: sales negative, the payment positive",
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
        "01/15/2024,01/16/2024,SHOP,Shopping,Sale,-25.00,\n01/20/2024,01/20/2024,Payment Thank You,,Payment,25.00,\n",
        ["-25.00", "25.00"],
        dt.date(2024, 1, 16),
    ),
    Shape(
        "Handelsbanken: a tab between cells, the account and balance above, dates under compound words",
        "Kontonummer:\t123 456 789\tSaldo:\t1 879,50\n\nReskontradatum\tTransaktionsdatum\tText\tBelopp\tSaldo\n"
        "2024-02-05\t2024-02-04\tICA\t-120,50\t1 879,50\n2024-02-01\t2024-02-01\tLön\t2 000,00\t2 000,00\n",
        ["2000.00", "-120.50"],
        dt.date(2024, 2, 1),
        "0.00",
        "1879.50",
        number="123 456 789",
    ),
    Shape(
        "Postbank: an amount beside Soll and Haben, the balance in words below",
        "Umsätze\nKonto;Filial-/Kontonummer;IBAN;Währung\nPostbank Giro;1234567;DE02100100100006820101;EUR\n"
        "1.2.2024 - 5.2.2024\nBuchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;"
        "IBAN / Kontonummer;Betrag;Soll;Haben;Währung\n"
        "5.2.2024;5.2.2024;SEPA Lastschrift;Telekom;Rechnung;DE02;-39,95;-39,95;;EUR\n"
        "1.2.2024;1.2.2024;SEPA Überweisung;Firma;Lohn;DE03;2.000,00;;2.000,00;EUR\n"
        "Kontostand;5.2.2024;;;2.960,05;EUR\n",
        ["2000.00", "-39.95"],
        dt.date(2024, 2, 1),
        None,
        "2960.05",
        "EUR",
        ["Firma", "Telekom"],
        "DE02100100100006820101",
    ),
    Shape(
        "UBS: a preamble of balances, debits negative, three dates",
        "Account number:;0234 00123456.40;\nIBAN:;CH93 0076 2011 6238 5295 7;\nOpening balance:;1000.00;\n"
        "Closing balance:;1450.00;\nValued in:;CHF;\n\n"
        "Trade date;Trade time;Booking date;Value date;Currency;Debit;Credit;Individual amount;Balance;Transaction no.;"
        "Description1;Description2;\n"
        "2024-02-05;;2024-02-05;2024-02-05;CHF;-50.00;;;1450.00;9999035ZC1234567;Migros;Payment;\n"
        "2024-02-01;;2024-02-01;2024-02-01;CHF;;500.00;;1500.00;9999032TI1234568;Employer AG;Salary;\n",
        ["500.00", "-50.00"],
        dt.date(2024, 2, 1),
        "1000.00",
        "1450.00",
        "CHF",
        number="CH93 0076 2011 6238 5295 7",
    ),
    Shape(
        "Monzo: money out and in beside a signed amount, day first by the currency",
        "Transaction ID,Date,Time,Type,Name,Category,Amount,Currency,Local amount,Local currency,Description,Money Out,"
        "Money In\ntx_0000AAbbCC,01/02/2024,10:00:00,Card payment,Pret,Eating out,-4.50,GBP,-5.00,EUR,PRET,-4.50,\n"
        "tx_0000AAbbCD,02/02/2024,11:00:00,Faster payment,Ann,General,20.00,GBP,20.00,GBP,,,20.00\n",
        ["-4.50", "20.00"],
        dt.date(2024, 2, 1),
        currency="GBP",
        payees=["Pret", "Ann"],
    ),
    Shape(
        "A spreadsheet's line that names the separator, and text with a bare delimiter",
        "sep=,\nDate,Description,Amount\n2024-01-15,Rent, January,-700.00\n2024-01-16,Coffee,-3.00\n",
        ["-700.00", "-3.00"],
        dt.date(2024, 1, 15),
    ),
    Shape(
        "The totals of the statement beside each row: only the amount is the row's",
        "account_no,currency,initial_date,final_date,initial_balance,final_balance,income,expenses,text,"
        "transaction_date,amount\n"
        "900,EUR,2024-11-01,2024-11-30,10.00,910.00,1300.00,400.00,PAY,2024-11-03,1300.00\n"
        "900,EUR,2024-11-01,2024-11-30,10.00,910.00,1300.00,400.00,RENT,2024-11-12,-400.00\n",
        ["1300.00", "-400.00"],
        dt.date(2024, 11, 3),
        currency="EUR",
        number="900",
    ),
    Shape(
        "A card: payments and credits are a category of their own",
        "Trans. Date,Post Date,Description,Amount,Category\n"
        "10/28/2024,10/29/2024,FUEL,41.20,Gasoline\n10/21/2024,10/21/2024,BANK XFER,-310.00,Payments and Credits\n",
        ["310.00", "-41.20"],
        dt.date(2024, 10, 21),
    ),
    Shape(
        "Money in under a heading that nobody knows: it has what money out hasn't",
        "Date,Text,Withdrawals,Zufluxe,Balance\n2024-02-26,PAY,,300.00,400.00\n2024-02-27,POWER,75.50,,324.50\n"
        "2024-02-29,CARD,24.50,,300.00\n",
        ["300.00", "-75.50", "-24.50"],
        dt.date(2024, 2, 26),
        "100.00",
        "300.00",
    ),
    Shape(
        "A card of several currencies: the amounts that are all in one are the account's",
        "Date,Text,Transaction amount,Transaction currency,Payment amount,Account currency\n"
        "2024-05-02,Kiosk,-12.50,GBP,-12.50,GBP\n2024-05-03,Cloud,-10.00,USD,-8.02,GBP\n",
        ["-12.50", "-8.02"],
        dt.date(2024, 5, 2),
        currency="GBP",
    ),
    Shape(
        "A card for fuel: amounts of one kind of purchase are mostly nothing, the total is it",
        "Account Number,Cash Advance Amount,Fuel Amount,Store,Transaction Date,Transaction Total\n"
        "55,0,0,PUMP 1,2024-12-24,-3.70\n55,0,-20.10,PUMP 2,2024-12-27,-20.10\n",
        ["-3.70", "-20.10"],
        dt.date(2024, 12, 24),
        number="55",
    ),
    Shape(
        "Quotes that nobody doubled, at the end of a cell too",
        'Date,Name,Text,Amount,Note\n2024-01-26,"UAB "Sodas"","CARD UAB "Sodas"  X",-12.20,""\n'
        '2024-01-27,"Ann ""the"" Smith","x",-1.00,""\n',
        ["-12.20", "-1.00"],
        dt.date(2024, 1, 26),
        payees=['UAB "Sodas"', 'Ann "the" Smith'],
    ),
    Shape(
        "Dates with colons, and the other party in the second of two columns",
        "Date,Counterparty,Name,Text,Amount\n2024:03:06,,Cloud Ltd,INV 1,-7.80\n2024:03:07,,Films,INV 2,-9.00\n",
        ["-7.80", "-9.00"],
        dt.date(2024, 3, 6),
        payees=["Cloud Ltd", "Films"],
    ),
    Shape(
        "PayPal in German: gross, fee and net, and what the account holds",
        '"Datum","Name","Status","Währung","Brutto","Gebühr","Netto","Transaktionscode","Guthaben"\n'
        '"02.03.2024","Kunde","Abgeschlossen","EUR","100,00","-2,84","97,16","8AB12345CD678901E","97,16"\n'
        '"14.03.2024","Laden","Abgeschlossen","EUR","-25,00","0,00","-25,00","8AB12345CD678902E","72,16"\n',
        ["97.16", "-25.00"],
        dt.date(2024, 3, 2),
        "0.00",
        "72.16",
        currency="EUR",
        payees=["Kunde", "Laden"],
    ),
    Shape(
        "Money in and out told in brackets behind the same words",
        "Date,Text,Amount (credit),Amount (debit),Balance\n2024-02-28,PAY,2000.00,,2000.00\n"
        "2024-02-29,SHOP,,55.50,1944.50\n",
        ["2000.00", "-55.50"],
        dt.date(2024, 2, 28),
        "0.00",
        "1944.50",
    ),
    Shape(
        "Money in has a plus, money out no sign, and one balance proves nothing of the oldest row",
        "Дата;Описание;Сумма;Остаток\n29.02.2024;Магазин;55,50;1 944,50\n28.02.2024;Зарплата;+2 000,00;2 000,00\n",
        ["2000.00", "-55.50"],
        dt.date(2024, 2, 28),
        "0.00",
        "1944.50",
        encoding="cp1251",
    ),
    Shape(
        "The account's number rather than its owner's name; a rouble by its old code",
        "Date,Text,Amount,Currency,Account Name,Account Number\n2024-02-28,A,20.00,RUR,A SMITH,6001-1\n"
        "2024-02-29,B,-5.00,RUR,A SMITH,6001-1\n",
        ["20.00", "-5.00"],
        dt.date(2024, 2, 28),
        currency="RUB",
        number="6001-1",
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_bank_file_comes_out_as_the_bank_means_it(shape: Shape) -> None:
    file = read(shape.text.encode(shape.encoding))
    [statement] = file.statements
    booked = [row for row in statement.rows if row.status != "pending"]
    assert [row.amount for row in booked] == [Decimal(amount) for amount in shape.amounts]
    assert statement.rows[0].date == shape.first
    assert statement.rows == tuple(sorted(statement.rows, key=lambda row: row.date))
    assert (str(statement.opening.amount) if statement.opening else None) == shape.opening
    assert (str(statement.closing.amount) if statement.closing else None) == shape.closing
    assert statement.currency == shape.currency
    if shape.payees:
        assert [row.payee for row in booked] == shape.payees
    if shape.number:
        assert (statement.number or statement.name) == shape.number


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("ending", ["\r\n", "\r"], ids=["windows", "old mac"])
def test_line_ends_make_no_difference(shape: Shape, ending: str) -> None:
    plain = read(shape.text.encode(shape.encoding))
    other = read(shape.text.replace("\n", ending).encode(shape.encoding))
    assert other.statements == plain.statements


def test_the_accounts_of_one_file_stay_apart() -> None:
    """By a column that is headed as programs write it, or by what stands above each table."""
    columns = (
        "dateOp;label;amount;accountNum;accountLabel\n2024-02-29;SHOP;-23,45;0001;Current\n"
        "2024-02-27;PAY;2500,00;0001;Current\n2024-02-26;TO SAVINGS;-1000,00;0002;Savings\n"
    )
    found = read(columns.encode()).statements
    assert [(each.number, len(each.rows)) for each in found] == [("0001", 2), ("0002", 1)]
    assert found[0].rows[0].description == "PAY"
    table = "Buchungstag;Buchungstext;Umsatz in EUR\n{}\n\n"
    sections = (
        ";\nUmsätze Girokonto;Zeitraum: 30 Tage\nNeuer Kontostand;1.300,00 EUR\n\n"
        + table.format("04.03.2024;Gehalt;2.000,00\n01.03.2024;Miete;-700,00")
        + "Alter Kontostand;0,00 EUR\n\nUmsätze Tagesgeld 2;Zeitraum: 30 Tage\nNeuer Kontostand;5,50 EUR\n\n"
        + table.format("02.03.2024;Zinsen;5,50")
    )
    found = read(sections.encode()).statements
    assert [(each.name, len(each.rows), str(each.closing and each.closing.amount)) for each in found] == [
        ("Umsätze Girokonto", 2, "1300.00"),
        ("Umsätze Tagesgeld 2", 1, "5.50"),
    ]


def test_a_number_that_may_be_money_is_never_left_out_in_silence() -> None:
    file = read(b"Date,Text,Withdrawals,Foo\n2024-02-26,A,,300.00\n2024-02-27,B,75.50,\n2024-02-28,C,1.00,2.00\n")
    assert [row.amount for row in file.statements[0].rows] == [Decimal("-75.50"), Decimal("-1.00")]
    assert "Line 2" in file.warnings[0]
    assert "'Foo'" in file.warnings[0]


def test_mostly_positive_amounts_of_a_card_are_asked_about() -> None:
    rows = "2024-01-02,A,1.50\n2024-01-03,B,2.50\n2024-01-04,C,3.50\n2024-01-05,D,-7.50\n"
    [question] = read(f"Date,Merchant,Amount\n{rows}".encode()).questions
    assert (question.name, question.chosen) == ("signs", "turned")
    assert read(f"Date,Text,Amount\n{rows}".encode()).questions == ()


def test_the_oldest_of_unsigned_amounts_is_asked_about_though_the_balances_follow() -> None:
    text = "Date,Text,Amount,Balance\n2024-02-27,PAY,2000.00,2000.00\n2024-02-28,A,55.50,1944.50\n"
    text += "2024-02-29,B,44.50,1900.00\n"
    [question] = read(text.encode()).questions
    assert question.name == "oldest_row"
    answered = read(text.encode(), answers={"oldest_row": "in"})
    assert [str(row.amount) for row in answered.statements[0].rows] == ["2000.00", "-55.50", "-44.50"]


def test_a_journals_account_of_income_turns_no_signs() -> None:
    text = "JournalNo,Date,Account Name,Net Amount,Description\n"
    for number in range(1, 5):
        text += f"{number},2024-03-0{number},Income,-{number}00.00,Sale\n"
        text += f"{number},2024-03-0{number},Cash,{number}00.00,Sale\n"
    found = read(text.encode())
    assert {each.name: sum(row.amount for row in each.rows) for each in found.statements} == {
        "Income": Decimal("-1000.00"),
        "Cash": Decimal("1000.00"),
    }
    assert found.warnings == ()


def test_years_of_thailand_are_those_of_everyone() -> None:
    text = "Date,Text,Withdrawal,Deposit\n28/02/2567,A,,2000.00\n29/02/2567,B,55.50,\n"
    assert [str(row.date) for row in read(text.encode()).statements[0].rows] == ["2024-02-28", "2024-02-29"]


def test_an_amounts_heading_tells_its_currency_and_not_what_was_paid_abroad() -> None:
    text = "Date,Text,Card currency amount (UAH),Operation amount,Currency\n"
    text += "2024-02-28,A,2000.00,50.00,USD\n2024-02-29,B,-55.50,-55.50,UAH\n"
    [found] = read(text.encode()).statements
    assert [(str(row.amount), row.currency) for row in found.rows] == [("2000.00", "UAH"), ("-55.50", "UAH")]


def test_money_in_is_of_who_pays_where_payer_and_payee_are_told() -> None:
    text = "Date;Sender;Beneficiary;Text;Amount\n2024-02-28;ACME;ANN;PAY;2000,00\n2024-02-29;ANN;SHOP;BUY;-55,50\n"
    text += "2024-03-01;ANN;CAFE;BUY;-5,50\n"
    assert [row.payee for row in read(text.encode()).statements[0].rows] == ["ACME", "SHOP", "CAFE"]


def test_greek_and_polish_shapes() -> None:
    greek = "Ημ/νία;Αιτιολογία;Ποσό;Πρόσημο ποσού\n29/02/2024;ΑΓΟΡΑ;55,50;\u03a7\n28/02/2024;ΜΙΣΘΟΣ;2.000,00;Π\n"
    assert [str(row.amount) for row in read(greek.encode("cp1253")).statements[0].rows] == ["2000.00", "-55.50"]
    polish = "Data transakcji;Kwota operacji;Waluta operacji;Kwota w walucie rachunku;Waluta rachunku\n"
    polish += "29-02-2024;-10,00;USD;-40,11;PLN\n28-02-2024;2000,00;PLN;2000,00;PLN\n"
    [found] = read(polish.encode()).statements
    assert [(str(row.amount), row.currency) for row in found.rows] == [("2000.00", "PLN"), ("-40.11", "PLN")]


def test_whose_account_it_is_and_its_currency_are_told_above_the_rows() -> None:
    rows = "Date,Text,Amount\n2024-02-28,A,2000.00\n2024-02-29,B,-55.50\n"
    for above in ("Account Number : 1234567890\nCurrency: RON\n\n", "Account Number,1234567890\nCurrency,RON\n\n"):
        [found] = read((above + rows).encode()).statements
        assert (found.number, found.currency, len(found.rows)) == ("1234567890", "RON", 2)
    assert read(rows.encode()).statements[0].currency is None
