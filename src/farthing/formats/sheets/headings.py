"""Headings: the words that banks of many countries write above their columns, and what such a column holds.

A word only proposes. ``Valuta`` is a currency in Sweden and a date in Germany, so
:mod:`farthing.formats.sheets.sheet` checks every proposal against the values below the heading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a column holds."""

    BOOKED = "date"
    TRANSACTED = "transaction date"
    VALUE_DATE = "value date"
    AMOUNT = "amount"
    DEBIT = "money out"
    CREDIT = "money in"
    FEE = "fee"
    INDICATOR = "direction"
    CURRENCY = "currency"
    BALANCE = "running balance"
    PAYEE = "payee"
    PAYER = "payer"
    RECIPIENT = "recipient"
    DESCRIPTION = "description"
    REFERENCE = "transaction number"
    ACCOUNT = "account"
    STATUS = "status"
    CATEGORY = "category"
    TAGS = "tags"
    NOTES = "notes"
    TRANSFER = "transfer account"
    COUNTERPARTY = "account of the other party"
    FOREIGN_AMOUNT = "amount paid abroad"
    FOREIGN_CURRENCY = "currency paid abroad"


DATES = (Role.BOOKED, Role.TRANSACTED, Role.VALUE_DATE)
MONEY = (Role.AMOUNT, Role.DEBIT, Role.CREDIT)

EXACT = 3
"""The weight of a heading that is one of the known phrases."""
WEAK = 2
"""The weight of a known phrase that another column's heading may overrule."""
HINTED = 1
"""The weight of a heading that only contains a known word."""

LONGEST = 80
"""A longer cell is no heading."""

_ENGLISH: dict[Role, str] = {
    Role.BOOKED: "date|booking date|book date|booked|booked on|posting date|posted date|post date|date posted|"
    "posted|completed date|date completed|date booked|entry date|process date|processed date|processed on|"
    "settlement date|effective date|cleared date|accounting date|date time|datetime|date utc|"
    "transaction posted date|clearing date|when|day|finished on|settled date",
    Role.TRANSACTED: "transaction date|trans date|tran date|txn date|started date|date started|purchase date|"
    "created|created on|date of transaction|operation date|trade date|activity date|transaction time|time|"
    "transaction date time",
    Role.VALUE_DATE: "value date|interest date|value dt|valuedate|value",
    Role.AMOUNT: "amount|transaction amount|amt|net|net amount|value|sum|total|billing amount|"
    "amount in account currency|amount usd|amount eur|amount gbp|transaction amt|payment amount|source amount|"
    "charge amount|cost|price|how much|value gbp|value eur|value usd|net total|total amount|transaction total",
    Role.DEBIT: "debit|debits|debit amount|debit amt|withdrawal|withdrawals|withdrawal amount|withdrawal amt|"
    "money out|paid out|outflow|out|spent|amount debit|dr|dr amount|expense|expenses|withdrawn|debit value|"
    "money spent|expense amount|outflow amount|amount out",
    Role.CREDIT: "credit|credits|credit amount|credit amt|deposit|deposits|deposit amount|deposit amt|money in|"
    "paid in|inflow|in|receipts|received|amount credit|cr|cr amount|income|deposited|credit value|money received|"
    "income amount|inflow amount|amount in",
    Role.FEE: "fee|fees|fee amount|total fees|source fee amount|transaction fee|commission|service charge",
    Role.INDICATOR: "type|transaction type|debit credit|credit debit|credit debit indicator|debit credit indicator|"
    "debit or credit|credit or debit|dr cr|cr dr|d c|c d|direction|sign|indicator|in out|income expense|"
    "debit credit code",
    Role.CURRENCY: "currency|ccy|curr|currency code|account currency|transaction currency",
    Role.BALANCE: "balance|running balance|runningbalance|running bal|balance after|account balance|closing balance|"
    "ledger balance|book balance|new balance|balance after transaction|balance amount|bal|running total|"
    "current balance",
    Role.PAYEE: "payee|payee name|name|merchant|merchant name|counterparty|counterparty name|counter party|"
    "partner name|beneficiary|beneficiary name|vendor|party|other party|other party name|paid to|to from|from to|"
    "payee payer|payer payee|name description|who|store|shop",
    Role.PAYER: "from|payer|source name|from name|sender|sender name|debtor|debtor name|ordering party|payer name",
    Role.RECIPIENT: "to|recipient|destination name|to name|recipient name|creditor|creditor name|target name|receiver",
    Role.DESCRIPTION: "description|details|detail|memo|label|narrative|narration|particulars|transaction description|"
    "transaction details|note|notes|payment reference|remittance information|remarks|purpose|message|text|"
    "original description|bank memo|additional info|concept|subject|communication|comment|comments|extended details|"
    "transaction|particular|what|item|title|description 1|description 2|description 3|narrative 1|narrative 2|"
    "narrative 3",
    Role.REFERENCE: "transaction id|transaction number|transaction no|reference|reference number|ref|ref no|"
    "reference no|bank reference|fitid|id|transaction reference|txn id|unique id|entry reference|transferwise id|"
    "payment id|transaction reference number|receipt no|receipt number|confirmation number|transaction ref",
    Role.ACCOUNT: "account|account number|account no|account name|account id|iban|own account|acct|own iban|"
    "account iban|bank account|posted account|card account|account num|acct num|acct no|acct number|accounts|wallet|"
    "wallet name|source account|from account",
    Role.STATUS: "status|state|transaction status",
}

