"""How far each table was loaded: the table of load states in the destination, and its rows."""
