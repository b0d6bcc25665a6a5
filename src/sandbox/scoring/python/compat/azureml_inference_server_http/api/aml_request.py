"""@rawhttp: run() is given the request itself instead of its body."""

from verdigris_scoring.message import Request

_rawHttpRequested = False


def rawhttp(func):
    global _rawHttpRequested
    _rawHttpRequested = True
    return func


class AMLRequest(Request):
    """For annotations and isinstance checks."""
