"""Settings: everything an operator can choose, read from the environment once, at start.

Each setting is an environment variable ``FARTHING_<NAME>``; each can instead be given as ``FARTHING_<NAME>_FILE``,
the path of a file that holds it, which is how container secrets arrive.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "FARTHING_"
ORIGIN = r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
"""An origin as browsers write it (RFC 6454, 6.2): no path, no wildcard, in lower case."""
USUAL_PORTS = {"http:": ":80", "https:": ":443"}
DEFAULT_WORKERS = 2
"""How many processes answer requests where nobody chose, cores permitting: PostgreSQL needs the others."""


class FileSource(PydanticBaseSettingsSource):
    """Reads ``FARTHING_<NAME>_FILE``: the setting is the file's content without its last line break."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The content of the file that the environment names for this setting, or None."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All settings given by file."""
        given = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in given.items() if value is not None}


class Settings(BaseSettings):
    """What an operator can choose. Durations are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", env_ignore_empty=True)

    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL 15 or newer, `postgresql://user@host/database`. None: the embedded one."
    )
    database_password: SecretStr | None = Field(
        default=None, description="The password of `database_url`, kept apart so that it can come from a secret file."
    )
    data_dir: Path = Field(default=Path("data"), description="Where the embedded database and the keys live.")
    attachments_url: str | None = Field(
        default=None,
        pattern=r"^(file:///|s3://[^/])",
        description="Where attached files are kept, `file:///folder` or `s3://bucket/prefix`. "
        "None: the folder `attachments` in the data folder.",
    )
    attachments_quota_bytes: int | None = Field(
        default=None,
        ge=0,
        description="How much the attached files of one book may take. None: as the operator decides, else 1 GB.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    root_path: str = Field(default="", description="The path prefix a reverse proxy strips, as `/farthing`.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#]+(/[^?#]*)?$",
        description="Where people reach the service, `https://money.example.org`: links in mails, passkeys and sign-in "
        "elsewhere need it. None: as the request says.",
    )
    reference_rates: Literal["on", "off"] = Field(
        default="on",
        description="`off`: the ECB's history of exchange rates isn't written into a new database.",
    )
    rates_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]",
        description="Where newer reference prices are fetched every night, and by `farthing rates refresh`: a table as "
        "the ECB publishes it. None: nothing is ever fetched.",
    )
    forwarded_allow_ips: str = Field(
        default="127.0.0.1", description="Proxies whose X-Forwarded headers are believed, separated by commas."
    )
    cors_origins: str = Field(
        default="",
        pattern=rf"^({ORIGIN}( *, *{ORIGIN})*)?$",
        description="Web pages of other origins that may ask from a browser, `https://app.example.org`, separated by "
        "commas. None: no other.",
    )
    registration: Literal["first", "invite", "open"] | None = Field(
        default=None,
        description="`first`: only the first person can register. `invite`: whoever was let in. `open`: anyone can. "
        "None: as the operator decides, else `first`.",
    )
    local_login: Literal["on", "off"] = Field(
        default="on",
        description="`off`: nobody signs in here with a password or a passkey, only elsewhere (`oidc_discovery_url`).",
    )
    oidc_discovery_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#]+(/[^?#]*)?/\.well-known/openid-configuration$",
        description="The OpenID Connect provider to sign in with: the address of its discovery document, "
        "`https://id.example.org/.well-known/openid-configuration`. None: nobody signs in elsewhere.",
    )
    oidc_client_id: str | None = Field(
        default=None, min_length=1, max_length=300, description="What the provider knows this service as."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret that goes with it. None: the provider knows it as a public client."
    )
    oidc_name: str = Field(
        default="OpenID Connect", min_length=1, max_length=100, description="What people call the provider."
    )
    oidc_register: Literal["on", "off"] = Field(
        default="off", description="`on`: whoever signs in with the provider and has no account here gets one."
    )
    oidc_groups_claim: str = Field(
        default="groups", min_length=1, max_length=100, description="Where the provider says whose groups are which."
    )
    oidc_operator_group: str | None = Field(
        default=None,
        min_length=1,
        max_length=300,
        description="Whoever signs in with the provider runs this instance if and only if they are in this group. "
        "None: the provider has no say in that.",
    )
    attempts_per_address: int = Field(
        default=30,
        ge=1,
        description="How often one address may come in vain at once, or ask for mail; one more every 20 seconds.",
    )
    smtp_url: str | None = Field(
        default=None,
        pattern=r"^smtps?://([^@/?#]+@)?[^@/?#]+/?$",
        description="The server that sends mail: `smtps://user@host`, or `smtp://user@host:587` with STARTTLS. "
        "None: no mail is sent.",
    )
    smtp_password: SecretStr | None = Field(default=None, description="The password of the user in `smtp_url`.")
    mail_from: str | None = Field(
        default=None, max_length=254, description="Whom mail is from, `Farthing <farthing@example.org>`."
    )
    signing_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key (PEM) for access tokens. None: made in the data folder."
    )
    sealing_key: SecretStr | None = Field(
        default=None,
        description="AES-256 keys (32 bytes in base64, one a line; the first seals, all open) for secrets in the "
        "database, such as those of authenticator apps. None: made in the data folder.",
    )
    previous_signing_key: SecretStr | None = Field(
        default=None,
        description="The key before it (PEM): what it signed stays good. None: the one in the data folder, if any.",
    )
    access_token_seconds: int = Field(default=600, ge=30, le=3600, description="How long an access token is good for.")
    session_days: int = Field(default=60, ge=1, le=365, description="How long a sign-in lasts without use.")
    log_format: Literal["json", "console"] = Field(default="json", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least to log.")
    workers: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Processes that answer requests. None: two where there are two cores or more, else one.",
    )
    pool_size: int = Field(default=10, ge=1, le=100, description="Connections to PostgreSQL that each worker keeps.")
    request_seconds: float = Field(default=15.0, gt=0, description="The longest a request may take.")
    import_seconds: float = Field(
        default=120.0, gt=0, description="The longest an import, an export, or the way of an attached file, may take."
    )
    statement_seconds: float = Field(default=5.0, gt=0, description="The longest a statement may take.")
    lock_seconds: float = Field(default=4.0, gt=0, description="The longest a write waits for its book.")
    waiting_requests: int = Field(
        default=200, ge=1, description="Requests under way at once in each worker; more are sent away."
    )

    worker: Literal["inside", "none"] = Field(
        default="inside",
        description="Who does jobs: the processes that answer requests (`inside`), or only `farthing worker` (`none`).",
    )
    job_lapse_seconds: float = Field(
        default=30.0, ge=1, le=3600, description="After how long without a sign of its worker a job is taken over."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in wins over the environment, the environment over files."""
        return init_settings, env_settings, FileSource(settings_cls)

    @field_validator("oidc_client_secret", mode="before")
    @classmethod
    def _given(cls, secret: Any) -> Any:
        """In a container the file of a secret is there before there is a secret."""
        return None if isinstance(secret, str) and not secret.strip() else secret

    @model_validator(mode="after")
    def _sign_in_elsewhere(self) -> Self:
        """What is needed to sign in elsewhere is there, or nobody does; and somebody can sign in somewhere."""
        if (self.oidc_discovery_url is None) != (self.oidc_client_id is None):
            raise ValueError("FARTHING_OIDC_DISCOVERY_URL and FARTHING_OIDC_CLIENT_ID go together")
        if self.local_login == "off" and self.oidc_discovery_url is None:
            raise ValueError("FARTHING_LOCAL_LOGIN=off needs FARTHING_OIDC_DISCOVERY_URL: nobody could sign in")
        return self

    def worker_count(self) -> int:
        """How many processes answer requests: as chosen, else as many as the machine has cores for, two at most."""
        return self.workers or min(DEFAULT_WORKERS, _cores())

    def origins(self) -> frozenset[str]:
        """The origins whose pages may ask. A scheme's usual port isn't written by browsers."""
        named = (each.strip() for each in self.cors_origins.split(","))
        return frozenset(each.removesuffix(USUAL_PORTS[each.partition("//")[0]]) for each in named if each)

    def postgres_url(self) -> str | None:
        """The address of the database with its password in it, or None where none is set."""
        if self.database_url is None:
            return None
        url = self.database_url.get_secret_value()
        if self.database_password is None:
            return url
        parts = urlsplit(url)
        user = quote(unquote(parts.username or "postgres"), safe="")
        password = quote(self.database_password.get_secret_value(), safe="")
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


def _cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
