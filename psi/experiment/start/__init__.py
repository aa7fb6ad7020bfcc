"""What is asked before a run: paradigm and rig, then the session."""
