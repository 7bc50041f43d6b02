"""The worker: does jobs, and what is to be done again and again. Inside ``serve``, or a process of its own."""
