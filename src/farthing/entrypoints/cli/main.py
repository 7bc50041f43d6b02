"""The program's entry: every command, and what a fault looks like on a terminal."""

from __future__ import annotations

import sys

import typer

from farthing.entrypoints.cli import (
    attachments,
    database,
    demo,
    documents,
    exports,
    imports,
    jobs,
    keys,
    people,
    rates,
    serve,
    verify,
    work,
)
from farthing.entrypoints.cli.answers import EXIT_FAULT, EXIT_UNEXPECTED, refuse
from farthing.kit.faults import Fault


class MachineRefused(Fault):
    """The operating system refuses: a full disk, a folder that can't be."""

    code = "machine_refused"
    message = "{why}."
    sample = {"why": "No space left on device: data"}


app = typer.Typer(
    name="farthing",
    help="Farthing: the backend of a household's finances. Every farthing accounted for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("worker")(work.work)
app.command("import")(imports.import_file)
app.command("export")(exports.export)
app.command("backup")(exports.backup)
app.command("restore")(exports.restore)
app.command("verify")(verify.verify)
app.command("demo")(demo.demo)
app.command("openapi")(documents.openapi)
app.command("operations")(documents.operations)
app.command("reports")(documents.reports)
app.command("version")(documents.version)
app.add_typer(attachments.app, name="attachments")
app.add_typer(database.app, name="db")
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(people.app, name="user")
app.add_typer(rates.app, name="rates")


def main() -> None:
    """Run the command that the arguments name.

    Exit codes: 0 done, 1 a fault, 2 called wrongly, 3 ``verify`` found something, 4 the workers of ``serve`` kept
    dying, 70 a bug, 130 broken off.
    """
    try:
        app(prog_name="farthing")
    except Fault as fault:
        refuse(fault)
        sys.exit(EXIT_FAULT)
    except OSError as trouble:
        refuse(MachineRefused(why=": ".join(filter(None, (trouble.strerror, str(trouble.filename or ""))))))
        sys.exit(EXIT_FAULT)
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is told by its places, never by data
        from farthing.core.logging import places  # noqa: PLC0415 - only when needed

        print(f"error: {type(error).__qualname__}, which is a bug. It passed through:", file=sys.stderr)
        print(*(f"  {place}" for place in places(error)), sep="\n", file=sys.stderr)
        sys.exit(EXIT_UNEXPECTED)
