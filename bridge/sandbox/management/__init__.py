"""What account B's owner asks of AWS: IAM's and AppSync's own APIs, as the doctor reads them.

Signatures are checked and the owner's policies asked, as AWS does; nothing here changes anything.
"""
