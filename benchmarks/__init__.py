"""How fast it is: `make bench` runs each measurement in a process of its own, against the sandbox
site in another, and writes a table, a picture and `results.json`."""
