"""The tests; as a package, so that no other `tests` that is installed hides tests/support."""
