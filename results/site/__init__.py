"""Documentation, explorer, leaderboard and published reports as a static site."""
