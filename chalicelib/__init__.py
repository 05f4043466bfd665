"""Account A at run time: what is under here ships in the Lambda zip, and nothing else does."""
