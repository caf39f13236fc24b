"""Slack's connector: channels and people are plain lists, messages are asked for channel by channel."""

from collections.abc import Iterator

from connections.connectors.slack.messages import Messages
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.fetching import FetchRequest, Page


class SlackConnector(DeclarativeConnector):
    """Reads the messages of the channels that the app is a member of."""

    slug = "slack"

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages; see `Messages` for what an increment of messages holds."""
        if request.entity != "messages":
            return super().fetch(request)
        channels = self._entity("channels")
        return Messages(self.http, self._entity("messages"), channels, request.since or {}).pages(request.cursor)
