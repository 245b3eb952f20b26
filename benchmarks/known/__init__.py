"""Cases of known truth, one table a module."""
