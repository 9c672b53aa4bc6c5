"""What the search side of this stand-in claims about splunkd, and how sure that is.

No code.  Marks: CAPTURE recorded from a real splunkd, published by others; SPEC Splunk's *.conf.spec, manuals or
statements of its staff; SDK behaviour of splunk-sdk 2.1.1 as run; INFERRED concluded from the others; UNKNOWN a choice
of ours.
The KV store and its REST interface have a table in `sandbox/rest/claims.py`; each module of sandbox/spl has its own.

Frames and bodies (chunked.py)
  header, byte counts, no line feed after the metadata                     CAPTURE
  keys of getinfo and their order; times as text; search URL-quoted        CAPTURE
  execute metadata is action and finished only                             CAPTURE
  all plain columns first, then all __mv_ columns                          CAPTURE
  LF on Windows, CR LF on Linux; both are read                             CAPTURE, and a talk for CR LF
  everything but ASCII letters and digits in quotes                        INFERRED from two captures
  $a$;$b$ with $ doubled; one item is a single value                       CAPTURE; the last half INFERRED
  an empty cell of a reply is an absent field                              INFERRED (CSV cannot tell)
  a reply that is not a rectangle, or has no UTF-8, is refused             UNKNOWN (strict on purpose)
  U+FFFD for lone surrogates in a request                                  UNKNOWN

The process (child.py, invocation.py)
  interpreter and script, no further argument                              SPEC (command.arg.<N> is refused: SDK)
  SPLUNK_HOME, SPLUNK_DB, SPLUNK_ETC and names in the environment          SPEC; that there is no PYTHONPATH INFERRED
  working directory is not bin                                             INFERRED; that it is SPLUNK_HOME UNKNOWN
  valid with chunked = true: filename, run_in_preview, maxwait,
      maxchunksize, is_risky, python.version, python.required              SPEC
  run_in_preview defaults to false                                         SPEC (9.0 and later)
  arguments split at blanks and commas outside quotes                      CAPTURE
  what args looks like for escaped quotes                                  INFERRED

The conversation (process.py, replies.py)
  some processes get getinfo only, with another or an empty dispatch_dir   SPEC (talk, issues); how many UNKNOWN
  exactly one reply to each request                                        SPEC (maintainers)
  getinfo reply: type, generating, required_fields, maxwait,
      streaming_preop, finished, error, inspector                          SPEC (support)
  other keys are reported: "Unsupported metadata field ..."                CAPTURE for maxinputs, INFERRED for the rest
  effect of maxwait in a reply, of streaming_preop, of run_in_preview
      in a reply                                                           UNKNOWN: taken, and nothing is done
  required_fields: streaming and stateful get those and _chunked_idx,
      and the rest is put back; reporting those; events also internal ones CAPTURE
  _chunked_idx counts from 0 in each chunk                                 INFERRED
  a lost _chunked_idx fails the search                                     UNKNOWN (strict on purpose)
  events and reporting: few rows are one chunk with finished:true          CAPTURE
  chunks of at most maxresultrows, 50000                                   INFERRED from issue threads
  streaming and stateful: the last chunk has a header only                 CAPTURE
  no rows at all: the command still runs                                   INFERRED
  a generating command is asked on until it says finished                  INFERRED
  a generating command must stand first in its pipeline                    SDK; the sentence from general knowledge
  finished:true before the last chunk ends the sending                     INFERRED
  cancel is the end of input without a finished chunk                      SDK; that splunkd does so INFERRED
  preview is a process of its own with preview:true in getinfo             INFERRED; over half the rows UNKNOWN
  maxwait, maxchunksize: the process is killed                             SPEC
  earliest= and latest= in the search's text reach the command as its times INFERRED from addinfo
  standard error goes to search.log and changes nothing                    SPEC (issue threads)
  `error` in a reply, an exit code, the end before a reply fail the search SPEC; the sentences partly INFERRED
  the command's own ERROR message is the error where it then exits         INFERRED
  rows of the replies before a failure are kept                            UNKNOWN
  splunkd waits for the end of a process after its last reply              INFERRED; for how long UNKNOWN

Events, jobs, schedule (events.py, jobs.py, scheduler.py, alerting.py, searching.py, splunkd.py)
  newest first, bounds half open                                           SPEC
  an event with a later index time is not there yet                        what index time means
  _time is the first CreationTime in the text                              INFERRED from the add-on's TIME_PREFIX
  form of a sid; of a scheduler's sid                                      CAPTURE; INFERRED
  latest_time is "0" without a bound; whole seconds otherwise              CAPTURE; INFERRED
  due searches run one after another, by name                              UNKNOWN (splunkd runs some at once)
  nothing is skipped, schedule_window and allow_skew are 0                 UNKNOWN (simulated time waits)
  counttype, relation, quantity, digest_mode, suppress, track              SPEC; custom and drops/rises by: refused
  a suppression group is silent as a whole                                 SPEC; with suppress.fields UNKNOWN: refused
  a failed run fires nothing                                               INFERRED
  lines of scheduler.log and search_messages.log in index=_internal        CAPTURE; when and which: scheduler_log.py
  srchIndexesAllowed of a user's roles; other indexes are as if empty      SPEC; the last half INFERRED
  a search owned by nobody runs as splunk-system-user                      SPEC
  dispatchAs: a dispatched search has the rights of its owner, or the
      caller's; nobody's are those of splunk-system-user                   SPEC; the last half INFERRED

Who may use what (conf.py, installed.py, saved_routes.py)
  app, kind and object must be readable to use it, and the object writable
      to change it; exporting changes nothing about that                   SPEC (default.meta.spec)
  admin_all_objects passes everywhere                                      SPEC (authorize.conf.spec)
  a command that a role may not read cannot be run by it                   SPEC (manual on custom commands)
  run_custom_command is needed to run any custom command                   SPEC
  what may not be read is as if it were not there, and the sentences       SPEC for macros, INFERRED for the rest
  a lookup needs the collection or file behind it, to read and to write    INFERRED (from a public app's issue)
  a saved search that may not be read: 404; that may not be written: 403   INFERRED
  a session key ends with its search                                       UNKNOWN (strict on purpose)
  a saved search gets `search` in front unless it begins with a pipe       SPEC
  exec_mode=oneshot and /results as JSON                                   SPEC

Alert actions (alert_actions.py, alert_payload.py, alert_tokens.py, alert_mail.py; each names its sources)
  keys of the payload, values of `result`, where the file of results lies   CAPTURE (6.3, 8.0)
  --execute, maxtime, bin/<name>.py, merged configuration                  SPEC
  empty settings of a search win over alert_actions.conf                   INFERRED
  500 alerts and 300 s for a search that alerts for each result            SPEC (limits.conf)
  standard error in splunkd.log; its wording and levels                    CAPTURE; a line without a level INFERRED
  which tokens there are; that an unknown one is empty                     SPEC; INFERRED
  the mail's subject is `subject` unless useNSSubject                      SPEC

Jobs, saved searches and configuration over REST (job_routes.py, job_results.py, saved_routes.py, conf_routes.py)
  forms of answers, json and json_cols, _time as ISO 8601                  SPEC (REST API Reference Manual)
  a job goes on after its sid is given out; 204 while it runs              SPEC; previews of a running job are empty: UNKNOWN
  a search that cannot be read is refused with 400                         SPEC (seen: the client shows the message)
  check_risky_command, and the sentence that the client knows              SPEC; seen with the client (29.6)
  a job is its owner's and the admins'; to others it is not there          SPEC; the last half INFERRED
  cancel forgets a job, finalize, pause and the like do nothing            UNKNOWN (no job of ours lives long enough)
  POST to a stanza writes local/; apps/local/<app> takes `configured`      SPEC; that no .spec is asked INFERRED

Pages and handlers (web/, view_routes.py, handlers.py, persistent/)
  window.$C, the form key, static files, html views of an app              SPEC; which of it is read: seen with the client
  /app/... leads to /en-US/app/...                                         INFERRED
  restmap.conf and web.conf of a persistent handler, keys of its input     SPEC; CAPTURE (printed by developers)
  how splunkd hands that input to the process; 500 if a handler fails      UNKNOWN; INFERRED
  a view that may not be read is one that is not there                     INFERRED
"""
