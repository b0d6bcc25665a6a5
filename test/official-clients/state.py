"""What there is in a workspace: python state.py <address file>"""

from client import connect, say
from dump import dump

say("state", dump(connect()))
