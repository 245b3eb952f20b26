"""Training: a network made from a language model, its examples as tensors, the loop, and what is kept of it."""
