"""The figures of the page, one a file: each takes runs and gives a Figure, or None without rows."""
