"""What account B's owner asks of AWS: IAM's and AppSync's own APIs, as the doctor reads them.

Signatures are checked and the caller's policies asked, as AWS does. What IAM changes in a role is
in force at the next request, and until the template is edited.
"""
