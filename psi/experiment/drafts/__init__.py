"""What has been typed and does not run yet: values, selectors as tables, checks, history."""
