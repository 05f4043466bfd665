"""The AWS side: assumed-role credentials, signatures, and the transport to AppSync."""
