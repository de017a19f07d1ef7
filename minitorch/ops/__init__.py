"""The operations: one file a family, one statement an operation."""
