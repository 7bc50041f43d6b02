"""Arguments: what a route's function is called with, read from the request.

FastAPI reads a function's signature into a tree of dependants, documents it, and asks that tree anew, for each request,
how each parameter is to be read. Here the answers are worked out once, when the route is made, by FastAPI's own rules:
what can be wrong about a request is told in the same words and the same order.

A dependency that is named twice in a signature is called twice; there are none that are generators.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Union, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

NOTHING: Any = PydanticUndefined
"""The body of a request that has none."""
LISTS = (list, set, tuple, frozenset)
_IN_PATH = attrgetter("path_params")
_IN_QUERY = attrgetter("query_params")
_IN_HEADERS = attrgetter("headers")
Errors = list[dict[str, Any]]


class Unservable(TypeError):
    """A route asks for something that no request is read for here. The program doesn't start like that."""


class Arguments:
    """Reads the arguments of one function, and of the dependencies that it names."""

    def __init__(self, dependant: Dependant, *, embed_body_fields: bool) -> None:
        _check(dependant)
        self._dependencies: list[tuple[str | None, Any, Arguments]] = [
            (inner.name, inner.call, Arguments(inner, embed_body_fields=embed_body_fields))
            for inner in dependant.dependencies
        ]
        self._parameters: list[_Parameter | _Query] = [
            *(_Parameter(field, "path", _IN_PATH) for field in dependant.path_params),
            *(_asked(field) for field in dependant.query_params),
            *(_Parameter(field, "header", _IN_HEADERS) for field in dependant.header_params),
        ]
        self._body = dependant.body_params
        self._embed = embed_body_fields
        self._request = dependant.request_param_name or dependant.http_connection_param_name
        self._response = dependant.response_param_name

    async def read(self, request: Request, response: Response, body: Any, errors: Errors) -> dict[str, Any]:
        """The arguments, by name. What is wrong is added to ``errors``: then they are not complete.

        Args:
            request: what is asked.
            response: the answer as far as it is begun; the function may add headers to it.
            body: JSON that was read, a form, or ``NOTHING``.
            errors: what is wrong, as Pydantic tells it.
        """
        values: dict[str, Any] = {}
        for name, call, arguments in self._dependencies:
            known = len(errors)
            inner = await arguments.read(request, response, body, errors)
            if len(errors) > known:
                continue
            provided = await call(**inner)
            if name is not None:
                values[name] = provided
        for parameter in self._parameters:
            parameter.read(request, values, errors)
        if self._body:
            given, wrong = await request_body_to_args(self._body, body, self._embed)
            values.update(given)
            errors += wrong
        if self._request is not None:
            values[self._request] = request
        if self._response is not None:
            values[self._response] = response
        return values


class _Parameter:
    """One value, out of the path, the query or a header."""

    def __init__(self, field: Any, place: str, source: Callable[[Request], Mapping[str, str]]) -> None:
        self.name: str = field.name
        self.alias: str = field.validation_alias or field.alias
        self.place = (place, self.alias)
        self.source = source
        self.field = field
        self.is_required = field.field_info.is_required()

    def read(self, request: Request, values: dict[str, Any], errors: Errors) -> None:
        """Find the value, and hold it against its rules."""
        given = self.source(request).get(self.alias)
        if given is not None:
            value, wrong = self.field.validate(given, loc=self.place)
        elif self.is_required:
            value, wrong = None, [{"type": "missing", "loc": self.place, "msg": "Field required", "input": None}]
        else:
            value, wrong = self.field.get_default(), None
        if wrong:
            errors += wrong
        else:
            values[self.name] = value


class _Query:
    """The query, read into a model: all of it but what other dependencies take.

    Parameters that the operation doesn't have were refused before.
    """

    def __init__(self, field: Any, model: type[BaseModel]) -> None:
        self.name: str = field.name
        self.field = field
        self.names = frozenset(info.alias or name for name, info in model.model_fields.items())
        self.lists = [info.alias or name for name, info in model.model_fields.items() if _is_list(info.annotation)]

    def read(self, request: Request, values: dict[str, Any], errors: Errors) -> None:
        """Find all values, and hold them against their rules."""
        given: dict[str, Any] = {name: value for name, value in request.query_params.items() if name in self.names}
        for name in self.lists:
            if name in given:
                given[name] = request.query_params.getlist(name)
        value, wrong = self.field.validate(given, loc=("query",))
        if wrong:
            errors += wrong
        else:
            values[self.name] = value


def _asked(field: Any) -> _Parameter | _Query:
    annotation = field.field_info.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _Query(field, annotation)
    if _is_list(annotation):
        raise Unservable(f"{field.name}: lists are read into a query's model")
    return _Parameter(field, "query", _IN_QUERY)


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    if origin in {Union, types.UnionType}:
        return any(_is_list(choice) for choice in get_args(annotation))
    return origin in LISTS


def _check(dependant: Dependant) -> None:
    unknown = (
        dependant.cookie_params,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
        dependant.websocket_param_name,
    )
    if any(unknown):
        raise Unservable(f"{dependant.call}: takes something that requests are not read for")
    if not any(inspect.iscoroutinefunction(call) for call in (dependant.call, type(dependant.call).__call__)):
        raise Unservable(f"{dependant.call}: isn't async")
