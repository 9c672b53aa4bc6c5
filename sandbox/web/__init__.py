"""The stand-in for splunkweb: the pages of the installed app in a browser, over the REST of the stand-in.

    with Splunkd(...) as splunkd, WebServer(splunkd, client) as web:
        print(web.url)

`client` is the folder with Splunk's own dashboard client, which `sandbox/packaging/webclient.py` builds from the npm
project in this folder.
"""

from .server import WebServer

__all__ = ["WebServer"]
