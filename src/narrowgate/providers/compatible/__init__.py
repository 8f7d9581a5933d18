"""Providers that imitate OpenAI: one data row each."""
