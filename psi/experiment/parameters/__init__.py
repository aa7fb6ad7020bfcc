"""The panel of parameters: fields in groups, roving boxes, preferences."""
