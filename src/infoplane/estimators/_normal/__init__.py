"""Two vectors whose dependence is that of normal or Student variables, on some scale."""
