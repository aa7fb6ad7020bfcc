"""What has been typed and does not run yet: values, checks, history, and what became of an Apply."""
