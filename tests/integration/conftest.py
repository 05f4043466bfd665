"""What holds for every integration test."""

from functools import cache

import botocore.session

# Each session reads the services' descriptions anew, and these tests make hundreds.
botocore.session.create_loader = cache(botocore.session.create_loader)
