# summary: tests of the host stage
foreach(name host host_watch)
  pp_unit(${name} pp_host Threads::Threads)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/probe/host)
endforeach()
