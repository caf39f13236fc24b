"""The vendors that the sandbox stands in for. Each is a package or module of its own and knows no other."""
