"""Loops over arrays: arrays in, arrays out; nothing here knows of boxes or derivatives."""