_OTHERS: tuple[dict[Role, str], ...] = (
    {  # German
        Role.BOOKED: "datum|buchungstag|buchung|buchungsdatum|buchungs datum|gebucht am|bu tag|buchtag|"
        "buchungsdatum zeit|datum des abschlusses|abschlussdatum|datum abgeschlossen",
        Role.TRANSACTED: "belegdatum|transaktionsdatum|kaufdatum|umsatzdatum|transaktionstag|umsatztag|"
        "auftragsdatum|erstellt am|datum des beginns",
        Role.VALUE_DATE: "valuta|valutadatum|wert|wertstellung|wertstellungsdatum|valuta datum|wertstellung valuta",
        Role.AMOUNT: "betrag|umsatz|betrag in eur|umsatz in eur|betrag eur|summe|buchungsbetrag|zahlungsbetrag|"
        "umsatz eur|betrag in euro|betrag chf|netto|nettobetrag",
        Role.DEBIT: "soll|lastschrift|belastung|ausgabe|ausgaben|ausgang|abgang|auszahlung|belastungen|auszahlungen|"
        "lastschrift in chf|belastung in chf",
        Role.CREDIT: "haben|gutschrift|einnahme|einnahmen|eingang|zugang|einzahlung|gutschriften|einzahlungen|"
        "gutschrift in chf",
        Role.FEE: "gebuhr|gebuehr|gebuhren|entgelt",
        Role.INDICATOR: "soll haben|s h|sh|haben soll|soll haben kennzeichen|umsatztyp|vorzeichen|kennzeichen|art|typ",
        Role.CURRENCY: "wahrung|waehrung|whg|kontowahrung|kontowaehrung",
        Role.BALANCE: "saldo|kontostand|guthaben|saldo nach buchung|neuer saldo|buchungssaldo|saldo in eur|saldo eur|"
        "saldo in chf",
        Role.PAYEE: "empfanger|empfaenger|auftraggeber empfanger|auftraggeber empfaenger|name zahlungsbeteiligter|"
        "beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|empfanger zahlungspflichtiger|"
        "empfaenger zahlungspflichtiger|empfanger auftraggeber|zahlungsbeteiligter|handler|partnername|"
        "auftraggeber begunstigter|begunstigter auftraggeber|"
        "beguenstigter auftraggeber|auftraggeber beguenstigter|sender empfanger|partner",
        Role.PAYER: "zahlungspflichtiger|zahlungspflichtige|zahlungspflichtige r|auftraggeber|zahler",
        Role.RECIPIENT: "zahlungsempfanger|zahlungsempfanger in|zahlungsempfaenger|begunstigter|beguenstigter|"
        "empfanger in",
        Role.DESCRIPTION: "verwendungszweck|buchungstext|vorgang verwendungszweck|buchungsdetails|vorgang|"
        "beschreibung|text|zahlungsreferenz|bemerkung|buchungsinformation|notiz|mitteilung|zahlungsgrund|"
        "transaktionsdetails|avisierungstext|umsatzart|zahlungszweck",
        Role.REFERENCE: "transaktionsnummer|transaktions id|transaktions nr|transaktionsnr|referenz|referenznummer|"
        "buchungsreferenz|bankreferenz|umsatz id|transaktionscode",
        Role.ACCOUNT: "auftragskonto|iban auftragskonto|iban kontoinhaber|konto|kontonummer|kontonr|konto nr|"
        "eigenes konto",
        Role.STATUS: "info|buchungsstatus|umsatzstatus|zustand",
    },
    {  # French
        Role.BOOKED: "date operation|date d operation|date de l operation|date de comptabilisation|date comptable|"
        "date comptabilisation|dateop|date d ecriture|date ecriture|date de l ecriture|date de fin|date de cloture",
        Role.TRANSACTED: "date de transaction|date transaction|date d achat|date de la transaction",
        Role.VALUE_DATE: "date de valeur|date valeur|dateval|valeur",
        Role.AMOUNT: "montant|montant eur|montant en eur|montant en euros|montant de l operation|montant euros|"
        "montant operation|montant de la transaction",
        Role.DEBIT: "debit|debit euros|debit eur|sortie|depense|depenses|retrait|montant debit|debits|retraits",
        Role.CREDIT: "credit|credit euros|credit eur|entree|recette|recettes|depot|montant credit|credits|depots",
        Role.FEE: "frais",
        Role.INDICATOR: "sens|debit credit|type",
        Role.CURRENCY: "devise|monn|monnaie|devise du compte",
        Role.BALANCE: "solde|solde apres operation|solde progressif|nouveau solde|solde eur|solde du compte",
        Role.PAYEE: "tiers|beneficiaire|nom|contrepartie|nom de la contrepartie|nom contrepartie|commercant|"
        "marchand|nom contrepartie contient",
        Role.PAYER: "emetteur|donneur d ordre",
        Role.RECIPIENT: "destinataire",
        Role.DESCRIPTION: "libelle|libelle operation|libelle simplifie|libelle de l operation|detail|"
        "nature de l operation|operation|communications|motif|informations complementaires|commentaire|"
        "libelle complementaire|intitule|type operation|description de l operation",
        Role.REFERENCE: "n de transaction|no de transaction|numero de transaction|numero operation|"
        "reference operation|n de reference|numero de mouvement|no de reference|reference de l operation",
        Role.ACCOUNT: "compte|numero de compte|n compte|n de compte|comptenum|numero compte|no de compte",
        Role.STATUS: "statut|etat",
    },
    {  # Spanish
        Role.BOOKED: "fecha|fecha operacion|fecha de operacion|f operacion|fecha contable|fecha ctble|f contable|"
        "fecha movimiento|fecha de la operacion|fecha oper|fecha mov|fecha de finalizacion",
        Role.VALUE_DATE: "fecha valor|f valor|fecha de valor|f v",
        Role.AMOUNT: "importe|importe eur|monto|cantidad|valor|importe de la operacion|movimiento|importe euros|neto|"
        "importe neto",
        Role.DEBIT: "debe|cargo|cargos|gasto|gastos|retiro|retiros|debito|debitos|adeudo|adeudos|salidas|egreso|"
        "egresos",
        Role.CREDIT: "haber|abono|abonos|ingreso|ingresos|deposito|depositos|credito|creditos|entradas",
        Role.FEE: "comision",
        Role.INDICATOR: "tipo|signo|debe haber|cargo abono",
        Role.CURRENCY: "divisa|moneda",
        Role.BALANCE: "saldo|saldo contable|saldo tras la operacion|saldo posterior|saldo disponible|saldo eur|"
        "disponible",
        Role.PAYEE: "beneficiario|nombre|beneficiario ordenante|comercio|tercero|contraparte",
        Role.PAYER: "ordenante|remitente",
        Role.DESCRIPTION: "concepto|descripcion|movimiento|detalle|observaciones|mas datos|concepto ampliado|"
        "comentario|informacion adicional|descripcion del movimiento|comentarios",
        Role.REFERENCE: "referencia|numero de operacion|n operacion|num operacion|numero operacion",
        Role.ACCOUNT: "cuenta|numero de cuenta|n cuenta",
        Role.STATUS: "estado",
    },
    {  # Italian
        Role.BOOKED: "data|data contabile|data operazione|data registrazione|data movimento|data mov|data contab|"
        "data contabilizzazione|data di completamento",
        Role.VALUE_DATE: "valuta|data valuta",
        Role.AMOUNT: "importo|importo eur|importo in euro|ammontare|somma|importo euro|importo in eur",
        Role.DEBIT: "dare|addebiti|addebito|uscite|uscita",
        Role.CREDIT: "avere|accrediti|accredito|entrate|entrata",
        Role.FEE: "commissioni|commissione",
        Role.INDICATOR: "segno|tipo|dare avere",
        Role.CURRENCY: "divisa|valuta",
        Role.BALANCE: "saldo contabile|saldo progressivo|saldo disponibile|saldo",
        Role.PAYEE: "controparte|nome|beneficiario ordinante|esercente|beneficiario",
        Role.PAYER: "ordinante",
        Role.DESCRIPTION: "descrizione|causale|descrizione operazione|dettagli|operazione|causale descrizione|"
        "descrizione estesa|note|motivo|descrizione completa|descrizione movimento",
        Role.REFERENCE: "riferimento|numero operazione|id transazione",
        Role.ACCOUNT: "conto|numero conto|rapporto|conto o carta",
        Role.STATUS: "stato",
    },
    {  # Dutch
        Role.BOOKED: "datum|boekdatum|boekingsdatum|datum voltooid|voltooid op|datum boeking|verwerkingsdatum|"
        "uitvoeringsdatum",
        Role.TRANSACTED: "transactiedatum",
        Role.VALUE_DATE: "valutadatum|rentedatum",
        Role.AMOUNT: "bedrag|bedrag eur|bedrag in eur|transactiebedrag|netto",
        Role.DEBIT: "af|debet|uitgaven",
        Role.CREDIT: "bij|inkomsten",
        Role.INDICATOR: "af bij|bij af|debet credit",
        Role.CURRENCY: "munt|valuta|muntsoort",
        Role.BALANCE: "saldo|saldo na trn|saldo na mutatie|saldo na boeking|boeksaldo",
        Role.PAYEE: "naam omschrijving|naam tegenpartij|tegenpartij|naam|begunstigde|naam tegenrekening|"
        "naam van de tegenpartij|naam tegenpartij bevat",
        Role.DESCRIPTION: "omschrijving|mededelingen|mededeling|omschrijving 1|omschrijving 2|omschrijving 3|"
        "mutatiesoort|bericht|vrije mededeling",
        Role.REFERENCE: "transactiereferentie|volgnr|volgnummer|referentie|transactie id",
        Role.ACCOUNT: "rekening|iban bban|rekeningnummer|eigen rekening",
    },
    {  # Swedish
        Role.BOOKED: "bokforingsdag|bokforingsdatum|datum|bokford|bokfordag|bokfort",
        Role.TRANSACTED: "transaktionsdag|transaktionsdatum|kopdatum|inkopsdatum",
        Role.VALUE_DATE: "valutadag|valutadatum|rantedatum",
        Role.AMOUNT: "belopp|summa|belopp sek|insattning uttag",
        Role.DEBIT: "uttag|debet|ut",
        Role.CREDIT: "insattning|insattningar|kredit",
        Role.CURRENCY: "valuta",
        Role.BALANCE: "bokfort saldo|saldo",
        Role.PAYEE: "mottagare|avsandare|namn|motpart",
        Role.DESCRIPTION: "beskrivning|meddelande|specifikation|rubrik|transaktion|transaktionstyp|referens|"
        "notering|text",
        Role.REFERENCE: "referensnummer|verifikationsnummer",
        Role.ACCOUNT: "konto|kontonummer",
    },
    {  # Danish and Norwegian
        Role.BOOKED: "dato|bogforingsdato|bogfort|bokforingsdato|bokfort|bokfort dato|posteringsdato|bogfort dato|"
        "utfort dato|bokforingsdag",
        Role.TRANSACTED: "transaksjonsdato|kjopsdato|transaktionsdato",
        Role.VALUE_DATE: "rentedato|valordato|valutadato|valor",
        Role.AMOUNT: "belob|belop|belob i dkk|belob dkk",
        Role.DEBIT: "ut|ud|ut fra konto|ut av konto|uttak|haevet|udgift",
        Role.CREDIT: "ind|inn|inn pa konto|innskudd|indsat|indtaegt",
        Role.CURRENCY: "valuta",
        Role.BALANCE: "saldo|saldo efter",
        Role.PAYEE: "modtager|afsender|navn|mottaker|avsender|modpart",
        Role.DESCRIPTION: "tekst|beskrivelse|forklaring|melding|posteringstekst|besked",
        Role.REFERENCE: "arkivref|referanse|arkivreferanse",
        Role.ACCOUNT: "konto|kontonummer|kontonr",
    },
    {  # Polish
        Role.BOOKED: "data|data zrealizowania|data rozliczenia|data ksiegowania|data operacji|data zaksiegowania",
        Role.TRANSACTED: "data transakcji",
        Role.VALUE_DATE: "data waluty",
        Role.AMOUNT: "kwota|kwota operacji|kwota transakcji|kwota w walucie rachunku",
        Role.DEBIT: "obciazenia|obciazenie|wydatki|wyplaty|wyplata",
        Role.CREDIT: "uznania|uznanie|wplywy|wplaty|wplata",
        Role.INDICATOR: "obciazenie uznanie|strona",
        Role.CURRENCY: "waluta|waluta rachunku|waluta operacji|waluta transakcji",
        Role.BALANCE: "saldo|saldo po operacji|saldo po transakcji|saldo po",
        Role.PAYEE: "nadawca odbiorca|odbiorca|kontrahent|nazwa kontrahenta|dane kontrahenta|nazwa odbiorcy|"
        "odbiorca zleceniodawca|nazwa nadawcy odbiorcy",
        Role.PAYER: "nadawca|nazwa nadawcy|zleceniodawca",
        Role.DESCRIPTION: "opis|opis operacji|opis transakcji|tytul|tytulem|tytul operacji|rodzaj operacji|"
        "typ transakcji|szczegoly|szczegoly transakcji|typ operacji",
        Role.REFERENCE: "numer referencyjny|nr transakcji|numer transakcji|id transakcji",
        Role.ACCOUNT: "rachunek|numer rachunku|nr rachunku|konto|numer konta",
    },
    {  # Portuguese
        Role.BOOKED: "data|data mov|data movimento|data do movimento|data lancamento|data de lancamento|"
        "data operacao|data da operacao|data contabilistica|data lanc|data do lancamento|data de conclusao|"
        "dt lancamento",
        Role.VALUE_DATE: "data valor|data de valor",
        Role.AMOUNT: "valor|montante|importancia|quantia",
        Role.DEBIT: "debito|saida|saidas|despesa",
        Role.CREDIT: "credito|entrada|entradas|receita",
        Role.CURRENCY: "moeda|divisa",
        Role.BALANCE: "saldo|saldo contabilistico|saldo apos|saldo apos movimento",
        Role.PAYEE: "nome|beneficiario",
        Role.RECIPIENT: "destinatario",
        Role.DESCRIPTION: "descricao|historico|descritivo|lancamento|detalhe|titulo|observacoes|descricao do movimento",
        Role.REFERENCE: "identificador|referencia|n documento|numero do documento",
        Role.ACCOUNT: "conta",
    },
    {  # Czech, Slovak, Finnish, Hungarian, Turkish
        Role.BOOKED: "datum zauctovani|datum provedeni|datum uctovani|datum zuctovania|datum|kirjauspaiva|"
        "paivamaara|pvm|kirjauspaivamaara|konyveles datuma|konyvelesi datum|tarih|islem tarihi",
        Role.TRANSACTED: "tranzakcio datuma|tranzakcio ideje|datum transakce|datum transakcie",
        Role.VALUE_DATE: "datum splatnosti|arvopaiva|erteknap|ertek nap|valor",
        Role.AMOUNT: "castka|objem|suma|castka v mene uctu|maara|maara euroa|summa|osszeg|tutar|islem tutari",
        Role.CURRENCY: "mena|valuutta|devizanem|penznem|deviza|para birimi",
        Role.BALANCE: "zustatek|zostatok|egyenleg|bakiye|saldo",
        Role.PAYEE: "nazev protiuctu|nazev protistrany|protistrana|saaja maksaja|saajan nimi|saaja|nimi|partner neve|"
        "nazov protistrany|"
        "partner nev",
        Role.DESCRIPTION: "popis|zprava pro prijemce|poznamka|zprava|selitys|viesti|selite|laji|kozlemeny|"
        "tranzakcio tipusa|megjegyzes|aciklama",
        Role.REFERENCE: "id transakce|id operace|id pohybu|arkistointitunnus|tranzakcio azonosito",
        Role.ACCOUNT: "ucet|cislo uctu|tili|szamlaszam",
    },
    {  # Russian and Ukrainian
        Role.BOOKED: "дата|дата платежа|дата проводки|дата обработки|дата списания|дата платежу|"
        "дата операції|дата і час операції|дата та час операції|дата проведения|дата зачисления",
        Role.TRANSACTED: "дата операции|дата транзакции|дата совершения операции|дата покупки|дата и время операции|"
        "дата транзакції",
        Role.AMOUNT: "сумма|сумма платежа|сумма операции|сумма в валюте счета|сумма в валюте карты|сума|сума операції|"
        "сума в валюті картки|сума в валюті рахунку|сума платежу|сумма транзакции",
        Role.DEBIT: "расход|списание|дебет|расходы|списано|витрати|видаток|сумма списания",
        Role.CREDIT: "приход|пополнение|зачисление|кредит|доход|доходы|поступление|поступления|надходження|"
        "зараховано|сумма зачисления",
        Role.FEE: "комиссия|комісія|сумма комиссии",
        Role.CURRENCY: "валюта|валюта платежа|валюта операции|валюта счета|валюта карты|валюта картки|валюта рахунку|"
        "валюта операції",
        Role.BALANCE: "остаток|остаток средств|баланс|остаток по счету|остаток после операции|залишок|"
        "залишок після операції|залишок на кінець періоду",
        Role.PAYEE: "контрагент|получатель|одержувач|мерчант|место совершения операции|наименование контрагента",
        Role.PAYER: "отправитель|плательщик|платник",
        Role.DESCRIPTION: "описание|назначение платежа|назначение|детали|комментарий|опис|опис операції|призначення|"
        "призначення платежу|деталі операції|описание операции|содержание операции|деталі",
        Role.REFERENCE: "номер операции|номер документа|номер транзакции|код авторизации|референс",
        Role.ACCOUNT: "счет|номер счета|рахунок",
        Role.STATUS: "статус|состояние",
    },
    {  # Japanese
        Role.BOOKED: "日付|取引日|年月日|お取引日|取扱日|計上日|取引日時|お取り扱い日|処理日",
        Role.TRANSACTED: "利用日|ご利用日|ご利用年月日|利用日時",
        Role.AMOUNT: "金額|取引金額|入出金|入出金額|利用金額|ご利用金額|支払総額|お支払金額|支払金額|請求金額",
        Role.DEBIT: "お引出し|出金|出金額|引出|引出額|引出金額|お支払い金額|支払い金額|お引き出し|出金金額|引落金額|"
        "払出金額",
        Role.CREDIT: "お預入れ|入金|入金額|預入|預入額|預入金額|お預かり金額|預り金額|預かり金額|"
        "お預り金額|お預け入れ|入金金額|受入金額",
        Role.FEE: "手数料|支払手数料",
        Role.CURRENCY: "通貨",
        Role.BALANCE: "残高|差引残高|お残高|取引後残高",
        Role.PAYEE: "相手先|取引先|利用店名|利用店名 商品名|ご利用店名|ご利用先|利用先|お取引先|ご利用店名 商品名",
        Role.DESCRIPTION: "摘要|内容|お取り扱い内容|取引内容|入出金先内容|詳細|メモ|お取引内容|お取引の内容|摘要内容|"
        "取引区分|備考",
        Role.ACCOUNT: "口座番号",
        Role.CATEGORY: "大項目|カテゴリ|カテゴリー|費目",
    },
    {  # Korean
        Role.BOOKED: "거래일시|거래일자|거래일|날짜|일자|승인일시|이용일|이용일자|일시",
        Role.AMOUNT: "금액|거래금액|이용금액|승인금액",
        Role.DEBIT: "출금액|출금|출금금액|찾으신금액|지출|지급|보낸금액|나가신금액",
        Role.CREDIT: "입금액|입금|입금금액|맡기신금액|수입|받은금액|들어오신금액",
        Role.FEE: "수수료",
        Role.CURRENCY: "통화",
        Role.BALANCE: "잔액|거래후잔액|거래후 잔액|잔고",
        Role.PAYEE: "보낸분 받는분|가맹점명|가맹점|받는분|거래처|상대계좌예금주명|의뢰인 수취인",
        Role.DESCRIPTION: "적요|내용|거래내용|메모|거래구분|기재내용|거래기록사항|비고",
    },
    {  # Greek
        Role.BOOKED: "ημερομηνια|ημ νια|ημερομηνια συναλλαγης|ημ νια συναλλαγης|ημερομηνια κινησης",
        Role.VALUE_DATE: "valeur|ημερομηνια αξιας|ημ νια αξιας|τοκοφορος",
        Role.AMOUNT: "ποσο|ποσο συναλλαγης|ποσο ευρω",
        Role.DEBIT: "χρεωση|χρεωσεις",
        Role.CREDIT: "πιστωση|πιστωσεις",
        Role.INDICATOR: "χρεωση πιστωση|προσημο|προσημο ποσου",
        Role.CURRENCY: "νομισμα",
        Role.BALANCE: "υπολοιπο|λογιστικο υπολοιπο|νεο υπολοιπο|διαθεσιμο υπολοιπο",
        Role.PAYEE: "δικαιουχος|αντισυμβαλλομενος",
        Role.DESCRIPTION: "περιγραφη|αιτιολογια|σχολια|λεπτομερειες",
    },
    {  # Hebrew
        Role.BOOKED: "תאריך|תאריך פעולה|תאריך חיוב",
        Role.TRANSACTED: "תאריך עסקה|תאריך רכישה",
        Role.VALUE_DATE: "תאריך ערך|יום ערך",
        Role.AMOUNT: "סכום|סכום הפעולה|זכות חובה|סכום חיוב|חובה זכות",
        Role.DEBIT: "חובה|בחובה",
        Role.CREDIT: "זכות|בזכות",
        Role.CURRENCY: "מטבע|מטבע חיוב",
        Role.BALANCE: "יתרה|יתרה לאחר פעולה|היתרה בש ח|יתרה בש ח",
        Role.PAYEE: "שם בית עסק|שם בית העסק",
        Role.DESCRIPTION: "תיאור|תיאור הפעולה|הפעולה|תיאור התנועה|פרטים|סוג תנועה",
        Role.REFERENCE: "אסמכתא",
    },
    {  # Arabic
        Role.BOOKED: "التاريخ|تاريخ العملية|تاريخ المعاملة",
        Role.AMOUNT: "المبلغ|مبلغ العملية",
        Role.DEBIT: "مدين|سحب|المدين",
        Role.CREDIT: "دائن|ايداع|الدائن",
        Role.CURRENCY: "العملة",
        Role.BALANCE: "الرصيد",
        Role.DESCRIPTION: "الوصف|البيان|التفاصيل",
    },
    {  # Romanian, Croatian, Serbian, Slovene, Bulgarian
        Role.BOOKED: "data tranzactiei|data tranzactie|data procesarii|data operatiunii|datum knjizenja|"
        "datum izvrsenja|"
        "datum valute|datum transakcije|datum obdelave|datum knjizbe|datum|дата|дата на операцията|вальор|датум|"
        "datum realizacije",
        Role.AMOUNT: "suma|valoare|iznos|iznos transakcije|znesek|сума|сума на операцията|износ",
        Role.DEBIT: "debit|isplata|isplate|zaduzenje|rashod|duguje|odliv|odlivi|breme|v breme|разход|дебит|теглене|"
        "terecenje|isplaceno",
        Role.CREDIT: "credit|uplata|uplate|odobrenje|prihod|potrazuje|priliv|prilivi|dobro|v dobro|приход|кредит|"
        "uplaceno",
        Role.CURRENCY: "moneda|valuta|валута",
        Role.BALANCE: "sold|sold final|sold contabil|stanje|saldo|stanje racuna|наличност|салдо",
        Role.PAYEE: "beneficiar|nume beneficiar|primatelj|platitelj primatelj|primalac|prejemnik|naziv primatelja|"
        "наредител получател|контрагент|prejemnik placnik|naziv prejemnika placnika",
        Role.DESCRIPTION: "descriere|detalii|detalii tranzactie|explicatii|opis|opis transakcije|opis placanja|"
        "opis placila|namen|namen placila|svrha|svrha placanja|описание|основание|опис",
    },
    {  # Estonian, Latvian, Lithuanian
        Role.BOOKED: "kuupaev|makse kuupaev|datums|darijuma datums|data|operacijos data|iraso data",
        Role.AMOUNT: "summa|summa valuutas|suma|operacijos suma",
        Role.INDICATOR: "deebet kreedit|deebet kreedit d c|debets kredits|d k|debetas kreditas|k d|"
        "debetas kreditas d k",
        Role.CURRENCY: "valuuta|valuta|valiuta",
        Role.BALANCE: "saldo|jaak|atlikums|likutis",
        Role.PAYEE: "saaja maksja|saaja maksja nimi|sanemejs maksatajs|gavejas moketojas|gavejas|moketojas|partneris|"
        "makse saaja maksja nimi",
        Role.DESCRIPTION: "selgitus|informacija sanemejam|maksajuma merkis|paaiskinimai|paskirtis|mokejimo paskirtis|"
        "detalas|maksajuma informacija",
        Role.REFERENCE: "arhiveerimistunnus|arhiva kods|iraso nr",
        Role.ACCOUNT: "kliendi konto|klienta konts|saskaitos nr",
    },
    {  # Turkish, Indonesian, Malay, Vietnamese, Thai
        Role.BOOKED: "tarih|islem tarihi|tarih saat|tanggal|tanggal transaksi|tgl|tarikh|tarikh transaksi|"
        "ngay|ngay giao dich|ngay hach toan|วันที่|วันที่ทำรายการ",
        Role.AMOUNT: "tutar|islem tutari|miktar|jumlah|nominal|mutasi|amaun|so tien|so tien giao dich|จำนวนเงิน",
        Role.DEBIT: "borc|cikan|giden|gider|debet|keluar|pengeluaran|ghi no|tien ra|so tien ghi no|ถอน|ถอนเงิน|no",
        Role.CREDIT: "alacak|giren|gelen|gelir|kredit|masuk|pemasukan|ghi co|tien vao|so tien ghi co|ฝาก|ฝากเงิน|co",
        Role.INDICATOR: "borc alacak|b a|db cr|d k",
        Role.CURRENCY: "doviz|para birimi|mata uang|loai tien|สกุลเงิน",
        Role.BALANCE: "bakiye|son bakiye|saldo|saldo akhir|baki|so du|ยอดคงเหลือ|คงเหลือ",
        Role.PAYEE: "alici|gonderen alici|karsi taraf|penerima|nguoi thu huong",
        Role.DESCRIPTION: "aciklama|islem|keterangan|uraian|deskripsi|keterangan transaksi|butiran|dien giai|"
        "noi dung|mo ta|รายละเอียด|รายการ",
        Role.REFERENCE: "dekont no|fis no|islem no|referans|no referensi",
    },
    {  # Chinese
        Role.BOOKED: "交易时间|交易日期|日期|记账日期|入账日期|交易创建时间|交易日|记账日|帳務日期|入帳日期|記帳日",
        Role.AMOUNT: "金额|交易金额|人民币金额|金額|交易金額|记账金额",
        Role.DEBIT: "支出|借方|支出金额|借方发生额|支出金額|提款|提出",
        Role.CREDIT: "收入|贷方|收入金额|存入|贷方发生额|存入金額|存款",
        Role.INDICATOR: "收 支|收支类型|借贷标志|借 贷",
        Role.CURRENCY: "币种|货币",
        Role.BALANCE: "余额|账户余额|交易后余额|餘額|帳戶餘額|联机余额",
        Role.PAYEE: "交易对方|对方户名|对方名称",
        Role.DESCRIPTION: "商品名称|商品|摘要|商品说明|备注|交易说明|附言",
        Role.REFERENCE: "交易订单号|交易号|交易单号|流水号",
        Role.STATUS: "交易状态|当前状态|状态",
    },
)

