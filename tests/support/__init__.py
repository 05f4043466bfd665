"""What several suites share: real servers to test against."""
