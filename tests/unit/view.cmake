# summary: unit tests of the view stage
foreach(name view_fmt view_text view_json view_html view_csv)
  pp_unit(${name} pp_view pp_analysis m)
  target_sources(test_${name} PRIVATE test_view_sample.c)
  # private headers of the stage, and where the schema of the JSON report lies
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/probe/view)
  target_compile_definitions(test_${name} PRIVATE
    VIEW_SCHEMA_DIR="${CMAKE_SOURCE_DIR}/docs" VIEW_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
endforeach()
target_link_libraries(test_view_json PRIVATE PkgConfig::CJSON)