_ANYWHERE: dict[Role, str] = {
    Role.CATEGORY: "category|categories|category name|to account to category|kategorie|categorie|categoria|kategoria|"
    "kategori|rubrik|spending category|budget category|pfmcategoryname|交易分类|交易分類|分类|카테고리|категория|"
    "категорія|kategoria transakcji|cash flow category|sous categorie",
    Role.TAGS: "tags|tag|labels|stichworter|schlagworte|schlagworter|etiquetas|etiquettes|etichette|etiketten|"
    "hashtags|znaczniki",
    Role.NOTES: "notes|note|notiz|notizen|personal note|user note|anmerkung|nota|notas|annotazioni|notatka|备注",
    Role.TRANSFER: "transfers|transfer account|transfer to account|transfer to|account to|to account|transferred to",
    Role.COUNTERPARTY: "counterparty iban|counterparty account|counterparty account number|partner iban|"
    "partner kontonummer|payee account number|payee account|beneficiary account|recipient account|other account|"
    "kontonummer iban|iban kontonummer|iban konto nr|iban zahlungsbeteiligter|iban des zahlungsbeteiligten|"
    "gegenkonto iban|"
    "tegenrekening|tegenrekening iban bban|rekening tegenpartij|rekeningnummer tegenpartij|counterparty iban bban|"
    "compte contrepartie|iban contrepartie|numero de compte contrepartie|cuenta beneficiario|cuenta contraparte|"
    "iban beneficiario|iban controparte|cislo protiuctu|cislo uctu protiuctu|protiucet|rachunek kontrahenta|"
    "numer rachunku kontrahenta|nr rachunku kontrahenta|saajan tilinumero|partner szamlaszama|对方账号|对方帐号|"
    "iban auftraggeber beguenstigter|counter party account|payer account|counterparty bban iban",
    Role.FOREIGN_AMOUNT: "original amount|foreign amount|local amount|amount in foreign currency|originalbetrag|"
    "fremdwahrungsbetrag|betrag fremdwahrung|betrag in fremdwahrung|ursprunglicher betrag|ursprungsbetrag|"
    "oorspr bedrag|"
    "oorspronkelijk bedrag|montant devise|montant en devise|montant d origine|importe original|importe divisa|"
    "importo originale|importo in divisa|originalbelopp|ursprungligt belopp|exchange to amount|foreign spend amount|"
    "transaction amount in foreign currency|original transaction amount|kwota w walucie oryginalnej",
    Role.FOREIGN_CURRENCY: "original currency|foreign currency|local currency|originalwahrung|fremdwahrung|"
    "oorspr munt|oorspronkelijke munt|devise d origine|divisa original|moneda original|divisa originale|exchange to|"
    "ursprungliche wahrung|originalvaluta|type of foreign currency",
}
"""Roles whose words are few enough to stand together, whatever their language."""

