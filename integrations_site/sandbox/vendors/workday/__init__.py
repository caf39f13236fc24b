"""Workday: reports as a web service, SOAP Get_Workers, thin REST; a host and a tenant in every address."""

from integrations_site.sandbox.vendors.workday.vendor import Workday

__all__ = ["Workday"]
