"""Reports rendered from the results of a run; knows nothing of how they came about."""
