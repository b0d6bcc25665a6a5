"""The answer of a script that decides on status and headers itself."""

from verdigris_scoring.message import AMLResponse

__all__ = ["AMLResponse"]
