"""An honest events command: saves one document for each row, by REST, then gives the rows back."""
import csv
import http.client
import io
import json
import sys

import wire

getinfo = wire.read()
info = getinfo[0]["searchinfo"]
wire.note("%(sid)s %(app)s %(owner)s %(username)s %(earliest_time)s %(latest_time)s" % info)
wire.note("session %(session_key)s" % info)
wire.note("preview %(preview)s" % getinfo[0])
wire.write({"type": "events"})
while True:
    request = wire.read()
    if request is None:
        break
    metadata, body = request
    for row in csv.DictReader(io.StringIO(body.decode(), newline="")):
        headers = {"Authorization": "Splunk " + info["session_key"], "Content-Type": "application/json"}
        document = json.dumps({"colour": row.get("colour"), "pieces": row.get("pieces")}).encode()
        connection = http.client.HTTPConnection(info["splunkd_uri"].rsplit("/", 1)[1], timeout=30)
        connection.request("POST", "/servicesNS/nobody/stocked/storage/collections/data/stock", document, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        connection.close()
        if answer.status != 201:
            text = said["messages"][0]["text"]
            wire.write({"finished": True, "inspector": {"messages": [["ERROR", text]]}})
            sys.exit(1)
    wire.write({"finished": metadata["finished"]}, body)
