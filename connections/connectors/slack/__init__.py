"""Slack: messages are read channel by channel, with the answers in their threads."""

from connections.connectors.slack.connector import SlackConnector

__all__ = ["SlackConnector"]
