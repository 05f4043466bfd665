"""Account B's role for owners who do not use CloudFormation, from the same template and contract.

The template decides; each form is written from the role that it makes of given parameters, so no
form has conditions of its own.
"""
