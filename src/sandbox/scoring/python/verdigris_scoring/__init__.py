"""What stands in a container between HTTP and a scoring script. Standard library only, Python 3.8 or newer."""
