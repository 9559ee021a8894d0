"""How contents travel: what the parties say to each other until there is a stream of bytes."""
