"""Two vectors and a network that learns what simpler rules miss."""
