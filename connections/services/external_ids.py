"""What a vendor may call a record, wherever its records come from."""

_LONGEST = 255


def why_unfit(external_id: str) -> str:
    """Why it is no id; nothing where it is one."""
    if not external_id:
        return "It has no id where the provider's definition says"
    if len(external_id) > _LONGEST or "\x00" in external_id:
        return f"Its id is longer than {_LONGEST} characters, or cannot be stored"
    return ""
