"""PostgreSQL and Valkey from wheels, for a machine that has neither, and the supervisor behind ``manage.py up``.

The servers live exactly as long as some process uses them: every user holds a lease (``lifetime``), and the
last one to let go, or a guardian in its place should it die without a word (``guardian``), stops them.
"""
