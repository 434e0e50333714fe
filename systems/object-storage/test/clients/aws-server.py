"""The aws command line as often as asked, each time in a process of its own that is forked from this one, which has imported
all of it: most of what a short command takes. A line of standard input is a command, {"arguments", "environment"}, the
environment on top of this one's; a line of standard output is its end, {"code", "output", "errors"}."""

import gc
import json
import os
import sys
import tempfile

import awscli.clidriver

awscli.clidriver.create_clidriver()  # imports what it does not need until then
gc.freeze()  # a collection in a child would copy the pages of all that


def become_command(request, output, errors):
    for descriptor, file in enumerate((nothing, output, errors)):
        os.dup2(file.fileno(), descriptor)
    os.environ.update(request["environment"])
    sys.argv = ["aws", *request["arguments"]]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    # Without taking apart what was imported, which would copy every page of it.
    os._exit(code or 0)


def text_of(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")


nothing = open(os.devnull)
for line in sys.stdin:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        pid = os.fork()
        if pid == 0:
            become_command(json.loads(line), output, errors)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps({"code": code, "output": text_of(output), "errors": text_of(errors)}), flush=True)
