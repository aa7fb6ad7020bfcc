"""Plot models, which know nothing of any screen, and their views."""
