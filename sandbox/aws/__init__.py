"""AWS on a laptop: moto's server, and what it lacks for moving data out (see each module)."""
