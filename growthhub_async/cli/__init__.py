"""The command `growthhub`: arguments to settings, a run, a summary and an exit code. The only place that prints.

app.py, import_command.py, demo.py, sandbox.py   the commands and their arguments
flags.py, token_file.py                          a setting as a flag; the token from a file
import_run.py, signals.py, event_loop.py         a run: outcomes recorded, Ctrl-C heard, the loop chosen
reading.py, ending.py                            its file as it is read; how it ends before that does
recorder.py, waits.py, outlook.py                outcomes to numbers; who waits for a quota; what will not fit into it
screen.py, progress.py, columns_text.py, report.py   numbers to text, on stderr
library_log.py                                   what the library warns of, on stderr as well
outcomes_file.py                                 outcomes to NDJSON
demo_data.py                                     the messy contacts of the demo
exit_codes.py, guard.py                          how it ends
program.py                                       how to type it again
"""
