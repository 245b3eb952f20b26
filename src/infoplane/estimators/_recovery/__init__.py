"""How much of a text can be read back from a state: bounds from a decoder's held-out shares."""
