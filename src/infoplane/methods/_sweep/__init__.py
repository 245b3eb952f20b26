"""Sweeps: many trainings, on as many processes and machines as share a study, and what came of them."""
