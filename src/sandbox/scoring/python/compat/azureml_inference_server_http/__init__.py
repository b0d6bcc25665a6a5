"""The part of Microsoft's package that scoring scripts import, for a Python that does not have it."""
