from __future__ import annotations

import pytest

from farthing.formats.drafts import FileUnreadable
from farthing.formats.text import decode

TEXTS = {
    "German": "Buchungstag;Empfänger;Betrag\n01.02.2024;Müller Bäckerei Größe Straße;-5,00\n",
    "English": "Date,Description,Amount\n01/02/2024,Café Nero,£5.00\n",
    "French": "Date;Libellé;Débit\n01/02/2024;Prélèvement électricité à l'étranger;-5,00\n",
    "Spanish": "Fecha;Concepto;Importe\n01/02/2024;Nómina año España;5,00\n",
    "Swedish": "Bokföringsdag;Belopp\n2024-01-02;-5,00;Överföring från Åsa Östberg\n",
    "Polish": "Data;Opis\n2024-01-02;Płatność kartą Żabka Łódź\n2024-01-03;Przelew środków\n",
    "Czech": "Datum;Částka;Měna;Zůstatek\n01.02.2024;-5,00;Kč;Příkaz k úhradě žluťoučký kůň\n",
    "Chinese": "交易创建时间,商品名称,金额\n2024-09-01,充值,0.12\n",
}


def _written_in(text: str, encoding: str) -> bool:
    """Whether the encoding has all letters of the text."""
    return text == text.encode(encoding, "replace").decode(encoding)


PAIRS = [
    (language, encoding)
    for language, text in TEXTS.items()
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859_15", "cp850", "cp1250", "gb18030")
    if _written_in(text, encoding) and (encoding != "gb18030" or language == "Chinese")
]


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
def test_the_letters_come_out_right_whatever_the_encoding(language: str, encoding: str) -> None:
    assert decode(TEXTS[language].encode(encoding)).text == TEXTS[language]


def test_the_encoding_that_a_file_names_is_heeded_unless_its_bytes_contradict_it() -> None:
    assert decode(b"caf\xe9", declared="cp1252").encoding == "cp1252"
    assert decode("caf\u00e9".encode(), declared="cp1252").text == "caf\u00e9"
    assert decode(b"caf\xe9", declared="no such encoding").text == "caf\u00e9"


def test_lines_end_in_a_line_feed_however_the_file_ends_them() -> None:
    assert decode(b"a\r\nb\rc\nd").text == "a\nb\nc\nd"
    assert decode(b"a\nb\x1a").text == "a\nb"


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe\x0a\x00"])
def test_an_empty_file_is_a_fault(data: bytes) -> None:
    with pytest.raises(FileUnreadable) as raised:
        decode(data)
    assert raised.value.facts["problem"] == "it is empty"


def test_a_nul_character_is_refused_by_line() -> None:
    with pytest.raises(FileUnreadable) as raised:
        decode(b"a,b\nc,\0d\n")
    assert raised.value.blames[0].line == 2


@pytest.mark.parametrize(
    "data", [bytes(range(1, 256)), b"\x01\x02\x03" * 50, b"\xff\xfe\x00\xd8", b"\x89PNG\r\n\x1a\n\x00\x01"]
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        decode(data)