_HINTS: dict[Role, frozenset[str]] = {
    role: frozenset(words.split())
    for role, words in {
        Role.BOOKED: "date datum fecha data dato bokforingsdag buchungstag 日期 时间",
        Role.VALUE_DATE: "valeur valor valuta waluty wertstellung rente interest",
        Role.AMOUNT: "amount betrag montant importe importo bedrag belopp belob belop kwota montante umsatz castka "
        "monto 金额",
        Role.DEBIT: "debit debits withdrawal withdrawals debito debet soll belastung cargo cargos uttag outflow",
        Role.CREDIT: "credit credits deposit deposits credito haben gutschrift abono abonos insattning inflow",
        Role.BALANCE: "balance saldo kontostand solde zustatek egyenleg runningbalance 余额",
        Role.CURRENCY: "currency wahrung waehrung devise divisa moneda moeda",
        Role.PAYEE: "payee merchant beneficiary counterparty beneficiaire beneficiario",
        Role.DESCRIPTION: "description descripcion descrizione descricao beschreibung verwendungszweck libelle memo "
        "omschrijving beskrivning narrative buchungstext details",
    }.items()
}

_ENDINGS = (
    ("datum", Role.BOOKED),
    ("dato", Role.BOOKED),
    ("paiva", Role.BOOKED),
    ("betrag", Role.AMOUNT),
    ("bedrag", Role.AMOUNT),
    ("belopp", Role.AMOUNT),
    ("saldo", Role.BALANCE),
    ("kontostand", Role.BALANCE),
)
"""How the compounds of German, Dutch, Swedish, Danish and Finnish end."""

