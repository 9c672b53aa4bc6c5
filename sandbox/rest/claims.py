"""Every claim about Splunk that the KV store and the REST interface of the stand-in make, with its source.

standing   verified    recorded from a real splunkd, or Splunk's own SDK tests demand it and pass here
           documented  a spec file, the REST reference or a statement of Splunk says so
           inferred    follows from something documented, or from the database underneath
           unknown     no source; the stand-in takes the reading that is harder on the app, mostly a refusal

Where a claim is inferred or unknown, no test of the app may lean on it alone.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

VERIFIED, DOCUMENTED, INFERRED, UNKNOWN = STANDINGS = ("verified", "documented", "inferred", "unknown")
_REST = "REST reference, KV store endpoints"
_SDK = "splunk-sdk 2.1.1, integration tests"
_LIMITS = "limits.conf.spec [kvstore], 8.2 to 10.2"
_COLLECTIONS = "collections.conf.spec"
_MONGO = "MongoDB manual; the KV store was built on it up to 10.4"
_NONE = "no public source"
_DATA = "storage/collections/data/{collection}"
_CONFIG = "storage/collections/config"
_PASSWORDS = "storage/passwords"


class Claim(NamedTuple):
    """One thing that the stand-in says of Splunk."""

    endpoint: str  # method and resource, or a theme
    behaviour: str
    source: str
    standing: str


CLAIMS: Tuple[Claim, ...] = (
    Claim("POST auth/login", "right password: 200 with sessionKey; wrong: 401", _SDK, VERIFIED),
    Claim("POST auth/login", "text 'Login failed'", "general knowledge, not re-checked", INFERRED),
    Claim(
        "any",
        "key in Authorization: Splunk <key>; unknown or ended key: 401 'call not properly authenticated'",
        "REST user manual; text from general knowledge",
        DOCUMENTED,
    ),
    Claim("any", "Basic and Bearer are answered 401 here, although splunkd takes them", "REST user manual", DOCUMENTED),
    Claim(
        "any",
        "an answer says Connection: close when the client asks to close; the SDK reads an empty body otherwise",
        "splunk-sdk 2.1.1 binding.py, run against servers with and without it",
        VERIFIED,
    ),
    Claim(
        "any",
        "messages as XML <msg type>, as JSON with output_mode=json and always below storage/collections/data",
        "REST user manual; public apps that parse them",
        DOCUMENTED,
    ),
    Claim("any", "unknown path 404, known path with another method 405", _NONE, UNKNOWN),
    Claim("GET server/info", "version and server_roles in one entry", _SDK, VERIFIED),
    Claim("GET server/info/server-info", "the same by name", "REST reference, server endpoints", DOCUMENTED),
    Claim(
        "GET kvstore/status",
        "entry[0].content.current.status: unknown disabled starting ready failed shuttingdown",
        "source of Splunk's own apps",
        DOCUMENTED,
    ),
    Claim("GET messages", "a feed, empty if there are none; restart_required would be one of them", _SDK, VERIFIED),
    Claim("POST messages", "201", "REST reference, system endpoints", DOCUMENTED),
    Claim("GET messages/{name}", "404 if there is none of that name", "REST reference, system endpoints", DOCUMENTED),
    Claim(
        "DELETE messages/{name}", "404 if there is none of that name", "REST reference, system endpoints", DOCUMENTED
    ),
    Claim(f"GET {_CONFIG}", "owner must be nobody", _SDK, VERIFIED),
    Claim(f"GET {_CONFIG}", "the refusal of another owner is 400", _NONE, UNKNOWN),
    Claim(
        f"GET {_CONFIG}/{{collection}}",
        "field.* and accelerated_fields.* (JSON text), eai:appName of the owning app",
        _SDK,
        VERIFIED,
    ),
    Claim(f"POST {_CONFIG}", "201; a second one of that name 409; an unknown type text is taken", _SDK, VERIFIED),
    Claim(
        f"POST {_CONFIG}",
        "an argument that is not known: 400",
        "general behaviour of splunkd's conf endpoints",
        INFERRED,
    ),
    Claim(f"POST {_CONFIG}/{{collection}}", "200; what is not named stays", _SDK, VERIFIED),
    Claim(
        f"POST {_CONFIG}/{{collection}}", "an empty text takes an acceleration away", "splunk-sdk issue 677", DOCUMENTED
    ),
    Claim(f"DELETE {_CONFIG}/{{collection}}", "200, the documents go too", _SDK, VERIFIED),
    Claim(
        "namespaces", "a collection of app system is visible from every app, the app's own comes first", _SDK, VERIFIED
    ),
    Claim(
        "namespaces", "a collection of another app is 404 unless exported", "REST user manual, namespaces", DOCUMENTED
    ),
    Claim(
        "namespaces", "owner nobody is the shared space; owners do not see each other's documents", _REST, DOCUMENTED
    ),
    Claim(
        "namespaces", "documents under another user's name need admin_all_objects: 403", "REST user manual", INFERRED
    ),
    Claim("namespaces", "documents need owner and app by name, '-' is 400", _NONE, UNKNOWN),
    Claim(
        "access",
        "read and write by role as default.meta says of app, kind and object: 403; admin_all_objects passes",
        "default.meta.spec, authorize.conf.spec",
        DOCUMENTED,
    ),
    Claim(f"GET {_DATA}", "200, an array; every document has _key and _user", _REST, VERIFIED),
    Claim(
        f"GET {_DATA}",
        "query, fields, sort, limit, skip, shared; another argument: 400",
        _REST + "; the 400 is ours",
        DOCUMENTED,
    ),
    Claim(f"GET {_DATA}", "limit=0 and skip=0 mean none; negative or not a number: 400", _MONGO, INFERRED),
    Claim(f"GET {_DATA}/{{key}}", "200, the document; 404 if there is none", _SDK, VERIFIED),
    Claim(f"GET {_DATA}/{{key}}", "text 'Could not find object.'", "by analogy with the conf endpoints", INFERRED),
    Claim(f"POST {_DATA}", "201 with _key; _key made up as 24 hex digits", "the SDK needs less than 400", INFERRED),
    Claim(f"POST {_DATA}", "key taken: 409, text verbatim", "public app that met it", DOCUMENTED),
    Claim(f"POST {_DATA}", "body that is not JSON: 400", _SDK, VERIFIED),
    Claim(f"POST {_DATA}", "Content-Type other than JSON: 400; wording of these refusals", _NONE, UNKNOWN),
    Claim(
        f"POST {_DATA}/{{key}}", "replaces the whole document, answers _key; 404 if there is none", _REST, DOCUMENTED
    ),
    Claim(f"DELETE {_DATA}", "200, empty body; without a query all documents of the owner", _SDK, VERIFIED),
    Claim(f"DELETE {_DATA}/{{key}}", "200, empty body; 404 if there is none", _SDK, VERIFIED),
    Claim(f"POST {_DATA}/batch_find", "200, an array of arrays, in the order of the queries", _SDK, VERIFIED),
    Claim(
        f"POST {_DATA}/batch_find",
        "sort and fields may be text or an object; an unknown part of a query: 400",
        _NONE,
        UNKNOWN,
    ),
    Claim(f"POST {_DATA}/batch_save", "200, the keys in order; new or replaced by _key", _SDK, VERIFIED),
    Claim(f"POST {_DATA}/batch_save", "of two documents with one key the later stays", _NONE, UNKNOWN),
    Claim(
        f"POST {_DATA}/batch_save",
        "no atomicity is promised; the stand-in saves all or none, the fault HalfSave half",
        _NONE,
        UNKNOWN,
    ),
    Claim("query", "equality and $gt $gte $lt $lte $ne $and $or $not, nothing else", _REST + " (6.2.3)", DOCUMENTED),
    Claim("query", "another operator: 400 that names it", "the reference says only that it is not permitted", INFERRED),
    Claim("query", "types do not mix, a missing field equals null, arrays match by element", _MONGO, INFERRED),
    Claim("query", "dotted paths reach into objects", _MONGO, INFERRED),
    Claim("query", "$not at the top of a query, and comparing with arrays or objects: refused", _NONE, UNKNOWN),
    Claim("query", "a literal is not converted to the declared type of its field", _NONE, UNKNOWN),
    Claim("sort", "a:-1,b:1; without a direction ascending", _SDK, VERIFIED),
    Claim("sort", "across types: null, numbers, strings, objects, arrays, bools", _MONGO, INFERRED),
    Claim("sort", "without one: as first written", _NONE, UNKNOWN),
    Claim(
        "fields", "a,b keeps; a:0 drops; not mixed, but _key:0 (or _id:0) may stand with kept fields", _SDK, VERIFIED
    ),
    Claim("fields", "kept fields come with _key and without _user", _MONGO, INFERRED),
    Claim(
        "limits",
        "answers over max_rows_per_query or max_size_per_result_mb are cut, status 200, WARN in splunkd.log",
        _LIMITS + "; splunk-sdk issue 617",
        DOCUMENTED,
    ),
    Claim("limits", "max_size_per_batch_result_mb cuts as well", _NONE, UNKNOWN),
    Claim("limits", "over max_documents_per_batch_save: 400, text verbatim", "two public apps that met it", DOCUMENTED),
    Claim(
        "limits", "over max_queries_per_batch and max_size_per_batch_save_mb: 400, text by analogy", _LIMITS, INFERRED
    ),
    Claim(
        "limits",
        "max_accelerations_per_collection, max_fields_per_acceleration: 400, text by analogy",
        _LIMITS,
        INFERRED,
    ),
    Claim("limits", "16 MB a record, 1 KB an indexed field", _REST + ", Limits", DOCUMENTED),
    Claim("limits", "over these: 400; an over-long indexed field fails the write", _NONE, UNKNOWN),
    Claim(
        "types",
        "number bool string time; enforceTypes=false drops only the field that does not fit",
        _COLLECTIONS,
        DOCUMENTED,
    ),
    Claim("types", "the text 39 in a number field comes back as 39", _SDK, VERIFIED),
    Claim("types", "enforceTypes=true: the write fails", _COLLECTIONS, DOCUMENTED),
    Claim(
        "types",
        "which other texts convert; null stays null; an array or object in a typed field is dropped",
        _NONE,
        UNKNOWN,
    ),
    Claim("documents", "field names that are empty, begin with $ or contain a dot or NUL: 400", _MONGO, INFERRED),
    Claim("documents", "_key must be a non-empty string; a lone surrogate anywhere: 400", _NONE, UNKNOWN),
    Claim("documents", "last writer wins, no compare-and-swap", _REST, INFERRED),
    Claim(
        f"GET {_PASSWORDS}",
        "realm, username, clear_password, encr_password; needs list_storage_passwords",
        "REST reference, access endpoints",
        DOCUMENTED,
    ),
    Claim(
        f"POST {_PASSWORDS}",
        "201, named realm:username:; needs edit_storage_passwords",
        "splunk-sdk 2.1.1 client.py",
        VERIFIED,
    ),
    Claim(f"POST {_PASSWORDS}", "taken: 409", "general behaviour of splunkd's conf endpoints", INFERRED),
    Claim(f"GET {_PASSWORDS}/{{name}}", "404 if there is none", "REST reference, access endpoints", DOCUMENTED),
    Claim(f"POST {_PASSWORDS}/{{name}}", "changes the password", "REST reference, access endpoints", DOCUMENTED),
    Claim(f"DELETE {_PASSWORDS}/{{name}}", "200", "splunk-sdk 2.1.1 client.py", VERIFIED),
)
