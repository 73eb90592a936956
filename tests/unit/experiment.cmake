# summary: unit tests of the experiment command's parts
pp_unit(experiment pp_analysis PkgConfig::CJSON)
foreach(part folder places plan spec)
  target_sources(test_experiment PRIVATE ${CMAKE_SOURCE_DIR}/probe/experiment/${part}.c)
endforeach()
target_include_directories(test_experiment PRIVATE ${CMAKE_SOURCE_DIR}/probe)
