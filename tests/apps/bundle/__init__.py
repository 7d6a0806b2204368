"""A package with a data file and a module that nothing imports before a request does."""
