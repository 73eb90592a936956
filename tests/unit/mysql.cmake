# summary: unit tests of the MySQL stage, the dump subcommand on its own, golden captures
foreach(name mysql_dialogues mysql_replays mysql_loss mysql_limits)
  pp_unit(${name} pp_mysql pp_flow)
  target_sources(test_${name} PRIVATE mysql_dialogues.c)
endforeach()
pp_unit(digest pp_mysql)
