"""Hostile values: what a stranger, a broken client or a scanner puts where a value belongs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\r\nSet-Cookie: a=b",
    "\ud800",
    "\ufeff",
    "\u2028",
    "\u202egnp.exe",
    "á̂̃" * 300,
    "👩‍👩‍👧‍👦" * 200,
    "İıſK",
    "٣٤٥",
    "１２．５０",
    "−12.50",
    "12,50",
    "1e5",
    "0x1F",
    "1_000",
    "+1",
    "-0",
    "NaN",
    "Infinity",
    "1e400",
    "1e-400",
    "9" * 29,
    "0." + "0" * 18 + "1",
    "9" * 100_000,
    "-" * 50,
    "null",
    "true",
    "default",
    "me",
    "*",
    "' OR 1=1 --",
    "'; DROP TABLE users; --",
    "$1",
    "%s%n%x",
    "{0.__class__}",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\\",
    '"',
    "%00",
    "%",
    "_",
    "(((((((((((((((((((((((((((((((a",
    "(a+)+$",
    "[",
    "*" * 500,
    "a" * 5_000,
    "a:" * 200,
    ":",
    "Assets:",
    "Assets::Checking",
    "assets:checking",
    "2026-02-30",
    "0000-00-00",
    "10000-01-01",
    "1599-12-31",
    "3000-01-01",
    "2026-3-1",
    "2026-03-01T00:00:00Z",
    "٢٠٢٦-٠٣-٠١",
    "EUR ",
    "eur",
    "ZZZ",
    "€",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "{00000000-0000-0000-0000-000000000000}",
    "00000000000000000000000000000000",
    "payee:" * 50,
    'payee:"',
    "-" * 20 + "x",
    "amount:..",
    "date:2026-99",
)
"""As text; in a JSON body in quotes, in a path or a query as they are."""
RAW = (
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "-0.0",
    "1e308",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    str(2**31),
    str(2**53 + 1),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 400,
    "0." + "1" * 400,
    "[]",
    "[null]",
    "[[]]",
    "{}",
    '{"__proto__": {}}',
    '{"$ref": "#"}',
    '{"": ""}',
    "[" * 200 + "]" * 200,
    "[" * 5_000 + "]" * 5_000,
    '{"a":' * 300 + "1" + "}" * 300,
    "[" + ",".join(["0"] * 20_000) + "]",
    "[" + ",".join(["{}"] * 5_000) + "]",
    "[" + ",".join(['"a"'] * 2_000) + "]",
    '{"a":1,"a":2}',
    '"\\u0000"',
    '"\\ud83d"',
)
"""As JSON, just so."""


def hostile_json(count: int, seed: str) -> Iterator[str]:
    """So many values as JSON: all there are, in an order that the seed decides, and then more made of them."""
    return _some([*RAW, *(json.dumps(text) for text in TEXTS)], count, seed, quoted=True)


def hostile_texts(count: int, seed: str) -> Iterator[str]:
    """So many values as text, for paths and queries."""
    return _some([text for text in TEXTS if len(text) < 5000] + list(RAW[:17]), count, seed, quoted=False)


def _some(values: list[str], count: int, seed: str, *, quoted: bool) -> Iterator[str]:
    dice = random.Random(seed)
    dice.shuffle(values)
    yield from values[:count]
    for _ in range(count - len(values)):
        text = "".join(dice.choice(TEXTS)[:200] for _ in range(dice.randint(1, 4)))
        broken = "".join(chr(dice.choice((dice.randrange(0x20), dice.randrange(0x250), 0x1F600))) for _ in range(9))
        made = dice.choice((text, broken, text + broken, str(dice.randint(-(10**30), 10**30)), str(dice.random())))
        yield json.dumps(made) if quoted else made
