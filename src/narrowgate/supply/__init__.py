"""What dependencies could reach: read from their files, nothing of them is run or imported."""
