"""Imports killed at any instant and gone on with, against a GrowthHub that remembers every request.

people.py      who is imported, and what is true of each
witness.py     the sandbox, and which record each of its requests was for
process.py     the import as a process
hurried.py     the command, ended by force as it changes a file
instants.py    when it is killed, or otherwise ended
disk.py        what a loss of power leaves of its files, with disk.c
looking.py     what must hold of the files after a kill
judge.py       what must hold in the end
run.py         an import, its kills, its verdict
__main__.py    many records and many kills: `python -m tests.killing --records 20000 --kills 50 --seed 1`
"""
