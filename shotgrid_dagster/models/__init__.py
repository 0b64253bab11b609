"""The models: one `.sql` file a table of the schema `models`, read by `model.py`."""
