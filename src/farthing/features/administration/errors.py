"""All that can go wrong with running an instance."""

from __future__ import annotations

from farthing.kit.faults import Conflict, NotFound


class LastOperator(Conflict):
    """An instance always has an operator."""

    code = "last_operator"
    message = "An instance always has an operator who isn't blocked; make someone else one first."


class OperatorBlocked(Conflict):
    """Whoever is blocked doesn't run the instance."""

    code = "operator_blocked"
    message = "This person is blocked; let them in before they run the instance."


class SettingFixed(Conflict):
    """The environment that the service runs in says what this setting is."""

    code = "setting_fixed"
    message = "The environment of the service sets {setting}; it can't be changed here."
    sample = {"setting": "registration"}


class AdmissionNotFound(NotFound):
    """No such invitation to the instance, or it was used."""

    code = "admission_not_found"
    message = "There is no such invitation to this instance, or it was used."


class AdmissionsTooMany(Conflict):
    """As many invitations to the instance wait as can."""

    code = "admissions_too_many"
    message = "At most 1,000 invitations to an instance wait to be used; withdraw some first."
