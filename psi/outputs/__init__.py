"""What gives samples or levels to a channel: continuous and epoch outputs, triggers, toggles, stimuli."""
