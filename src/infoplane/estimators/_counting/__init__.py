"""Entropy and information of discrete variables from counts."""
