"""Runs in the process of a persistent handler: a request a line on standard input, an answer a line on standard output.

Called with the script, the class and the folder in which the handler's base class lies.
"""

import importlib.util
import json
import sys

script, name, library = sys.argv[1:4]
sys.path.insert(0, library)
answers, sys.stdout = sys.stdout, sys.stderr  # a handler that prints must not get between the answers
spec = importlib.util.spec_from_file_location(name.partition(".")[0], script)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
handler = getattr(module, name.rpartition(".")[2])("", "")
for line in sys.stdin:
    try:
        answer = handler.handle(json.loads(line))
    except Exception as error:
        answer = {"status": 500, "payload": "%s: %s" % (type(error).__name__, error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
