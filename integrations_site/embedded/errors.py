"""What goes wrong here, said so that whoever typed the command can act on it."""


class EmbeddedError(Exception):
    """An embedded server, or a program of the hub, cannot run; the message says why and what to do."""
