"""Writing to the sandbox site: what a create, an update, a delete and a revive do to its rows.

Every function works on one `Edit`: a transaction with a writer, an instant and a policy. Nothing
here knows about HTTP.
"""
