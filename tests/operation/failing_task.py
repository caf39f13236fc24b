"""A task that fails with secrets in its arguments and in its error."""

from celery import shared_task


@shared_task
def fail_with(*, secret: str, token: str) -> None:
    """Raises what a careless library would raise."""
    raise RuntimeError(f"connection to postgresql://hub:{secret}@db/hub refused; Authorization: Bearer {token}")
