"""Imports: handing a bank's file in, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import Field, TypeAdapter, ValidationError

from farthing.core.problems import faults
from farthing.core.serving import Tag, book_room, created_at, open_to_look, paged, permitted, serve, tool
from farthing.core.statements import Row
from farthing.core.work import RevisionStale
from farthing.features.accounts.errors import (
    AccountClosed,
    AccountMisplaced,
    AccountNameTaken,
    AccountNumberTaken,
    AccountsTooMany,
    AccountUnknown,
    AccountValued,
    CurrencyMismatch,
    CurrencyUsed,
    OpeningTwice,
    ParentUnfit,
)
from farthing.features.accounts.schemas import AccountRef
from farthing.features.currencies.errors import CurrenciesTooMany, CurrencyChanged, CurrencyCodeTaken
from farthing.features.imports.errors import (
    AccountUnmatched,
    AnswersMalformed,
    CurrencyDiffers,
    FileEmpty,
    FileGone,
    FileTooCostly,
    ImportNotDraft,
    ImportNotFound,
    MeaningUnfit,
    NamesTooMany,
    NameUnknown,
    ProfileNotFound,
    RowNotFound,
    RowUncategorisable,
    RowUndecidable,
    RowUnknown,
    RowUnmergeable,
    StatementAmbiguous,
    TransactionUnfit,
)
from farthing.features.imports.jobs import COMMIT, LARGE, CommitArguments
from farthing.features.imports.reading import FileReader, Hints
from farthing.features.imports.schemas import (
    ImportPage,
    ImportQuery,
    ImportRead,
    ImportUpdate,
    LabelPage,
    LabelQuery,
    LabelsChangedRead,
    LabelsUpdate,
    ProfilePage,
    ProfileRead,
    ProfileUpdate,
    RowPage,
    RowQuery,
    RowRead,
    RowsChangedRead,
    RowsUpdate,
    RowUpdate,
)
from farthing.features.imports.service.bring import Handed, ImportService
from farthing.features.imports.service.change import ChangeService
from farthing.features.imports.service.discard import DiscardService
from farthing.features.imports.service.find import FindService
from farthing.features.imports.service.profile import ProfileService
from farthing.features.imports.service.read import read_file
from farthing.features.jobs.errors import JobsTooMany
from farthing.features.jobs.router import PUT_OFF, accepted
from farthing.features.jobs.service import JobService
from farthing.features.journal.errors import (
    CheckpointBroken,
    LineLinked,
    PeriodLocked,
    PostingReconciled,
    TransactionNotFound,
    TransactionReversed,
)
from farthing.features.matches.errors import AmountsDiffer, BothCategorised, MatchUnfit, TransactionUnknown
from farthing.features.records.errors import RecordUnfit
from farthing.features.statements.errors import LineAmountUnfit, LinesLocked
from farthing.features.tags.errors import TagsTooMany
from farthing.features.transactions.errors import AccountCurrencyChanged
from farthing.features.undo.errors import ChangeNotUndoable, ChangeSuperseded
from farthing.features.undo.jobs import UNDO, UndoArguments
from farthing.formats.drafts import DraftFile, FileFormatUnknown, FileReadingUnsure, FileTooLong, FileUnreadable
from farthing.kit.pages import CursorMalformed, Page, PageQuery
from farthing.kit.wire import Id
from farthing.ledger.currencies import AmountTooLarge

router = book_room(prefix="/imports", tag="imports")
profiles = book_room(prefix="/import-profiles", tag="imports")
# No entity tag: a draft is work in progress, and takes no revision.
Viewing = Annotated[FindService, serve(FindService, needs="imports:read", tag=None)]
Importing = Annotated[ImportService, serve(ImportService, needs="imports:write")]
Changing = Annotated[ChangeService, serve(ChangeService, needs="imports:write")]
Discarding = Annotated[DiscardService, serve(DiscardService, needs="imports:write")]
ViewingProfiles = Annotated[ProfileService, serve(ProfileService, needs="imports:read")]
ListingProfiles = Annotated[ProfileService, serve(ProfileService, needs="imports:read", tag=Tag.BOOK)]
Profiling = Annotated[ProfileService, serve(ProfileService, needs="imports:write")]
Looking = Annotated[
    Callable[[], AbstractAsyncContextManager[ProfileService]], open_to_look(ProfileService, needs="imports:write")
]
LookingAtDraft = Annotated[
    Callable[[], AbstractAsyncContextManager[ChangeService]], open_to_look(ChangeService, needs="imports:write")
]
OverrideLock = Annotated[
    bool, Query(description="Do it in the locked period too. Needs `books:write`, and the change log says so.")
]
OverrideCheckpoints = Annotated[
    bool,
    Query(
        description=(
            "Do it also where a checkpoint breaks by it: it is marked, and the change log says so. Needs "
            "`checkpoints:write`."
        )
    ),
]
READING_FAULTS = (FileEmpty, FileFormatUnknown, FileUnreadable, FileReadingUnsure, FileTooLong, FileTooCostly)
STAGING_FAULTS = (
    AccountUnknown,
    AccountUnmatched,
    StatementAmbiguous,
    CurrencyDiffers,
    LineAmountUnfit,
    TransactionUnfit,
    NamesTooMany,
)
BOOKING_FAULTS = (
    AccountClosed,
    CurrencyMismatch,
    LinesLocked,
    CheckpointBroken,
    AccountNameTaken,
    AccountNumberTaken,
    AccountsTooMany,
    ParentUnfit,
    CurrencyCodeTaken,
    CurrenciesTooMany,
    TagsTooMany,
    TransactionUnknown,
    AccountCurrencyChanged,
    MatchUnfit,
    BothCategorised,
    AmountsDiffer,
    PostingReconciled,
    LineLinked,
    TransactionReversed,
    PeriodLocked,
    AmountTooLarge,
)
Answer = Annotated[
    dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=200)]], Field(max_length=50)
]
ANSWERS = TypeAdapter(Answer)


async def read_upload(
    request: Request,
    looking: Looking,
    _may: Annotated[None, permitted("imports:write")],
    reader: Annotated[FileReader, tool(FileReader)],
    file: Annotated[UploadFile, File(description="The file, of a bank or of another program.")],
    account: Annotated[
        AccountRef | None,
        Form(description="The account it is for, by id or full name; left out: by its number."),
    ] = None,
    format: Annotated[  # noqa: A002 - what the field is called
        str | None,
        Form(max_length=20, description="A word for its format, as `ofx` or `csv`; left out: told from the content."),
    ] = None,
    date_order: Annotated[
        Literal["ymd", "dmy", "mdy"] | None, Form(description="How the file writes dates, if it can't be told.")
    ] = None,
    decimal_sign: Annotated[
        Literal[".", ","] | None, Form(description="How the file writes amounts, if it can't be told.")
    ] = None,
    answers: Annotated[
        str | None,
        Form(max_length=20_000, description="Answers to the file's questions by their names, a JSON object of texts."),
    ] = None,
) -> Handed:
    """Read the file before the book is locked: others go on writing meanwhile."""
    data = await file.read()
    said: dict[str, str] = _answers(answers)
    said |= {name: value for name, value in (("date_order", date_order), ("decimal_sign", decimal_sign)) if value}
    digest = hashlib.sha256(repr((account, format, sorted(said.items()))).encode())
    digest.update(data)
    request.state.body_digest = digest.digest()
    return await read_file(reader, looking, data, account=account, hints=Hints(format, said), said=said)


def _answers(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        return ANSWERS.validate_json(text, strict=True)
    except ValidationError:
        raise AnswersMalformed.at("/answers") from None


@router.post(
    "",
    status_code=201,
    response_model=ImportRead,
    responses=PUT_OFF | faults(*READING_FAULTS, AnswersMalformed, *STAGING_FAULTS, *BOOKING_FAULTS, JobsTooMany),
)
async def create_import(
    upload: Annotated[Handed, Depends(read_upload)],
    imports: Importing,
    request: Request,
    response: Response,
    commit: Annotated[bool, Query(description="False keeps it as a draft that says what it would do.")] = True,
    override_checkpoints: OverrideCheckpoints = False,
) -> dict[str, Any] | Response:
    """Import a file of a bank, or of another program. Lines that were imported before make nothing.

    A file of more than 5,000 rows is staged at once, and booked by a job.
    """
    put_off = commit and not imports.work.dry_run and upload.count > LARGE
    brought = await imports.bring(upload, commit=commit, put_off=put_off, override_checkpoints=override_checkpoints)
    if put_off:
        arguments = CommitArguments(import_id=brought["id"], override_checkpoints=override_checkpoints)
        return accepted(request, await JobService(imports.work).put_off(COMMIT, arguments))
    created_at(request, response, "get_import", book_id=imports.work.book_id, import_id=brought["id"])
    return brought


@router.get("", response_model=ImportPage, responses=faults(CursorMalformed))
async def list_imports(
    imports: Viewing, wanted: Annotated[ImportQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """Imports, newest first."""
    return paged(request, response, await imports.find(wanted))


@router.get("/{import_id}", response_model=ImportRead, responses=faults(ImportNotFound))
async def get_import(imports: Viewing, import_id: Id) -> dict[str, Any]:
    """An import, and what became of it."""
    return await imports.get(import_id)


class ReadAgain(NamedTuple):
    """A draft's file, read again with what is said now."""

    changes: ImportUpdate
    file: DraftFile
    data: bytes


