"""What a dashboard shows of an integration: how it stands, what happened, and its records."""
