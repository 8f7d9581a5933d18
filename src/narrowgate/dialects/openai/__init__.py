"""The OpenAI dialect: routes, request head fields, error bodies."""
