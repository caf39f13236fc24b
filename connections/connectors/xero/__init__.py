"""Xero: its lists are as the definition says; expenses come from two of them."""

from connections.connectors.xero.connector import XeroConnector

__all__ = ["XeroConnector"]
