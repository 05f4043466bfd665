"""Never a false word: a fuzz of what writes are told, held against what the store holds.

Account B is the sandbox's engine, and each call of its meets a trouble: before the work, so that
nothing is done, or after it, so that the work is done and its reply lost, broken, or an error that
proves nothing; or another client writes over it, or the gateway's own code fails. Each write
carries a text that no other has. `make truth` tries a million; old_faults.py puts faults back.
"""
