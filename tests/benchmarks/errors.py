"""What a benchmark says when it cannot be run."""


class BenchmarkError(Exception):
    """Something that a comparison needs is missing or does not work; the message says what and why."""
