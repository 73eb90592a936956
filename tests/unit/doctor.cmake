# summary: unit tests of poolprobe doctor's judgements
pp_unit(doctor pp_server pp_host pp_capture PkgConfig::CJSON)
target_sources(test_doctor PRIVATE ${CMAKE_SOURCE_DIR}/probe/doctor/check.c ${CMAKE_SOURCE_DIR}/probe/doctor/judge_server.c
  ${CMAKE_SOURCE_DIR}/probe/doctor/judge_host.c ${CMAKE_SOURCE_DIR}/probe/doctor/print.c)
target_include_directories(test_doctor PRIVATE ${CMAKE_SOURCE_DIR}/probe/doctor)
