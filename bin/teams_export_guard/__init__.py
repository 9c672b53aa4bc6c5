"""Teams Export Guard: learns when somebody pulls Teams messages out through the Graph API.

Read in this order; a module imports only from those above its line.

    values     errors  text  columns  csv_rows  layout  settings  network_classes  schema  addresses  records  aggregated
               catalogue  asn (asn_sources, asn_former, asn_compile)  webhook_settings  signature  retry
               graph_settings  graph_schema  client_assertion
    state      held_rows  raw_records  intake  networks  baseline  privileged  role_rows  graph_roles  role_changes
               exceptions  triggers
    decision   facts  variations  alerts  ledger  reasons  rows  survey  engine  webhook_schema  notification
               triage  exception_requests  asn_request  asn_check
    shell      exact_stream  spool  documents  retention  store  transport  kvstore  lease  repository
               asn_file  asn_unpack  asn_documents  asn_local  asn_effect  tables  session  sdk  command
               action_payload  passwords  dead_letters  courier  webhook
               store_access  upkeep
               asn_download  asn_incoming  asn_install  asn_command
               graph_client  graph_wire  role_sync  role_import  role_commands
               setup_rules  setup_plan  setup_service

Values, state and decision do no I/O, read no clock and know no SDK: time, tables and state are arguments. Only
``transport``, ``courier``, ``asn_download`` and ``graph_wire`` meet the network, ``asn_file``, ``asn_local``, ``spool``,
``tables`` and ``action_payload`` the disk, and ``sdk`` splunk-sdk.
"""
