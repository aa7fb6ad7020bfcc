"""From names to a run: manifests found and loaded, documents made, everything checked."""
