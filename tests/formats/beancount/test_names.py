from __future__ import annotations

import pytest

from farthing.formats.beancount.names import account_names


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Assets:bank", "Assets:Bank"),
        ("Assets:7 seas", "Assets:7-seas"),
        ("Assets:\u98df\u8cbb", "Assets:X\u98df\u8cbb"),
        ("Assets:\u0de6", "Assets:X\u0de6"),  # a digit since Unicode 7
    ],
)
def test_a_part_begins_as_beancount_wants_it(name: str, written: str) -> None:
    assert account_names({name: "asset"}) == {name: written}
