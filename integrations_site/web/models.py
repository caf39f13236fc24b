"""What the browser pages remember of those who are not logged in."""

from django.db import models


class AttemptCount(models.Model):
    """How often something that could be guessed was tried, until when it is counted. Of no tenant."""

    key = models.CharField(max_length=200, primary_key=True)
    used = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
