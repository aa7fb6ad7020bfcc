"""The page that ``psi report`` makes of a recording."""
