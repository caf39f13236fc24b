"""Search in the records of every integration: those that were synced, and what vendors find themselves."""
