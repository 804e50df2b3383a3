"""A page for each network that says how well it works: of its card, its training's history and its worst mistakes."""
