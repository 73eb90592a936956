# summary: unit tests of the MySQL stage, the dump subcommand on its own, golden captures
foreach(name mysql_dialogues mysql_replays mysql_loss mysql_doubt mysql_limits mysql_compressed mysql_session_vars)
  pp_unit(${name} pp_mysql pp_flow PkgConfig::ZLIB PkgConfig::ZSTD)
  target_sources(test_${name} PRIVATE mysql_dialogues.c)
endforeach()
pp_unit(digest pp_mysql)

# Writes the golden captures anew (tests/golden/captures.c).
add_executable(golden_captures EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/golden/captures.c mysql_dialogues.c)
target_link_libraries(golden_captures PRIVATE PkgConfig::CMOCKA pp_base pp_flow)

if(TARGET poolprobe)
  add_test(NAME golden COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/golden/run.py $<TARGET_FILE:poolprobe>)
  set_tests_properties(golden PROPERTIES LABELS golden TIMEOUT 900)
endif()

# The captures of real clients against the clients' own accounts: as they are, and damaged.
if(TARGET poolprobe)
  add_test(NAME golden.clients
           COMMAND bash ${CMAKE_SOURCE_DIR}/tests/golden/make/make.sh --bin $<TARGET_FILE_DIR:poolprobe> --check)
  add_test(NAME golden.losses
           COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/golden/make/losses.py --bin $<TARGET_FILE_DIR:poolprobe> --seeds 1)
  set_tests_properties(golden.clients golden.losses PROPERTIES LABELS golden TIMEOUT 900)
endif()

# Every capture of TESTLIST, disturbed: split, dropped, repeated, reordered, cut to snaplens.
add_executable(golden_replay ${CMAKE_SOURCE_DIR}/tests/golden/replay.c ${CMAKE_SOURCE_DIR}/tests/golden/replay_run.c)
target_link_libraries(golden_replay PRIVATE pp_base pp_capture pp_flow pp_mysql PkgConfig::XXHASH)
set(POOLPROBE_CAPTURES "${CMAKE_SOURCE_DIR}/../shared/captures" CACHE PATH "captures of other projects; may be absent")
add_test(NAME golden.replay COMMAND golden_replay ${CMAKE_SOURCE_DIR}/tests/golden ${POOLPROBE_CAPTURES})
set_tests_properties(golden.replay PROPERTIES LABELS golden TIMEOUT 900)
