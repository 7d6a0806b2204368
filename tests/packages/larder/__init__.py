"""A package that the tests' applications import in a request."""
