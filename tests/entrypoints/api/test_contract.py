"""The OpenAPI document is a promise: whatever is sent, each operation answers as it says there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.entrypoints.api.listening import listening
from tests.household import PASSWORD

from farthing.core.secrets import new_signing_key
from farthing.core.settings import Settings
from farthing.entrypoints.api import openapi
from farthing.entrypoints.api.app import create_app

EXAMPLES = 5
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PROFILE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
DOCUMENT = openapi.describe(
    create_app(Settings(database_url=SecretStr("postgresql://nowhere/none")), new_signing_key()).app
)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
WAYS = [
    pytest.param(named, mode, id=f"{named} {mode.value}")
    for named, operation in OPERATIONS.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or operation.get("parameters") or "requestBody" in operation
]


class Reader:
    """Someone with a book, who sends anything."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        registered = self.session.post(
            f"{url}/api/v1/auth/register",
            json={"email": "ada@example.com", "password": PASSWORD, "name": "Ada"},
            timeout=10,
        ).json()
        self.book_id = registered["book_id"]
        self.session.headers["Authorization"] = f"Bearer {registered['access_token']}"
        account = self.made("/accounts", {"name": "Checking", "kind": "asset", "currency": "EUR"})
        line = {"date": "2026-03-01", "amount": "-12.50", "account": account["id"]}
        statement = self.session.post(
            f"{url}/api/v1/books/{self.book_id}/imports?commit=false",
            files={"file": b"Date;Amount;Payee\n2026-03-01;-1.50;Corner Shop\n"},
            data={"account": account["id"]},
            timeout=10,
        ).json()
        transaction = self.made("/transactions", line)
        self.made("/transactions", line)
        group = self.made("/account-groups", {"name": "Everyday"})
        attachment = self.session.post(
            f"{url}/api/v1/books/{self.book_id}/transactions/{transaction['id']}/attachments",
            files={"file": ("receipt.txt", b"Coffee 12.50")},
            timeout=10,
        ).json()
        self.known = {
            "account_id": account["id"],
            "group_id": group["id"],
            "transaction_id": transaction["id"],
            "record_id": transaction["id"],
            "import_id": statement["id"],
            "attachment_id": attachment["id"],
            "user_id": registered["user_id"],
        }
        # So that the history has something to say, and one change of the log too.
        changed = self.session.patch(
            f"{url}/api/v1/books/{self.book_id}/transactions/{transaction['id']}", json={"payee": "Shop"}, timeout=10
        ).json()
        self.known["revision"] = changed["revision"]

    def made(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.session.post(f"{self.url}/api/v1/books/{self.book_id}{path}", json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def reader(clone: Any, signing_key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with clone() as url:
        chosen = Settings(database_url=url, registration="open", data_dir=tmp_path_factory.mktemp("data"))
        with listening(chosen, signing_key) as address:
            reader = Reader(address)
            yield reader
            reader.session.close()


@pytest.mark.parametrize(("named", "mode"), WAYS)
def test_whatever_is_sent_an_operation_answers_as_documented(reader: Reader, named: str, mode: GenerationMode) -> None:
    method, path = named.split()
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    @PROFILE
    def check(case: schemathesis.Case[Any], known: bool) -> None:
        given_path = dict(case.path_parameters or {})
        if "book_id" in given_path and (known or mode is GenerationMode.POSITIVE):
            given_path["book_id"] = reader.book_id
        if known:
            given_path |= {name: value for name, value in reader.known.items() if name in given_path}
        case.path_parameters = given_path
        answer = case.call(base_url=reader.url, session=reader.session)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)

    check()
