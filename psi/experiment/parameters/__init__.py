"""The panel of parameters: fields in groups, roving boxes, preferences, and what became of an Apply."""