async def read_again(
    import_id: Id,
    changes: ImportUpdate,
    looking: LookingAtDraft,
    reader: Annotated[FileReader, tool(FileReader)],
) -> ReadAgain:
    """Read a draft's file with other answers, before the book is locked."""
    async with looking() as drafts:
        data, said = await drafts.reading(import_id)
    answers = changes.answers if "answers" in changes.model_fields_set else {}
    return ReadAgain(changes, await reader.read(data, Hints(said["format"], {**said["answers"], **answers})), data)


@router.patch(
    "/{import_id}",
    response_model=ImportRead,
    responses=faults(
        ImportNotFound,
        ImportNotDraft,
        FileGone,
        NameUnknown,
        MeaningUnfit,
        *READING_FAULTS,
        *STAGING_FAULTS,
        *BOOKING_FAULTS,
    ),
)
async def update_import(
    imports: Changing, import_id: Id, again: Annotated[ReadAgain, Depends(read_again)]
) -> dict[str, Any]:
    """Answer a draft's questions, name another account for it, or say what is meant by the names that it uses.

    Its file is read again. What was decided about its rows stays.
    """
    return await imports.change(import_id, *again)


@router.delete(
    "/{import_id}",
    status_code=204,
    response_model=None,
    responses=PUT_OFF
    | faults(
        ImportNotFound,
        JobsTooMany,
        ChangeNotUndoable,
        ChangeSuperseded,
        PeriodLocked,
        CheckpointBroken,
        AccountClosed,
        AccountMisplaced,
        AccountValued,
        CurrencyUsed,
        CurrencyChanged,
        OpeningTwice,
        LineLinked,
        RecordUnfit,
        AmountTooLarge,
    ),
)
async def delete_import(
    imports: Discarding,
    import_id: Id,
    request: Request,
    override_lock: OverrideLock = False,
    override_checkpoints: OverrideCheckpoints = False,
) -> Response | None:
    """Throw a draft away; of what is booked, undo all that it did. Its lines can then be imported again.

    More than 5,000 records are undone by a job.
    """
    revision = await imports.large_revision(import_id)
    if revision is not None and not imports.work.dry_run:
        arguments = UndoArguments(
            revision=revision, override_lock=override_lock, override_checkpoints=override_checkpoints
        )
        return accepted(request, await JobService(imports.work).put_off(UNDO, arguments))
    await imports.discard(import_id, override_lock=override_lock, override_checkpoints=override_checkpoints)
    return None


