"""The context: items, selectors and symbols, and what their values are in each trial."""
