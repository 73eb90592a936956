# summary: unit tests of the analysis stage
pp_unit(analysis_sim pp_analysis pp_store m)
target_sources(test_analysis_sim PRIVATE test_analysis_sim_model.c)
# 10 s of processor time, 40 s under ASan: beside another test on a loaded machine that passes 120 s.
set_tests_properties(unit.analysis_sim PROPERTIES TIMEOUT 300)
pp_unit(analysis_join pp_analysis pp_store m)
target_sources(test_analysis_join PRIVATE test_analysis_sim_model.c)
target_include_directories(test_analysis_join PRIVATE ${CMAKE_SOURCE_DIR}/probe/analysis)
pp_unit(analysis_sweep pp_analysis pp_store m)
pp_unit(analysis_explain pp_analysis pp_store m)
# private headers of the stage
foreach(name sim sweep explain)
  target_include_directories(test_analysis_${name} PRIVATE ${CMAKE_SOURCE_DIR}/probe/analysis)
endforeach()
# the report and the comparison, from run files that the tests build
foreach(name host server tls queries coverage findings diff report pool bound series experiment bootstrap bad_input)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/test_analysis_${name}.c)
    pp_unit(analysis_${name} pp_analysis pp_store sql_store PkgConfig::SQLITE m)
    target_sources(test_analysis_${name} PRIVATE test_analysis_run.c)
    target_include_directories(test_analysis_${name} PRIVATE ${CMAKE_SOURCE_DIR}/probe/analysis)
  endif()
endforeach()
pp_unit(analysis_vantage pp_analysis pp_store m)
target_include_directories(test_analysis_vantage PRIVATE ${CMAKE_SOURCE_DIR}/probe/analysis)
