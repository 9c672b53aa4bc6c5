"""Teams Export Guard: learns when somebody pulls Teams messages out through the Graph API.

Read in this order; a module imports only from those above its line.

    values     errors  text  settings  schema  addresses  records  catalogue  asn (asn_sources, asn_compile)
               webhook_settings  signature  retry  graph_settings  graph_schema
               client_assertion
    state      intake  networks  baseline  privileged  role_rows  graph_roles
               role_changes  triggers
    decision   variations  alerts  ledger  reasons  rows  engine  webhook_schema  notification  triage
    shell      documents  retention  store  transport  kvstore  lease  repository  asn_file  tables  session  sdk
               command  action_payload  passwords  dead_letters  courier  webhook  upkeep
               graph_client  graph_wire  role_sync  role_import  role_commands
               setup_rules  setup_plan  setup_service

Values, state and decision do no I/O, read no clock and know no SDK: time, tables and state are
arguments. Only ``transport``, ``courier`` and ``graph_wire`` meet the network, ``asn_file``,
``tables`` and ``action_payload`` the disk, ``sdk``, ``command``, ``upkeep`` and ``role_commands`` splunk-sdk.
"""
