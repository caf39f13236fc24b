"""Workday: workers by a report that the customer made a web service of (RaaS), or by SOAP Get_Workers."""

from connections.connectors.workday.connector import WorkdayConnector

__all__ = ["WorkdayConnector"]
