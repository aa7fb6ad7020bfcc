"""What ``psi bench`` measures with: a rig, a paradigm, and windows with a stopwatch. Normal use imports none of it."""
