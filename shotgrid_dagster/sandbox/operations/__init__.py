"""The operations of the API: the routes, those that write, and their OpenAPI description."""
