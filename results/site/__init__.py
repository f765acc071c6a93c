"""The documentation, the explorer, the leaderboard and the published reports as one static site."""