_ELSEWHERE = frozenset(
    [
        "original",
        "originalbetrag",
        "originalwahrung",
        "foreign",
        "fremdwahrung",
        "fremdwaehrung",
        "ursprung",
        "ursprunglich",
        "ursprunglicher",
        "local",
        "instructed",
        "exchange",
        "kurs",
        "wechselkurs",
        "rate",
        "cours",
        "taux",
        "kurz",
        "auslandsentgelt",
        "devises",
        "orig",
        "exchanged",
        "tax",
        "tva",
        "vat",
        "cashback",
        "limit",
        "count",
        "anzahl",
        "einzelbetrag",
    ]
)
"""Words that put a column outside the account's own currency or business: it's no amount of the account."""

_OF_PERIODS = frozenset(
    [
        "initial",
        "final",
        "start",
        "starting",
        "begin",
        "beginning",
        "end",
        "ending",
        "from",
        "until",
        "through",
        "period",
        "statement",
        "due",
        "expiry",
        "expires",
        "birth",
        "opening",
        "first",
        "last",
        "previous",
        "von",
        "bis",
        "anfang",
        "ende",
        "desde",
        "hasta",
    ]
)
"""Words that make a date or a balance one of the whole statement, where no known phrase says otherwise."""
_FEES = frozenset(
    [
        "fee",
        "fees",
        "commission",
        "tip",
        "gebuhr",
        "gebuehr",
        "frais",
        "comision",
        "commissione",
        "commissioni",
        "prowizja",
    ]
)
"""Words, also in brackets, that make an amount one of a fee: ``Amount (fee)``."""
_LESS = frozenset(["after", "less", "net", "before", "excl", "excluding", "incl", "including", "nach", "ohne", "abzgl"])
"""Words that make it an amount nevertheless: ``Amount (after fees)``."""

