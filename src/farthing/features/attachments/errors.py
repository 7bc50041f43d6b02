"""All that can go wrong with attachments; the storage has its own."""

from __future__ import annotations

from farthing.core.work import IdTaken
from farthing.kit.faults import Conflict, Invalid, NotFound, TooLarge, UnsupportedMedia


class AttachmentNotFound(NotFound):
    """The book has no such attachment, or what it belongs to was deleted."""

    code = "attachment_not_found"
    message = "The book has no such attachment."


class AttachmentIdTaken(IdTaken):
    """The book has an attachment with the id that the client chose, or had."""

    message = "An attachment with this id exists, or existed, in the book."


class AttachmentsTooMany(Conflict):
    """More files than one transaction or account has."""

    code = "attachments_too_many"
    message = "A transaction or an account has at most {most} attachments."
    sample = {"most": 200}


class AttachmentEmpty(Invalid):
    """The file has nothing in it."""

    code = "attachment_empty"
    message = "The file has nothing in it."


class AttachmentTooLarge(TooLarge):
    """The file is over the bound."""

    code = "attachment_too_large"
    message = "A file to attach has at most {most} bytes."
    sample = {"most": 20_000_000}


class AttachmentTypeRefused(UnsupportedMedia):
    """The file is of a type that isn't kept here, by its content."""

    code = "attachment_type_refused"
    message = "This file is {what}, by its content. What is kept here: {kept}."
    sample = {"what": "an archive", "kept": "PDF, PNG, JPEG, GIF, WebP, HEIC, TIFF, plain text"}


class QuotaExceeded(Conflict):
    """The book's attachments take what they may."""

    code = "quota_exceeded"
    message = "The attachments of the book take {used} bytes of {quota}; this file needs {needed} more."
    sample = {"used": 999_000_000, "quota": 1_000_000_000, "needed": 1_200_000}
