"""The commands of ``psi``, one module each; those with options of their own beside them."""
