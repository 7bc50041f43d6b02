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
    "transaction posted date|clearing date",
    Role.TRANSACTED: "transaction date|trans date|tran date|txn date|started date|date started|purchase date|"
    "created|created on|date of transaction|operation date|trade date|activity date|transaction time|time|"
    "transaction date time",
    Role.VALUE_DATE: "value date|interest date|value dt|valuedate|value",
    Role.AMOUNT: "amount|transaction amount|amt|net|net amount|value|sum|total|billing amount|"
    "amount in account currency|amount usd|amount eur|amount gbp|transaction amt|payment amount",
    Role.DEBIT: "debit|debits|debit amount|debit amt|withdrawal|withdrawals|withdrawal amount|withdrawal amt|"
    "money out|paid out|outflow|out|spent|amount debit|dr|dr amount|expense|expenses|withdrawn|debit value|"
    "money spent",
    Role.CREDIT: "credit|credits|credit amount|credit amt|deposit|deposits|deposit amount|deposit amt|money in|"
    "paid in|inflow|in|receipts|received|amount credit|cr|cr amount|income|deposited|credit value|money received",
    Role.FEE: "fee|fees|fee amount",
    Role.INDICATOR: "type|transaction type|debit credit|credit debit|credit debit indicator|debit credit indicator|"
    "debit or credit|credit or debit|dr cr|cr dr|d c|c d|direction|sign|indicator|in out|income expense|"
    "debit credit code",
    Role.CURRENCY: "currency|ccy|curr|currency code|account currency|transaction currency",
    Role.BALANCE: "balance|running balance|runningbalance|running bal|balance after|account balance|closing balance|"
    "ledger balance|book balance|new balance|balance after transaction|balance amount|bal|running total|"
    "current balance",
    Role.PAYEE: "payee|payee name|name|merchant|merchant name|counterparty|counterparty name|counter party|"
    "partner name|beneficiary|beneficiary name|vendor|party|other party|other party name|paid to|to from|from to|"
    "payee payer|payer payee|name description",
    Role.PAYER: "from|payer|source name|from name|sender|sender name|debtor|debtor name|ordering party|payer name",
    Role.RECIPIENT: "to|recipient|destination name|to name|recipient name|creditor|creditor name|target name|receiver",
    Role.DESCRIPTION: "description|details|detail|memo|narrative|narration|particulars|transaction description|"
    "transaction details|note|notes|payment reference|remittance information|remarks|purpose|message|text|"
    "original description|bank memo|additional info|concept|subject|communication|comment|comments|extended details|"
    "transaction|particular|description 1|description 2|description 3|narrative 1|narrative 2|narrative 3",
    Role.REFERENCE: "transaction id|transaction number|transaction no|reference|reference number|ref|ref no|"
    "reference no|bank reference|fitid|id|transaction reference|txn id|unique id|entry reference|transferwise id|"
    "payment id|transaction reference number|receipt no|receipt number|confirmation number|transaction ref",
    Role.ACCOUNT: "account|account number|account no|account name|account id|iban|own account|acct|own iban|"
    "account iban",
    Role.STATUS: "status|state|transaction status",
}

