"""What can be done with files from banks and other programs: read, stage, decide, change, commit, discard."""
