"""What a rig is made of: engines, their channels, and the contract between an engine and a run."""