_MONETARY = frozenset({*MONEY, Role.BALANCE, Role.CURRENCY})
_BRACKETED = re.compile(r"\([^()]{0,40}\)|\[[^\[\]]{0,40}\]")
_BRACKETS = str.maketrans("()[]", "    ")
_NOT_WORD = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"})


def plain(text: str) -> str:
    """Words only: no case, accents, brackets or punctuation. ``Betrag (€)`` is ``betrag``."""
    bare = text.casefold()
    if not bare.isascii():
        folded = unicodedata.normalize("NFKD", bare.translate(_PLAIN_LETTERS))
        bare = "".join(character for character in folded if not unicodedata.combining(character))
    without = _BRACKETED.sub(" ", bare)
    return _NOT_WORD.sub(" ", without).strip() or _NOT_WORD.sub(" ", bare).strip()


def phrases(text: str) -> frozenset[str]:
    """A vocabulary written in one string, its phrases parted by bars."""
    return frozenset(plain(phrase) for phrase in text.split("|"))


def _phrases(vocabulary: Mapping[Role, str]) -> dict[str, dict[Role, int]]:
    found: dict[str, dict[Role, int]] = {}
    for role, phrases in vocabulary.items():
        for phrase in phrases.split("|"):
            found.setdefault(plain(phrase), {})[role] = EXACT
    return found


