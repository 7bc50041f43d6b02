"""Options that commands share, and the settings with what they override."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from farthing.kit.faults import Invalid

if TYPE_CHECKING:
    from pydantic import BaseModel

    from farthing.core.settings import Settings

Shape = TypeVar("Shape", bound="BaseModel")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The folder of the embedded database and the keys. [FARTHING_DATA_DIR, or ./data]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


class SettingsWrong(Invalid):
    """A setting isn't what it must be. Names which and why, never what was given: it may be a secret."""

    code = "settings_wrong"
    message = "{problems}"
    sample = {"problems": "FARTHING_PORT: Input should be a valid integer"}


class OptionsInvalid(Invalid):
    """Something that a command was given breaks a rule."""

    code = "options_invalid"
    message = "{problems}"
    sample = {"problems": "email: value is not a valid email address"}


def settings_with(**overrides: Any) -> Settings:
    """The settings from the environment; what an option gives (not None) wins.

    Raises:
        SettingsWrong: one isn't what it must be.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - for a quick --help

    from farthing.core.settings import PREFIX, Settings  # noqa: PLC0415 - as above

    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as wrong:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}" if error["loc"] else error["msg"]
            for error in wrong.errors(include_input=False, include_url=False, include_context=False)
        )
        raise SettingsWrong(problems=problems) from None
    except OSError as trouble:
        raise SettingsWrong(problems=f"{trouble.filename}: {trouble.strerror}") from None


def checked(shape: type[Shape], **values: Any) -> Shape:
    """What a command was given, in the shape that HTTP takes it in, with the same rules.

    Raises:
        OptionsInvalid: it breaks one. Names which and why, never what was given: it may be a secret.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - for a quick --help

    try:
        return shape(**values)
    except ValidationError as wrong:
        problems = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in wrong.errors(include_input=False, include_url=False, include_context=False)
        )
        raise OptionsInvalid(problems=problems) from None