@router.get("/{import_id}/rows", response_model=RowPage, responses=faults(ImportNotFound, CursorMalformed))
async def list_import_rows(
    imports: Viewing, import_id: Id, wanted: Annotated[RowQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """The rows of an import, in the order of the file, each with what becomes of it, and why.

    They are kept for 30 days once it is booked.
    """
    return paged(request, response, await imports.find_rows(import_id, wanted))


ROW_FAULTS = (
    ImportNotFound,
    ImportNotDraft,
    RowUndecidable,
    RowUnmergeable,
    RowUncategorisable,
    TransactionNotFound,
    AccountUnknown,
    AccountClosed,
    CurrencyMismatch,
)


@router.patch("/{import_id}/rows", response_model=RowsChangedRead, responses=faults(RowUnknown, *ROW_FAULTS))
async def update_import_rows(imports: Changing, import_id: Id, wanted: RowsUpdate) -> dict[str, int]:
    """Say of several rows of a draft what becomes of them: at most 500, by their ids or by a filter."""
    return await imports.change_rows(import_id, wanted)


@router.patch("/{import_id}/rows/{row_id}", response_model=RowRead, responses=faults(RowNotFound, *ROW_FAULTS))
async def update_import_row(imports: Changing, import_id: Id, row_id: Id, changes: RowUpdate) -> dict[str, Any]:
    """Say of a row of a draft what becomes of it."""
    return await imports.change_row(import_id, row_id, changes)


@router.get("/{import_id}/labels", response_model=LabelPage, responses=faults(ImportNotFound, CursorMalformed))
async def list_import_labels(
    imports: Viewing, import_id: Id, wanted: Annotated[LabelQuery, Query()], request: Request, response: Response
) -> Page[dict[str, Any]]:
    """The payees or the tags that an import's new rows name, the most frequent first, and what is meant by each."""
    return paged(request, response, await imports.find_labels(import_id, wanted))


@router.patch(
    "/{import_id}/labels",
    response_model=LabelsChangedRead,
    responses=faults(ImportNotFound, ImportNotDraft, NameUnknown, MeaningUnfit),
)
async def update_import_labels(
    imports: Changing, import_id: Id, wanted: LabelsUpdate
) -> dict[str, list[dict[str, Any]]]:
    """Say of payees or tags that a draft's file names who or what is meant. It is remembered for files like it."""
    return await imports.label(import_id, wanted)


@router.post(
    "/{import_id}/commit",
    response_model=ImportRead,
    responses=PUT_OFF | faults(ImportNotFound, ImportNotDraft, FileReadingUnsure, *BOOKING_FAULTS, JobsTooMany),
)
async def commit_import(
    imports: Importing, import_id: Id, request: Request, override_checkpoints: OverrideCheckpoints = False
) -> dict[str, Any] | Response:
    """Book a draft: what is new by now, and what was decided about its rows.

    More than 5,000 rows are booked by a job.
    """
    await imports.draft(import_id)
    if not imports.work.dry_run and await imports.count_rows(import_id) > LARGE:
        arguments = CommitArguments(import_id=import_id, override_checkpoints=override_checkpoints)
        return accepted(request, await JobService(imports.work).put_off(COMMIT, arguments))
    return await imports.book_draft(import_id, override_checkpoints=override_checkpoints)


@profiles.get("", response_model=ProfilePage, responses=faults(CursorMalformed))
async def list_import_profiles(
    remembered: ListingProfiles, wanted: Annotated[PageQuery, Query()], request: Request, response: Response
) -> Page[Row]:
    """What was said of files of one origin, oldest first: the next of them is read in the same way."""
    return paged(request, response, await remembered.find(wanted))


@profiles.get("/{profile_id}", response_model=ProfileRead, responses=faults(ProfileNotFound))
async def get_import_profile(remembered: ViewingProfiles, profile_id: Id) -> Row:
    """What was said of files of one origin."""
    return await remembered.get(profile_id)


@profiles.patch(
    "/{profile_id}", response_model=ProfileRead, responses=faults(ProfileNotFound, RevisionStale, AccountUnknown)
)
async def update_import_profile(remembered: Profiling, profile_id: Id, changes: ProfileUpdate) -> Row:
    """Call a profile something else, or change what it says."""
    return await remembered.change(profile_id, changes)


@profiles.delete("/{profile_id}", status_code=204, responses=faults(ProfileNotFound, RevisionStale))
async def delete_import_profile(remembered: Profiling, profile_id: Id) -> None:
    """Forget what was said of such files."""
    await remembered.delete(profile_id)
