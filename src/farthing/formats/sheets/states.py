"""States: the words by which banks tell what they announce, what is booked, and what came to nothing."""

from __future__ import annotations

from typing import Literal

from farthing.formats.sheets.headings import phrases, plain

State = Literal["pending", "booked", "void"]

_LONGEST = 32
_PENDING = phrases(
    "pending|vorgemerkt|umsatz vorgemerkt|offen|wartend|authorized|authorised|blocked|reserved|on hold|held|processing|"
    "uncleared|unposted|en attente|en cours|a venir|pendiente|retenido|in attesa|da contabilizzare|non contabilizzato|"
    "reserverad|reserverat|reservert|reserveret|venter|vantar|varaus|in behandeling|gereserveerd|oczekujaca|oczekuje|"
    "w realizacji|blokada|pendente|a confirmar|cekajici|cekajuca|blokace|beklemede|provizyon|в обработке|ожидает|"
    "ожидание|в обробці|очікує|处理中|未入账|예정|보류|fuggoben|varakozik"
)
"""What banks call movements that they announce and haven't booked."""
_VOID = phrases(
    "reverted|declined|failed|cancelled|canceled|rejected|refused|denied|expired|voided|returned unpaid|"
    "afgewezen|geweigerd|geannuleerd|abgelehnt|storniert|zuruckgewiesen|abgebrochen|fehlgeschlagen|"
    "refuse|refusee|rejete|rejetee|annule|annulee|echoue|rechazada|rechazado|anulada|anulado|cancelada|cancelado|"
    "fallida|rifiutata|rifiutato|annullata|annullato|recusada|recusado|odrzucona|odrzucono|odrzucony|anulowana|"
    "anulowano|avvist|avbruten|avbrutt|annulleret|zamitnuto|zamitnuta|storno|отклонено|отклонена|отклонен|отменено|"
    "отменена|неуспешно|ошибка|відхилено|скасовано|iptal|iptal edildi|reddedildi|交易关闭|等待付款|已关闭|취소|실패"
)
"""What they call those that came to nothing."""
_BOOKED = phrases(
    "booked|posted|completed|complete|cleared|settled|billed|success|successful|succeeded|processed|executed|accepted|ok|"
    "approved|gebucht|umsatz gebucht|abgeschlossen|verbucht|ausgefuhrt|geboekt|geaccepteerd|uitgevoerd|verwerkt|"
    "comptabilise|termine|effectue|execute|valide|contabilizado|completado|completada|realizado|realizada|contabilizzato|"
    "eseguito|completato|bokford|bokfort|bogfort|utford|udfort|utfort|zaksiegowana|zrealizowana|rozliczona|zauctovano|"
    "provedeno|исполнено|выполнено|проведено|успешно|виконано|交易成功|支付成功|已完成|成功|완료|tamamlandi|teljesitett"
)

_STATES: dict[str, State] = {
    **dict.fromkeys(_BOOKED, "booked"),
    **dict.fromkeys(_PENDING, "pending"),
    **dict.fromkeys(_VOID, "void"),
}


def state_of(cell: str) -> State | None:
    """What a word says of a movement, None where it is none of those that are known."""
    return _STATES.get(plain(cell)) if 0 < len(cell) <= _LONGEST else None
