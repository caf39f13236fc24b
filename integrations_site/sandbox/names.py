"""Plausible names, as a newcomer to the demo would expect them."""

from integrations_site.sandbox.data import Row

FIRST_NAMES = (
    "Amara", "Ben", "Chiara", "Diego", "Elif", "Finn", "Grace", "Hana", "Ines", "Jonas", "Keiko", "Liam",
    "Maya", "Noah", "Olga", "Priya", "Quentin", "Rosa", "Samir", "Tove", "Uma", "Viktor", "Wendy", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jensen", "Kowalski",
    "Lindqvist", "Moreau", "Nguyen", "O'Brien", "Patel", "Quinn", "Rossi", "Silva", "Tanaka", "Ueda", "Weber",
)  # fmt: skip
COMPANIES = (
    "Alder & Sons", "Birch Foods", "Cedar Logistics", "Dune Optics", "Elm Printing", "Fjord Marine", "Granite Tools",
    "Harbor Coffee", "Iris Textiles", "Juniper Labs", "Kestrel Air", "Lumen Electric", "Meadow Dairy", "Nimbus Cloud",
    "Orchard Fruit", "Pine Furniture", "Quarry Stone", "River Transport", "Summit Sports", "Tidal Energy",
)  # fmt: skip
CITIES = ("Austin", "Berlin", "Chicago", "Dublin", "Glasgow", "Lisbon", "Oslo", "Porto", "Seattle", "Utrecht")
PURPOSES = (
    "Subscription renewal", "Web order", "Consulting, spring", "Replacement parts", "Annual licence", "Workshop seats",
    "Express delivery", "Maintenance visit",
)  # fmt: skip
_ACCENTS = str.maketrans("ëíé", "eie", "'")
_PLAIN = {name: name.lower().translate(_ACCENTS) for name in FIRST_NAMES + LAST_NAMES}


def person(row: Row) -> tuple[str, str]:
    """First and last name."""
    return row.pick(FIRST_NAMES, 5), row.pick(LAST_NAMES, 13)


def company(index: int) -> str:
    """The name of the company with this index; no two are the same."""
    name = COMPANIES[index % len(COMPANIES)]
    return f"{name} {index // len(COMPANIES) + 1}"


def email(first: str, last: str, index: int) -> str:
    """An address that no mail ever reaches (RFC 2606)."""
    return f"{_PLAIN[first]}.{_PLAIN[last]}.{index}@example.com"
