"""What a person has to know to read an audit."""

CAVEATS = (
    "A certificate proves that at least so much can be read back, never that at most so much can be: that nothing was "
    "found is no proof of safety.",
    "The attacker is a small decoder trained on the other texts given here; one with more texts, or a larger one, may "
    "read more.",
    "All certificates of a run hold together at the stated confidence, for texts drawn as these were.",
)
