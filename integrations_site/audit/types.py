"""Who did something."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the public id of a person or program, or a word for the hub itself; and a name for people to read."""

    id: str
    label: str = ""


HUB = Actor("hub", "Integration hub")