_OTHERS: tuple[dict[Role, str], ...] = (
    {  # German
        Role.BOOKED: "datum|buchungstag|buchung|buchungsdatum|buchungs datum|gebucht am|bu tag|buchtag|"
        "buchungsdatum zeit",
        Role.TRANSACTED: "belegdatum|transaktionsdatum|kaufdatum|umsatzdatum|transaktionstag|umsatztag|"
        "auftragsdatum|abschlussdatum|erstellt am",
        Role.VALUE_DATE: "valuta|valutadatum|wert|wertstellung|wertstellungsdatum|valuta datum|wertstellung valuta",
        Role.AMOUNT: "betrag|umsatz|betrag in eur|umsatz in eur|betrag eur|summe|buchungsbetrag|zahlungsbetrag|"
        "umsatz eur|betrag in euro|betrag chf",
        Role.DEBIT: "soll|lastschrift|belastung|ausgabe|ausgaben|ausgang|abgang|auszahlung|belastungen|auszahlungen|"
        "lastschrift in chf|belastung in chf",
        Role.CREDIT: "haben|gutschrift|einnahme|einnahmen|eingang|zugang|einzahlung|gutschriften|einzahlungen|"
        "gutschrift in chf",
        Role.FEE: "gebuhr|gebuehr|gebuhren|entgelt",
        Role.INDICATOR: "soll haben|s h|sh|haben soll|soll haben kennzeichen|umsatztyp|vorzeichen|kennzeichen|art|typ",
        Role.CURRENCY: "wahrung|waehrung|whg|kontowahrung|kontowaehrung",
        Role.BALANCE: "saldo|kontostand|saldo nach buchung|neuer saldo|buchungssaldo|saldo in eur|saldo eur|"
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
        "buchungsreferenz|bankreferenz|umsatz id|transaktions nr",
        Role.ACCOUNT: "auftragskonto|iban auftragskonto|konto|kontonummer|kontonr|konto nr|eigenes konto",
    },
    {  # French
        Role.BOOKED: "date operation|date d operation|date de l operation|date de comptabilisation|date comptable|"
        "date comptabilisation|dateop|date d ecriture|date ecriture|date de l ecriture",
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
        "fecha movimiento|fecha de la operacion|fecha oper|fecha mov",
        Role.VALUE_DATE: "fecha valor|f valor|fecha de valor|f v",
        Role.AMOUNT: "importe|importe eur|monto|cantidad|valor|importe de la operacion|movimiento|importe euros",
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
        "data contabilizzazione",
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
        Role.ACCOUNT: "conto|numero conto|rapporto",
        Role.STATUS: "stato",
    },
    {  # Dutch
        Role.BOOKED: "datum|boekdatum|boekingsdatum|datum boeking|verwerkingsdatum|uitvoeringsdatum",
        Role.TRANSACTED: "transactiedatum",
        Role.VALUE_DATE: "valutadatum|rentedatum",
        Role.AMOUNT: "bedrag|bedrag eur|bedrag in eur|transactiebedrag",
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
        Role.BOOKED: "data|data ksiegowania|data operacji|data zaksiegowania",
        Role.TRANSACTED: "data transakcji",
        Role.VALUE_DATE: "data waluty",
        Role.AMOUNT: "kwota|kwota operacji|kwota transakcji|kwota w walucie rachunku",
        Role.DEBIT: "obciazenia|obciazenie|wydatki|wyplaty|wyplata",
        Role.CREDIT: "uznania|uznanie|wplywy|wplaty|wplata",
        Role.INDICATOR: "obciazenie uznanie|strona",
        Role.CURRENCY: "waluta|waluta rachunku",
        Role.BALANCE: "saldo|saldo po operacji|saldo po transakcji|saldo po",
        Role.PAYEE: "nadawca odbiorca|odbiorca|kontrahent|nazwa kontrahenta|dane kontrahenta|nazwa odbiorcy|"
        "odbiorca zleceniodawca|nazwa nadawcy odbiorcy",
        Role.PAYER: "nadawca|nazwa nadawcy|zleceniodawca",
        Role.DESCRIPTION: "opis|opis operacji|opis transakcji|tytul|tytulem|tytul operacji|rodzaj operacji|"
        "typ transakcji|szczegoly|typ operacji",
        Role.REFERENCE: "numer referencyjny|nr transakcji|numer transakcji|id transakcji",
        Role.ACCOUNT: "rachunek|numer rachunku|nr rachunku|konto|numer konta",
    },
    {  # Portuguese
        Role.BOOKED: "data|data mov|data movimento|data do movimento|data lancamento|data de lancamento|"
        "data operacao|data da operacao|data contabilistica",
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
        Role.VALUE_DATE: "datum splatnosti|arvopaiva|erteknap|ertek nap|valor",
        Role.AMOUNT: "castka|objem|suma|castka v mene uctu|maara|maara euroa|summa|osszeg|tutar|islem tutari",
        Role.CURRENCY: "mena|valuutta|devizanem|penznem|deviza|para birimi",
        Role.BALANCE: "zustatek|zostatok|egyenleg|bakiye|saldo",
        Role.PAYEE: "nazev protiuctu|nazev protistrany|protistrana|saaja maksaja|saajan nimi|saaja|nimi|partner neve",
        Role.DESCRIPTION: "popis|zprava pro prijemce|poznamka|zprava|selitys|viesti|selite|laji|kozlemeny|"
        "tranzakcio tipusa|megjegyzes|aciklama",
        Role.REFERENCE: "id transakce|id operace|id pohybu|arkistointitunnus|tranzakcio azonosito",
        Role.ACCOUNT: "ucet|cislo uctu|tili|szamlaszam",
    },
    {  # Chinese
        Role.BOOKED: "交易时间|交易日期|日期|记账日期|入账日期|交易创建时间|交易日|记账日",
        Role.AMOUNT: "金额|交易金额",
        Role.DEBIT: "支出|借方|支出金额|借方发生额",
        Role.CREDIT: "收入|贷方|收入金额|存入|贷方发生额",
        Role.INDICATOR: "收 支|收支类型|借贷标志|借 贷",
        Role.CURRENCY: "币种|货币",
        Role.BALANCE: "余额|账户余额|交易后余额",
        Role.PAYEE: "交易对方|对方户名|对方名称",
        Role.DESCRIPTION: "商品名称|商品|摘要|商品说明|备注|交易说明|附言",
        Role.REFERENCE: "交易订单号|交易号|交易单号|流水号",
        Role.STATUS: "交易状态|当前状态|状态",
    },
)

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
    return frozenset(text.split("|"))


