"""From a vendor's record to the hub's own shape."""

from connections.services.mapping.compiling import LONGEST_TITLE, Mapped, Mapping, compile_mapping, mapping_of
from connections.services.mapping.values import FieldError

__all__ = ["LONGEST_TITLE", "FieldError", "Mapped", "Mapping", "compile_mapping", "mapping_of"]
