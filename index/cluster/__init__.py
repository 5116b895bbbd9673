"""Generations in an OpenSearch cluster."""
