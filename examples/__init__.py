"""Small servers, each run by a test."""
