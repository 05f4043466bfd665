"""IAM evaluation by AWS's documented rules. Pure: no I/O."""
