"""Names for other programs: each its own, made of one that the program doesn't take."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def distinct(names: Iterable[str], fit: Callable[[str, int], str]) -> dict[str, str]:
    """A name for each, all different; those that fit as they are keep theirs.

    Args:
        names: what things are called here.
        fit: the name that fits best, given the name and which try it is, from 0.
    """
    wanted = list(dict.fromkeys(names))
    found = {name: name for name in wanted if fit(name, 0) == name}
    taken = set(found)
    for name in wanted:
        attempt = 0
        while name not in found:
            made = fit(name, attempt)
            attempt += 1
            if made not in taken:
                found[name] = made
                taken.add(made)
    return {name: found[name] for name in wanted}
