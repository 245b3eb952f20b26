"""Fewer dimensions: how many there are, codes that keep them, and what spectra say."""
