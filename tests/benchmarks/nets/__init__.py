"""The nets that are timed: each file has a problem, and how each kind of library solves it."""