_ENGLISH_PHRASES = _phrases(_ENGLISH)
_ALL_PHRASES: dict[str, dict[Role, int]] = {phrase: dict(roles) for phrase, roles in _ENGLISH_PHRASES.items()}
_OTHER_PHRASES: set[str] = set()
for _vocabulary in _OTHERS:
    for _phrase, _roles in _phrases(_vocabulary).items():
        _OTHER_PHRASES.add(_phrase)
        _ALL_PHRASES.setdefault(_phrase, {}).update(_roles)
for _role, _words in _ANYWHERE.items():
    for _phrase in _words.split("|"):
        _ALL_PHRASES.setdefault(plain(_phrase), {})[_role] = EXACT
# In the Volksbanks' files this is the account's owner, beside the other party: a payee only where there's no better.
_ALL_PHRASES["auftraggeber zahlungsempfanger"] = {Role.PAYEE: HINTED}
_ALL_PHRASES["auftraggeber zahlungsempfaenger"] = {Role.PAYEE: HINTED}
for _phrase in ("name", "naam", "nom", "nombre", "nome", "navn", "namn", "nimi"):
    _ALL_PHRASES[_phrase][Role.PAYEE] = WEAK  # it may also be the account's owner's
for _phrase in ("gross", "brutto", "bruttobetrag", "bruto", "importe bruto", "brut", "lordo", "importo lordo"):
    _ALL_PHRASES[_phrase] = {Role.AMOUNT: WEAK}  # with fees taken off, "net" is what reaches the account
