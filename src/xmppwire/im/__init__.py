"""What programs do with the vocabulary: operations and trackers, one file a topic."""
