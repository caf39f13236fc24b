"""OAuth 2 clients, and what their vendors' token endpoints answer (RFC 6749, 7009, 7636)."""
