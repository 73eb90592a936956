# summary: unit tests of the session stage
pp_unit(session_txn pp_session pp_mysql pp_http)
pp_unit(session_checkout pp_session pp_mysql pp_http)
pp_unit(session_facts pp_session pp_mysql pp_http)
pp_unit(session_shape pp_session pp_mysql pp_http)
target_include_directories(test_session_shape PRIVATE ${CMAKE_SOURCE_DIR}/probe/session)
