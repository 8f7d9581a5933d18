"""What providers offer besides conversations in a form of their own: vectors, rankings, speech, transcripts."""
