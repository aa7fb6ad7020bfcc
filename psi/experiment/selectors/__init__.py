"""The cards of selectors: tables of settings, forms, pasting and filling, what comes next."""
