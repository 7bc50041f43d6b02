"""Routing: from a request to its route, in a few look-ups, however many routes there are.

Starlette tries one route after another, each with a regular expression. Here routes stand under their number of
segments and the words in them; a segment is either a word or a parameter, never both. Of two addresses that fit, the
one with more words is meant, as ``/imports/rules`` before ``/imports/{import_id}``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.types import Receive, Scope, Send

from farthing.entrypoints.api.errors import MethodUnsupported, RouteUnknown

PARAMETER = re.compile(r"\{([a-z_]+)\}\Z")


class AddressUnfit(ValueError):
    """A route's path has a segment that is neither a word nor a parameter. The program doesn't start like that."""


class Api(FastAPI):
    """The routes, and what they are described by.

    FastAPI describes them and brings the application up and down. A request goes straight to its route: faults, bounds
    and counting, for which FastAPI and Starlette have layers, are the shell's.
    """

    def __init__(self, routers: Iterable[APIRouter], **options: Any) -> None:
        super().__init__(**options)
        for router in routers:
            self.router.routes.extend(router.routes)
        self.index = RouteIndex(route for route in self.routes if isinstance(route, APIRoute))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            RouteUnknown, MethodUnsupported: there is no route for it.
        """
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        route = self.index.choose(scope)
        await route.app(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The address of a route."""
        return self.index.named[name].url_path_for(name, **path_params)


@dataclass(frozen=True, slots=True)
class Address:
    """A path, and the routes that it leads to, by method."""

    parameters: tuple[tuple[int, str], ...]
    """Which segments are parameters, and their names."""
    routes: dict[str, APIRoute] = field(default_factory=dict)


class RouteIndex:
    """Finds routes."""

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self.named: dict[str, APIRoute] = {}
        addresses: dict[str, Address] = {}
        for route in routes:
            self.named.setdefault(route.name, route)
            address = addresses.setdefault(route.path, Address(_parameters(route.path)))
            for method in route.methods or ():
                address.routes.setdefault(method, route)
        shapes: defaultdict[int, defaultdict[tuple[int, ...], defaultdict[Any, list[Address]]]]
        shapes = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for path, address in addresses.items():
            segments = path.split("/")
            variable = {position for position, _ in address.parameters}
            words = tuple(position for position in range(len(segments)) if position not in variable)
            shapes[len(segments)][words][itemgetter(*words)(segments)].append(address)
        self._shapes = {
            length: [(itemgetter(*words), dict(known)) for words, known in sorted(of.items(), key=_by_words)]
            for length, of in shapes.items()
        }

    def choose(self, scope: Scope) -> APIRoute:
        """The route of a request; it and its parameters are written into the scope.

        Raises:
            RouteUnknown: there is nothing at this address.
            MethodUnsupported: there is, but not by this method.
        """
        segments = get_route_path(scope).split("/")
        known: dict[str, APIRoute] = {}
        for address in self._fitting(segments):
            route = address.routes.get(scope["method"])
            if route is not None:
                scope["route"] = route
                scope["path_params"] = {name: segments[position] for position, name in address.parameters}
                return route
            known = {**address.routes, **known}
        if not known:
            raise RouteUnknown
        scope["route"] = next(iter(known.values()))
        raise MethodUnsupported(allowed=known)

    def _fitting(self, segments: list[str]) -> Iterator[Address]:
        for words, known in self._shapes.get(len(segments), ()):
            for address in known.get(words(segments), ()):
                if all(segments[position] for position, _ in address.parameters):
                    yield address


def _by_words(shape: tuple[tuple[int, ...], Any]) -> tuple[int, tuple[int, ...]]:
    words, _ = shape
    return -len(words), words


def _parameters(path: str) -> tuple[tuple[int, str], ...]:
    found = []
    for position, segment in enumerate(path.split("/")):
        parameter = PARAMETER.match(segment)
        if parameter:
            found.append((position, parameter[1]))
        elif "{" in segment:
            raise AddressUnfit(f"{path}: {segment} is neither a word nor a parameter")
    return tuple(found)
