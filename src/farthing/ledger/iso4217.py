"""The currencies of ISO 4217, in use and of the past.

Made by tests/ledger/iso4217.py; don't change it by hand.

A line each: code, number (those in use), digits after the point, the last day as legal tender anywhere (those of the
past; - where it isn't known), English name.
"""

from __future__ import annotations

TABLE = """\
ADP||0|2001-12-31|Andorran Peseta
AED|784|2||United Arab Emirates Dirham
AFA||2|2002-12-31|Afghan Afghani (1927–2002)
AFN|971|2||Afghan Afghani
ALK||2|1965-08-16|Albanian Lek (1946–1965)
ALL|008|2||Albanian Lek
AMD|051|2||Armenian Dram
ANG||2|2025-06-30|Netherlands Antillean Guilder
AOA|973|2||Angolan Kwanza
AOK||2|1991-03-01|Angolan Kwanza (1977–1991)
AON||2|2000-02-01|Angolan New Kwanza (1990–2000)
AOR||2|2000-02-01|Angolan Readjusted Kwanza (1995–1999)
ARA||2|1992-01-01|Argentine Austral
ARL||2|1983-06-01|Argentine Peso Ley (1970–1983)
ARM||2|1970-01-01|Argentine Peso (1881–1970)
ARP||2|1985-06-14|Argentine Peso (1983–1985)
ARS|032|2||Argentine Peso
ATS||2|2002-02-28|Austrian Schilling
AUD|036|2||Australian Dollar
AWG|533|2||Aruban Florin
AZM||2|2006-12-31|Azerbaijani Manat (1993–2006)
AZN|944|2||Azerbaijani Manat
BAD||2|1994-08-15|Bosnia-Herzegovina Dinar (1992–1994)
BAM|977|2||Bosnia-Herzegovina Convertible Mark
BAN||2|1997-07-01|Bosnia-Herzegovina New Dinar (1994–1997)
BBD|052|2||Barbadian Dollar
BDT|050|2||Bangladeshi Taka
BEC||2|-|Belgian Franc (convertible)
BEF||2|2002-02-28|Belgian Franc
BEL||2|-|Belgian Franc (financial)
BGL||2|1999-07-05|Bulgarian Hard Lev
BGM||2|1962-01-01|Bulgarian Socialist Lev
BGN||2|2026-01-31|Bulgarian Lev
BGO||2|1952-05-12|Bulgarian Lev (1879–1952)
BHD|048|3||Bahraini Dinar
BIF|108|0||Burundian Franc
BMD|060|2||Bermudan Dollar
BND|096|2||Brunei Dollar
BOB|068|2||Bolivian Boliviano
BOL||2|1963-01-01|Bolivian Boliviano (1863–1963)
BOP||2|1986-12-31|Bolivian Peso
BOV|984|2||Bolivian Mvdol
BRB||2|1986-02-28|Brazilian New Cruzeiro (1967–1986)
BRC||2|1989-01-15|Brazilian Cruzado (1986–1989)
BRE||2|1993-08-01|Brazilian Cruzeiro (1990–1993)
BRL|986|2||Brazilian Real
BRN||2|1990-03-16|Brazilian New Cruzado (1989–1990)
BRR||2|1994-07-01|Brazilian Cruzeiro (1993–1994)
BRZ||2|1967-02-13|Brazilian Cruzeiro (1942–1967)
BSD|044|2||Bahamian Dollar
BTN|064|2||Bhutanese Ngultrum
BUK||2|1989-06-18|Burmese Kyat
BWP|072|2||Botswanan Pula
BYB||2|2000-12-31|Belarusian Ruble (1994–1999)
BYN|933|2||Belarusian Ruble
BYR||0|2017-01-01|Belarusian Ruble (2000–2016)
BZD|084|2||Belize Dollar
CAD|124|2||Canadian Dollar
CDF|976|2||Congolese Franc
CHE|947|2||WIR Euro
CHF|756|2||Swiss Franc
CHW|948|2||WIR Franc
CLE||2|1975-09-29|Chilean Escudo
CLF|990|4||Chilean Unit of Account (UF)
CLP|152|0||Chilean Peso
CNH||2||Chinese Yuan (offshore)
CNX||2|-|Chinese People’s Bank Dollar
CNY|156|2||Chinese Yuan
COP|170|2||Colombian Peso
COU|970|2||Colombian Real Value Unit
CRC|188|2||Costa Rican Colón
CSD||2|2006-10-25|Serbian Dinar (2002–2006)
CSK||2|1993-03-01|Czechoslovak Hard Koruna
CUC||2|2021-01-01|Cuban Convertible Peso
CUP|192|2||Cuban Peso
CVE|132|2||Cape Verdean Escudo
CYP||2|2008-01-31|Cypriot Pound
CZK|203|2||Czech Koruna
DDM||2|1990-10-02|East German Mark
DEM||2|2002-05-15|German Mark
DJF|262|0||Djiboutian Franc
DKK|208|2||Danish Krone
DOP|214|2||Dominican Peso
DZD|012|2||Algerian Dinar
ECS||2|2000-10-02|Ecuadorian Sucre
ECV||2|-|Ecuadorian Unit of Constant Value
EEK||2|2010-12-31|Estonian Kroon
EGP|818|2||Egyptian Pound
ERN|232|2||Eritrean Nakfa
ESA||2|-|Spanish Peseta (A account)
ESB||2|-|Spanish Peseta (convertible account)
ESP||0|2002-02-28|Spanish Peseta
ETB|230|2||Ethiopian Birr
EUR|978|2||Euro
FIM||2|2002-02-28|Finnish Markka
FJD|242|2||Fijian Dollar
FKP|238|2||Falkland Islands Pound
FRF||2|2002-02-17|French Franc
GBP|826|2||British Pound
GEK||2|1995-09-25|Georgian Kupon Larit
GEL|981|2||Georgian Lari
GHC||2|2007-12-31|Ghanaian Cedi (1979–2007)
GHS|936|2||Ghanaian Cedi
GIP|292|2||Gibraltar Pound
GMD|270|2||Gambian Dalasi
GNF|324|0||Guinean Franc
GNS||2|1986-01-06|Guinean Syli
GQE||2|1986-06-01|Equatorial Guinean Ekwele
GRD||2|2002-02-28|Greek Drachma
GTQ|320|2||Guatemalan Quetzal
GWE||2|1976-02-28|Portuguese Guinea Escudo
GWP||2|1997-03-31|Guinea-Bissau Peso
GYD|328|2||Guyanaese Dollar
HKD|344|2||Hong Kong Dollar
HNL|340|2||Honduran Lempira
HRD||2|1995-01-01|Croatian Dinar
HRK||2|2023-01-14|Croatian Kuna
HTG|332|2||Haitian Gourde
HUF|348|2||Hungarian Forint
IDR|360|2||Indonesian Rupiah
IEP||2|2002-02-09|Irish Pound
ILP||2|1980-02-22|Israeli Pound
ILR||2|1985-09-04|Israeli Shekel (1980–1985)
ILS|376|2||Israeli New Shekel
INR|356|2||Indian Rupee
IQD|368|3||Iraqi Dinar
IRR|364|2||Iranian Rial
ISJ||2|1981-01-01|Icelandic Króna (1918–1981)
ISK|352|0||Icelandic Króna
ITL||0|2002-02-28|Italian Lira
JMD|388|2||Jamaican Dollar
JOD|400|3||Jordanian Dinar
JPY|392|0||Japanese Yen
KES|404|2||Kenyan Shilling
KGS|417|2||Kyrgystani Som
KHR|116|2||Cambodian Riel
KMF|174|0||Comorian Franc
KPW|408|2||North Korean Won
KRH||2|1962-06-10|South Korean Hwan (1953–1962)
KRO||2|1953-02-15|South Korean Won (1945–1953)
KRW|410|0||South Korean Won
KWD|414|3||Kuwaiti Dinar
KYD|136|2||Cayman Islands Dollar
KZT|398|2||Kazakhstani Tenge
LAK|418|2||Laotian Kip
LBP|422|2||Lebanese Pound
LKR|144|2||Sri Lankan Rupee
LRD|430|2||Liberian Dollar
LSL|426|2||Lesotho Loti
LTL||2|2014-12-31|Lithuanian Litas
LTT||2|1993-06-25|Lithuanian Talonas
LUC||2|-|Luxembourgian Convertible Franc
LUF||2|2002-02-28|Luxembourgian Franc
LUL||2|-|Luxembourg Financial Franc
LVL||2|2013-12-31|Latvian Lats
LVR||2|1993-10-17|Latvian Ruble
LYD|434|3||Libyan Dinar
MAD|504|2||Moroccan Dirham
MAF||2|1959-10-17|Moroccan Franc
MCF||2|2002-02-17|Monegasque Franc
MDC||2|1993-11-29|Moldovan Cupon
MDL|498|2||Moldovan Leu
MGA|969|2||Malagasy Ariary
MGF||0|2004-12-31|Malagasy Franc
MKD|807|2||Macedonian Denar
MKN||2|1993-05-20|Macedonian Denar (1992–1993)
MLF||2|1984-08-31|Malian Franc
MMK|104|2||Myanmar Kyat
MNT|496|2||Mongolian Tugrik
MOP|446|2||Macanese Pataca
MRO||2|2018-06-30|Mauritanian Ouguiya (1973–2017)
MRU|929|2||Mauritanian Ouguiya
MTL||2|2008-01-31|Maltese Lira
MTP||2|1968-06-07|Maltese Pound
MUR|480|2||Mauritian Rupee
MVP||2|1981-07-01|Maldivian Rupee (1947–1981)
MVR|462|2||Maldivian Rufiyaa
MWK|454|2||Malawian Kwacha
MXN|484|2||Mexican Peso
MXP||2|1992-12-31|Mexican Silver Peso (1861–1992)
MXV|979|2||Mexican Investment Unit
MYR|458|2||Malaysian Ringgit
MZE||2|1980-06-16|Mozambican Escudo
MZM||2|2006-12-31|Mozambican Metical (1980–2006)
MZN|943|2||Mozambican Metical
NAD|516|2||Namibian Dollar
NGN|566|2||Nigerian Naira
NIC||2|1991-04-30|Nicaraguan Córdoba (1988–1991)
NIO|558|2||Nicaraguan Córdoba
NLG||2|2002-02-28|Dutch Guilder
NOK|578|2||Norwegian Krone
NPR|524|2||Nepalese Rupee
NZD|554|2||New Zealand Dollar
OMR|512|3||Omani Rial
PAB|590|2||Panamanian Balboa
PEI||2|1991-07-01|Peruvian Inti
PEN|604|2||Peruvian Sol
PES||2|1985-02-01|Peruvian Sol (1863–1965)
PGK|598|2||Papua New Guinean Kina
PHP|608|2||Philippine Peso
PKR|586|2||Pakistani Rupee
PLN|985|2||Polish Zloty
PLZ||2|1994-12-31|Polish Zloty (1950–1995)
PTE||2|2002-02-28|Portuguese Escudo
PYG|600|0||Paraguayan Guarani
QAR|634|2||Qatari Riyal
RHD||2|1980-04-18|Rhodesian Dollar
ROL||2|2006-12-31|Romanian Leu (1952–2006)
RON|946|2||Romanian Leu
RSD|941|2||Serbian Dinar
RUB|643|2||Russian Ruble
RUR||2|1998-12-31|Russian Ruble (1991–1998)
RWF|646|0||Rwandan Franc
SAR|682|2||Saudi Riyal
SBD|090|2||Solomon Islands Dollar
SCR|690|2||Seychellois Rupee
SDD||2|2007-06-30|Sudanese Dinar (1992–2007)
SDG|938|2||Sudanese Pound
SDP||2|1998-06-01|Sudanese Pound (1957–1998)
SEK|752|2||Swedish Krona
SGD|702|2||Singapore Dollar
SHP|654|2||St. Helena Pound
SIT||2|2007-01-14|Slovenian Tolar
SKK||2|2009-01-01|Slovak Koruna
SLE|925|2||Sierra Leonean Leone
SLL||2|2023-12-31|Sierra Leonean Leone (1964—2022)
SOS|706|2||Somali Shilling
SRD|968|2||Surinamese Dollar
SRG||2|2003-12-31|Surinamese Guilder
SSP|728|2||South Sudanese Pound
STD||2|2017-12-31|São Tomé & Príncipe Dobra (1977–2017)
STN|930|2||São Tomé & Príncipe Dobra
SUR||2|1992-10-01|Soviet Rouble
SVC|222|2||Salvadoran Colón
SYP|760|2||Syrian Pound
SZL|748|2||Swazi Lilangeni
THB|764|2||Thai Baht
TJR||2|2000-10-25|Tajikistani Ruble
TJS|972|2||Tajikistani Somoni
TMM||2|2009-01-01|Turkmenistani Manat (1993–2009)
TMT|934|2||Turkmenistani Manat
TND|788|3||Tunisian Dinar
TOP|776|2||Tongan Paʻanga
TPE||2|2002-05-20|Timorese Escudo
TRL||2|2005-12-31|Turkish Lira (1922–2005)
TRY|949|2||Turkish Lira
TTD|780|2||Trinidad & Tobago Dollar
TWD|901|2||New Taiwan Dollar
TZS|834|2||Tanzanian Shilling
UAH|980|2||Ukrainian Hryvnia
UAK||2|1993-10-17|Ukrainian Karbovanets
UGS||2|1987-05-15|Ugandan Shilling (1966–1987)
UGX|800|0||Ugandan Shilling
USD|840|2||US Dollar
USN|997|2||US Dollar (Next day)
USS||2|-|US Dollar (Same day)
UYI|940|0||Uruguayan Peso (Indexed Units)
UYP||2|1993-03-01|Uruguayan Peso (1975–1993)
UYU|858|2||Uruguayan Peso
UYW|927|4||Uruguayan Nominal Wage Index Unit
UZS|860|2||Uzbekistani Som
VEB||2|2008-06-30|Venezuelan Bolívar (1871–2008)
VED|926|2||Bolívar Soberano
VEF||2|2018-08-20|Venezuelan Bolívar (2008–2018)
VES|928|2||Venezuelan Bolívar
VND|704|0||Vietnamese Dong
VNN||2|1985-09-14|Vietnamese Dong (1978–1985)
VUV|548|0||Vanuatu Vatu
WST|882|2||Samoan Tala
XAD|396|2||Arab Accounting Dinar
XAF|950|0||Central African CFA Franc
XAG|961|6||Silver
XAU|959|6||Gold
XBA|955|2||European Composite Unit
XBB|956|2||European Monetary Unit
XBC|957|2||European Unit of Account (XBC)
XBD|958|2||European Unit of Account (XBD)
XCD|951|2||East Caribbean Dollar
XCG|532|2||Caribbean guilder
XDR|960|2||Special Drawing Rights
XEU||2|-|European Currency Unit
XFO||2|-|French Gold Franc
XFU||2|-|French UIC-Franc
XOF|952|0||West African CFA Franc
XPD|964|6||Palladium
XPF|953|0||CFP Franc
XPT|962|6||Platinum
XRE||2|-|RINET Funds
XSU|994|2||Sucre
XUA|965|2||ADB Unit of Account
YDD||2|1996-01-01|Yemeni Dinar
YER|886|2||Yemeni Rial
YUD||2|1990-01-01|Yugoslavian Hard Dinar (1966–1990)
YUM||2|2002-05-15|Yugoslavian New Dinar (1994–2002)
YUN||2|1992-07-24|Yugoslavian Convertible Dinar (1990–1992)
YUR||2|1993-10-01|Yugoslavian Reformed Dinar (1992–1993)
ZAL||2|-|South African Rand (financial)
ZAR|710|2||South African Rand
ZMK||2|2013-01-01|Zambian Kwacha (1968–2012)
ZMW|967|2||Zambian Kwacha
ZRN||2|1998-07-31|Zairean New Zaire (1993–1998)
ZRZ||2|1993-11-01|Zairean Zaire (1971–1993)
ZWD||2|2008-08-01|Zimbabwean Dollar (1980–2008)
ZWG|924|2||Zimbabwean Gold
ZWL||2|2024-08-31|Zimbabwean Dollar (2009–2024)
ZWR||2|2009-02-02|Zimbabwean Dollar (2008)
"""
