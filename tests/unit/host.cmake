# summary: tests of the host stage
pp_unit(host pp_host Threads::Threads)
target_include_directories(test_host PRIVATE ${CMAKE_SOURCE_DIR}/probe/host)
