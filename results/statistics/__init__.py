"""Statistics of scores over seeds and problems, each rule once: docs/statistics.md. Lower scores are better."""
