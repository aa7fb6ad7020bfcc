"""Trials: the logic that runs them, what they count, and the rules that end them."""
