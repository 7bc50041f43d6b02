"""Charts as pictures of points (PNG), made of the drawing by vl-convert, which is in the extra ``charts``."""

from __future__ import annotations

from importlib.util import find_spec

IS_INSTALLED = find_spec("vl_convert") is not None
SCALE = 2
"""So that it is sharp where a point of the picture is several of the screen."""


def rastered(drawn: bytes) -> bytes:
    """The picture of a drawing.

    Raises:
        ImportError: vl-convert isn't installed.
    """
    import vl_convert  # noqa: PLC0415 - it may not be there, and takes long to load

    return bytes(vl_convert.svg_to_png(drawn.decode(), scale=SCALE))
