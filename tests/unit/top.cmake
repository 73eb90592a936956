# summary: unit tests of poolprobe top's statistics and drawing
pp_unit(top pp_session pp_view m)
target_sources(test_top PRIVATE ${CMAKE_SOURCE_DIR}/probe/top/top_model.c ${CMAKE_SOURCE_DIR}/probe/top/top_draw.c)
target_include_directories(test_top PRIVATE ${CMAKE_SOURCE_DIR}/probe/top)
