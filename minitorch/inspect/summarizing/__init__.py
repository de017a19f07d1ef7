"""A model's layers and what they cost, watched in one run: the rooms of `summary`."""
