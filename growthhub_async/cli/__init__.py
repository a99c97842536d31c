"""The command `growthhub`: arguments to settings, a run, a summary and an exit code. The only place that prints.

app.py, import_command.py, job_commands.py, look_commands.py, demo.py, sandbox.py   the commands and their arguments
arguments.py, flags.py, reading_options.py   what commands have in common: arguments, settings, how files are read
clients.py, access.py, token_file.py         the client of a command; by which token it speaks; the token from a file
auth_commands.py, auth_run.py                logging in and out
authorization.py, profiles.py                the page, and what the browser brings back; what is kept under a name
check_run.py, job_run.py, look.py            files checked; a job made or found, sent and told of; a job looked at
import_run.py, signals.py, event_loop.py     one run of a job: outcomes told, Ctrl-C heard, the loop chosen
reading.py, ending.py                        what is heard of the files; how a run ends before all is sent
recorder.py, waits.py, outlook.py            a job in numbers; who waits for a quota; how long the rest takes
screen.py, progress.py, columns_text.py, plan_text.py, numbers_text.py, report.py   numbers to text, on stderr
library_log.py                                   what the library warns of, on stderr as well
outcomes_file.py                                 outcomes to NDJSON
demo_data.py                                     the messy contacts of the demo
exit_codes.py, guard.py                          how it ends
program.py                                       how to type it again
"""