def _phrases(vocabulary: Mapping[Role, str]) -> dict[str, dict[Role, int]]:
    found: dict[str, dict[Role, int]] = {}
    for role, phrases in vocabulary.items():
        for phrase in phrases.split("|"):
            found.setdefault(phrase, {})[role] = EXACT
    return found


_ENGLISH_PHRASES = _phrases(_ENGLISH)
_ALL_PHRASES: dict[str, dict[Role, int]] = {phrase: dict(roles) for phrase, roles in _ENGLISH_PHRASES.items()}
for _vocabulary in _OTHERS:
    for _phrase, _roles in _phrases(_vocabulary).items():
        _ALL_PHRASES.setdefault(_phrase, {}).update(_roles)
# In the Volksbanks' files this is the account's owner, beside the other party: a payee only where there's no better.
_ALL_PHRASES["auftraggeber zahlungsempfanger"] = {Role.PAYEE: HINTED}
_ALL_PHRASES["auftraggeber zahlungsempfaenger"] = {Role.PAYEE: HINTED}
_ALL_PHRASES["gross"] = {Role.AMOUNT: WEAK}  # with fees taken off, "net" is what reaches the account
_ALL_PHRASES["available balance"] = {Role.BALANCE: HINTED}  # it includes what hasn't been booked


@lru_cache(maxsize=4096)
def roles(heading: str) -> Mapping[Role, int]:
    """What a column of this heading may hold, with the weight of the proposal."""
    if not heading or len(heading) > LONGEST:
        return {}
    phrase = plain(heading)
    proposed = _ALL_PHRASES.get(phrase) or _ALL_PHRASES.get(plain(_CAMEL.sub(" ", heading)))
    if proposed is None:
        words = frozenset(phrase.split())
        proposed = {role: HINTED for role, hints in _HINTS.items() if words & hints}
        for word in words:
            for ending, role in _ENDINGS:
                if word.endswith(ending):
                    proposed.setdefault(role, HINTED)
        if Role.VALUE_DATE in proposed and Role.BOOKED in proposed:
            del proposed[Role.BOOKED]
    if is_aside(heading):
        return {role: weight for role, weight in proposed.items() if role not in _MONETARY}
    return proposed


def is_aside(heading: str) -> bool:
    """Whether a heading says that its column isn't about the account's own money: a foreign amount, a tax, a rate."""
    words = plain(heading[:LONGEST].translate(_BRACKETS)).split()
    return any(word in _ELSEWHERE or word.startswith("fremdwahrung") for word in words)


def is_english(heading: str) -> bool:
    """Whether the heading's words are English, or of no language that is known here.

    Only English statements may write the month before the day; the other languages of the vocabulary never do.
    """
    phrase = plain(heading)
    return phrase in _ENGLISH_PHRASES or phrase not in _ALL_PHRASES
