"""State: values under a key that outlive a run, one store for each pattern."""
