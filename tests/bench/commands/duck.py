"""DuckDB over raw records as NDJSON: messages by user and hour, and their distinct chats. `duck.py FILE`.

The query is what an engineer would write instead of the app: it counts and judges nothing. The columns are named, so
that DuckDB reads no more than it needs and guesses no types; it uses as many threads as the machine has cores.
"""

import sys

import duckdb

QUERY = """
WITH record AS (
    SELECT UserId, date_trunc('hour', CreationTime) AS hour, ChatThreadId, len(Messages) AS messages
    FROM read_json(?, format = 'newline_delimited', columns = {
        UserId: 'VARCHAR', CreationTime: 'TIMESTAMP', Operation: 'VARCHAR', ChatThreadId: 'VARCHAR',
        Messages: 'STRUCT(Id VARCHAR, ChatThreadId VARCHAR)[]'
    })
    WHERE Operation IN ('MessagesExported', 'MessagesListed')
)
SELECT UserId, hour, count(*) AS records, sum(messages) AS messages, count(DISTINCT ChatThreadId) AS chats
FROM record GROUP BY ALL
"""

found = duckdb.execute(QUERY, [sys.argv[1]]).fetchall()
print('{"groups": %d, "records": %d, "messages": %d}' % (
    len(found), sum(row[2] for row in found), sum(row[3] for row in found)
))
