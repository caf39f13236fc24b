"""The admin of tenants, people, programs, files and background work."""

from integrations_site.web.admin import clients, files, people, tasks, tenants, tokens

__all__ = ["clients", "files", "people", "tasks", "tenants", "tokens"]
