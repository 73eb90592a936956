# summary: tests of the server stage: parsing without a server, and the rest against a real one (label e2e)
pp_unit(server_uri pp_server PkgConfig::MYSQLCLIENT)
target_include_directories(test_server_uri PRIVATE ${CMAKE_SOURCE_DIR}/probe/server)

pp_unit(server_live pp_server PkgConfig::MYSQLCLIENT)
target_compile_definitions(test_server_live PRIVATE PP_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
set_tests_properties(unit.server_live PROPERTIES LABELS e2e TIMEOUT 900 SKIP_RETURN_CODE 77)
