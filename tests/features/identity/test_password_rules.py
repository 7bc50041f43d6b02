"""Which passwords would be guessed."""

from __future__ import annotations

import pytest

from farthing.features.identity.errors import PasswordCommon
from farthing.features.identity.password_rules import common_words, judge

ABOUT = ("ada.lovelace@example.com", "Ada Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password123!",
        "P@ssw0rd1234",
        "qwertyuiop123",
        "111111111111",
        "iloveyouiloveyou",
        "Summer2024!!!",
        "trustno1trustno1",
        "letmeinplease1",
        "abcdefghijklmnop",
        "zyxwvutsrqpo",
        "1qaz2wsx3edc",
        "ilovefarthing",
        "AdaLovelace1815",
        "ada.lovelace@example.com",
        "lovelace lovelace lovelace",
        "x" * 200,
        "monkey dragon 1999",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordCommon) as refused:
        judge(password, about=ABOUT, pointer="/new_password")
    assert refused.value.blames[0].pointer == "/new_password"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "my dog ate 3 shoes",
        "xkcd-pickle-9-moon",
        "Gn7#qPz!w2Lk",
        "пароль на всю жизнь",
        "正确的马电池订书钉很长的密码",
        "Grace Hopper taught Ada",
        "0.1 + 0.2 = 0.3",
    ],
)
def test_what_takes_years_is_fine(password: str) -> None:
    judge(password, about=ABOUT)


def test_what_is_somebodys_own_is_refused_to_them_alone() -> None:
    judge("QuentinVandermeer", about=ABOUT)
    with pytest.raises(PasswordCommon):
        judge("QuentinVandermeer", about=("q@example.com", "Quentin Vandermeer"))


def test_the_list_is_there_and_its_licence_with_it() -> None:
    assert len(common_words()) > 4900
    assert all(word.isalpha() and word.islower() for word in common_words())
