"""What can be done with tags, a module for each verb: find, change, and merge or take off transactions."""
