"""All that can go wrong with insights."""

from __future__ import annotations

from farthing.kit.faults import Invalid, NotFound


class InsightNotFound(NotFound):
    """The book has no such insight."""

    code = "insight_not_found"
    message = "The book has no such insight, or what it told isn't so any more."


class RecurringPaymentNotFound(NotFound):
    """The book has no such recurring payment."""

    code = "recurring_payment_not_found"
    message = "The book has no such recurring payment, or it recurs no more."


class SnoozeUnfit(Invalid):
    """An insight is snoozed until a day to come, and only then."""

    code = "snooze_unfit"
    message = (
        "An insight that is snoozed comes back on a day after today, within a year; one that isn't has no such day."
    )
