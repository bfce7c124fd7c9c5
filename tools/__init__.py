"""The programs behind `make`; as a package, so that the tests can import them."""