_ALL_PHRASES["available balance"] = {Role.BALANCE: HINTED}  # it includes what hasn't been booked


@lru_cache(maxsize=4096)
def roles(heading: str) -> Mapping[Role, int]:
    """What a column of this heading may hold, with the weight of the proposal."""
    if not heading or len(heading) > LONGEST:
        return {}
    phrase = plain(heading)
    proposed = _ALL_PHRASES.get(phrase) or _ALL_PHRASES.get(plain(_CAMEL.sub(" ", heading)))
    if proposed is None:
        proposed = _hinted(frozenset(phrase.split()))
    if side := _side_in_brackets(heading) if Role.AMOUNT in proposed else None:
        proposed = {side: proposed[Role.AMOUNT]}
    spoken = set(plain(heading[:LONGEST].translate(_BRACKETS)).split())
    if Role.AMOUNT in proposed and not spoken.isdisjoint(_FEES) and spoken.isdisjoint(_LESS):
        proposed = {Role.FEE: HINTED}
    if is_aside(heading):
        return {role: weight for role, weight in proposed.items() if role not in _MONETARY}
    return proposed


def _hinted(words: frozenset[str]) -> dict[Role, int]:
    """What words that are no known phrase, but have known ones among them, propose."""
    proposed = {role: HINTED for role, hints in _HINTS.items() if words & hints}
    for word in words:
        for ending, role in _ENDINGS:
            if word.endswith(ending):
                proposed.setdefault(role, HINTED)
    if Role.VALUE_DATE in proposed and Role.BOOKED in proposed:
        del proposed[Role.BOOKED]
    if words & _OF_PERIODS:
        proposed = {role: weight for role, weight in proposed.items() if role not in (Role.BOOKED, Role.BALANCE)}
    return proposed


def _side_in_brackets(heading: str) -> Role | None:
    """Money out or in, where brackets behind an amount's heading say so: ``Amount (debit)``."""
    for bracketed in _BRACKETED.findall(heading):
        known = _ALL_PHRASES.get(plain(bracketed), {})
        sides = [role for role in (Role.DEBIT, Role.CREDIT) if known.get(role) == EXACT]
        if len(sides) == 1:
            return sides[0]
    return None


def is_aside(heading: str) -> bool:
    """Whether a heading says that its column isn't about the account's own money: a foreign amount, a tax, a rate."""
    words = plain(heading[:LONGEST].translate(_BRACKETS)).split()
    return any(word in _ELSEWHERE or word.startswith("fremdwahrung") for word in words)


def is_english(heading: str) -> bool:
    """Whether the heading's words are English, or of no language that is known here.

    Only English statements may write the month before the day; the other languages of the vocabulary never do.
    """
    phrase = plain(heading)
    return phrase in _ENGLISH_PHRASES or phrase not in _OTHER_PHRASES
