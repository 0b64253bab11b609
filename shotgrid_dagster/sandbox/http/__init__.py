"""The sandbox site over HTTP: routes, calls, answers, its own description."""
