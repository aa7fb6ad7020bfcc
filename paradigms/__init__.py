"""Tasks: which manifests, which items, trial logic, what is posted when. Nothing here names a device."""
