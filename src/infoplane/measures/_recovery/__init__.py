"""What of a text can be read back from its states: decoders of one size, and the length of the code they save."""
