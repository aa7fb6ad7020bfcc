"""NumPy kernels: settings, state and arithmetic, the same answer for any chunking; and stimuli."""
